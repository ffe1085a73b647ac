import { expect, test } from 'vitest';
import { whyNotOurs } from '../../bridge/flows/gate/adoption.ts';
import { newChange } from '../../bridge/flows/gate/new-change.ts';
import type { Gate } from '../../bridge/ledger/gates.ts';
import { parseTags } from '../../bridge/model/tags.ts';
import { record } from './facts.ts';

const PIPELINE = { project_id: '42', id: '7' };
const ASKED = Date.parse('2026-11-21T10:00:00Z');

function gate(request: Partial<Gate['request']> = {}): Gate {
  const asked = { reason: 'Coverage is low', pipeline: PIPELINE, evidence: [], change: {}, tags: [] };
  return { id: 'g_1', status: 'opening', created_at: ASKED, request: { ...asked, ...request } };
}

test('a gate that says nothing but its reason opens a change that waits for an approval', () => {
  expect(newChange(gate(), 'u_external_tags', undefined)).toEqual({
    short_description: 'Deployment needs an approval',
    description: 'Coverage is low',
    approval: 'requested',
    correlation_id: 'g_1',
    correlation_display: 'Changebridge gate',
    u_external_tags: 'gitlab_project:42,gitlab_pipeline:7',
  });
});

test('what the gate says goes into its field; what the approver decides by stands in the description', () => {
  const url = 'https://gitlab.example.com/p/7';
  const fields = newChange(
    gate({
      service: 'Checkout',
      environment: 'production',
      change: { category: 'software', priority: '2', short_description: 'Deploy it', approval: 'approved' },
      evidence: [
        { name: 'coverage', value: 65, threshold: 70, passed: false, url },
        { name: 'lint', passed: true },
      ],
      pipeline: { ...PIPELINE, ref: 'main', sha: 'a'.repeat(40), url },
    }),
    'u_tags',
    undefined,
  );
  expect(fields).toMatchObject({
    short_description: 'Deploy it',
    business_service: 'Checkout',
    category: 'software',
    priority: '2',
    approval: 'requested',
  });
  expect(fields['description']?.split('\n')).toEqual([
    'Coverage is low',
    'Service: Checkout',
    'Environment: production',
    `coverage: 65 (threshold 70), missed, ${url}`,
    'lint, passed',
    `Commit: ${'a'.repeat(40)}`,
    `Pipeline: ${url}`,
  ]);
  expect(fields).not.toHaveProperty('u_external_tags');
});

test('the tags name the deployment: its run, its project, its pipeline and its ref, and what the gate adds', () => {
  const { u_tags: tags = '' } = newChange(
    gate({ pipeline: { ...PIPELINE, ref: 'main' }, tags: ['team-blue'] }),
    'u_tags',
    'r_1',
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
    const { u_tags: tags = '' } = newChange(gate({ pipeline: { ...PIPELINE, ref } }), 'u_tags', 'r_1');
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
