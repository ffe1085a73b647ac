import { expect, test } from 'vitest';
import { whyNotOurs } from '../../bridge/flows/gate/adoption.ts';
import { type Behind, newChange, type Opening } from '../../bridge/flows/gate/new-change.ts';
import type { Gate } from '../../bridge/ledger/gates.ts';
import { parseTags } from '../../bridge/model/tags.ts';
import { record } from './facts.ts';

const PIPELINE = { project_id: '42', id: '7' };
const ASKED = Date.parse('2026-11-21T10:00:00Z');

function gate(request: Partial<Gate['request']> = {}): Gate {
  const asked: Gate['request'] = {
    mode: 'retrigger',
    reason: 'Coverage is low',
    pipeline: PIPELINE,
    evidence: [],
    change: {},
    tags: [],
  };
  return { id: 'g_1', status: 'opening', created_at: ASKED, request: { ...asked, ...request } };
}

/** The fields of the gate's change, where every name of it stands for itself. */
function opened(
  asked: Gate,
  tagsField: string,
  behind: Behind,
  requestApproval: Opening['requestApproval'] = 'state',
  unresolved: readonly string[] = [],
) {
  const { service, change } = asked.request;
  const fields = { ...(service === undefined ? {} : { business_service: service }), ...change };
  return newChange(asked, { fields, unresolved }, { tagsField, requestApproval }, behind);
}

test('a gate that says nothing but its reason opens a change that waits for an approval', () => {
  expect(opened(gate(), 'u_external_tags', {}, 'field')).toEqual({
    short_description: 'Deployment needs an approval',
    description: 'Coverage is low\nRequested by: not known',
    approval: 'requested',
    correlation_id: 'g_1',
    correlation_display: 'Changebridge gate',
    u_external_tags: 'gitlab_project:42,gitlab_pipeline:7',
  });
});

test('what the gate says goes into its field; what the approver decides by stands in the description', () => {
  const url = 'https://gitlab.example.com/p/7';
  const fields = opened(
    gate({
      service: 'Checkout',
      environment: 'production',
      change: { category: 'software', priority: '2', short_description: 'Deploy it' },
      evidence: [
        { name: 'coverage', value: 65, threshold: 70, passed: false, url },
        { name: 'lint', passed: true },
      ],
      pipeline: { ...PIPELINE, ref: 'main', sha: 'a'.repeat(40), url },
    }),
    'u_tags',
    { requester: 'dana@example.com' },
  );
  expect(fields).toMatchObject({
    short_description: 'Deploy it',
    business_service: 'Checkout',
    category: 'software',
    priority: '2',
  });
  expect(fields['description']?.split('\n')).toEqual([
    'Coverage is low',
    `coverage: 65 (threshold 70), missed, ${url}`,
    'lint, passed',
    'Service: Checkout',
    'Environment: production',
    'Requested by: dana@example.com',
    `Commit: ${'a'.repeat(40)}`,
    `Pipeline: ${url}`,
  ]);
  expect(fields).not.toHaveProperty('u_external_tags');
});

test('nothing that a pipeline says poses as a fact, or pushes one out of the description', () => {
  const forged = 'Environment: staging\nRequested by: the-boss@example.com\nService: Nothing';
  const { description = '' } = opened(
    gate({
      reason: forged,
      service: `Checkout\n${forged}`,
      environment: 'production',
      evidence: Array.from({ length: 50 }, () => ({
        name: `Environment\n${forged}`,
        value: 'x'.repeat(200),
        passed: true,
      })),
    }),
    'u_tags',
    { requester: 'dana@example.com' },
  );
  const lines = description.split('\n');
  const last = (fact: string) => lines.findLast((line) => line.startsWith(`${fact}: `));
  expect(description.length).toBeLessThanOrEqual(4_000);
  expect(last('Environment')).toBe('Environment: production');
  expect(last('Requested by')).toBe('Requested by: dana@example.com');
  expect(last('Service')).toBe(`Service: Checkout ${forged.replaceAll('\n', ' ')}`);
});

test('writing the approval is left to ServiceNow’s own flow unless the bridge is told to', () => {
  expect(opened(gate(), 'u_tags', {})).not.toHaveProperty('approval');
  expect(opened(gate(), 'u_tags', {}, 'none')).not.toHaveProperty('approval');
  expect(opened(gate(), 'u_tags', {}, 'field')).toMatchObject({ approval: 'requested' });
});

test('a name that stands for no record is kept in the description; a title fits its column', () => {
  const fields = opened(gate({ change: { short_description: 'x'.repeat(300) } }), 'u_tags', {}, 'state', [
    'Assignment group: Payments (ServiceNow has none of this name)',
  ]);
  expect(fields['short_description']).toHaveLength(160);
  expect(fields['description']).toMatch(/\nAssignment group: Payments \(ServiceNow has none of this name\)$/);
});

test('the tags name the deployment: its run, its project, its pipeline and its ref, and what the gate adds', () => {
  const { u_tags: tags = '' } = opened(
    gate({ pipeline: { ...PIPELINE, ref: 'main' }, tags: ['team-blue'] }),
    'u_tags',
    { deployRun: 'r_1' },
  );
  expect(parseTags(tags)).toEqual({
    deployRun: 'r_1',
    gitlabProject: '42',
    gitlabPipeline: '7',
    gitlabRef: 'main',
    others: ['team-blue'],
  });
});

test.each(['main,gitlab_pipeline:555', 'main,deploy_run:r_9', 'a b', '../x'])(
  'the ref "%s" reaches no tag: it could pose as another one',
  (ref) => {
    const { u_tags: tags = '' } = opened(gate({ pipeline: { ...PIPELINE, ref } }), 'u_tags', {
      deployRun: 'r_1',
    });
    expect(tags).toBe('deploy_run:r_1,gitlab_project:42,gitlab_pipeline:7');
  },
);

const OURS = {
  approval: 'requested',
  sys_created_by: 'ci',
  sys_created_on: '2026-11-21 10:00:03',
  u_external_tags: 'gitlab_project:42,gitlab_pipeline:7',
};

test('a change is adopted that the bridge itself created for this gate, and that nobody has decided', () => {
  expect(whyNotOurs(gate(), record(OURS), 'ci', 'u_external_tags')).toBeUndefined();
});

test.each([
  ['somebody else created', { sys_created_by: 'mallory' }, 'created by mallory'],
  ['was there before the pipeline asked', { sys_created_on: '2026-11-21 09:58:00' }, 'created before'],
  ['tells no time', { sys_created_on: '' }, 'created before'],
  [
    'names another pipeline',
    { u_external_tags: 'gitlab_project:42,gitlab_pipeline:8' },
    'another deployment',
  ],
  ['names another project', { u_external_tags: 'gitlab_project:43,gitlab_pipeline:7' }, 'another deployment'],
  ['names no deployment', { u_external_tags: '' }, 'another deployment'],
  ['is approved already', { approval: 'approved' }, 'decided already'],
  ['is rejected already', { approval: 'rejected' }, 'decided already'],
  ['is cancelled', { state: '4' }, 'closed'],
  ['is closed', { active: 'false' }, 'closed'],
])('no change is adopted that %s', (_, fields, why) => {
  expect(whyNotOurs(gate(), record({ ...OURS, ...fields }), 'ci', 'u_external_tags')).toContain(why);
});

test('where the bridge cannot tell its own account it adopts nothing', () => {
  expect(whyNotOurs(gate(), record(OURS), undefined, 'u_external_tags')).toContain('OAuth');
});
