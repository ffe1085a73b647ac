import { expect, test } from 'vitest';
import { findDeployJob } from '../../bridge/flows/pipeline-trigger/deploy-job.ts';
import type { DecisionFacts } from '../../bridge/flows/pipeline-trigger/gather.ts';
import type { OwnFacts } from '../../bridge/flows/pipeline-trigger/gather-own.ts';
import { planTrigger } from '../../bridge/flows/pipeline-trigger/plan.ts';
import type { Plan } from '../../bridge/flows/pipeline-trigger/plans.ts';
import type { Trigger } from '../../bridge/ledger/triggers.ts';
import { decisionFacts, job, NOW, ownFacts, seen, SETTINGS, trigger } from './facts.ts';

type Differs = {
  readonly own?: Partial<OwnFacts>;
  readonly facts?: Partial<DecisionFacts>;
  readonly record?: Partial<Trigger>;
  readonly now?: number;
};

function planOf({ own, facts, record, now = NOW }: Differs): Plan {
  return planTrigger(trigger(record), decisionFacts({ own: ownFacts(own), ...facts }), SETTINGS, now);
}

/** The plan where GitLab shows the deploy job like this. */
function planFor(deploy: Parameters<typeof seen>[0], status = 'manual', record: Partial<Trigger> = {}): Plan {
  return planOf({ own: { seen: seen(deploy, { status }) }, record });
}

const WAIT = { mode: 'wait', seen: undefined } as const;
const ATTEMPTED = {
  attempt: 1,
  status: 'triggering',
  job_id: '71',
  job_name: 'deploy: [production]',
} as const;
const TURNED = { notStanding: { because: 'turned', reason: 'It is rejected now.' } } as const;
const HELD = {
  held: { because: 'on-hold', reason: 'Month end', notBefore: undefined, isOver: false },
} as const;
const REJECTED = { decision: 'rejected' } as const;

test('a job that waits is played, and it is said who approved', () => {
  expect(planOf({})).toMatchObject({
    kind: 'play',
    job: { id: '71' },
    own: { project: '42', id: '9' },
    described: { sentence: 'CHG0030001 was approved by ann.', deploy_run: 'r_deploy' },
  });
});

test('no trigger token is needed, and no tag counts: the gate knows its pipeline', () => {
  const settings = { ...SETTINGS, triggerTokens: new Map<string, string>() };
  const facts = decisionFacts({ own: ownFacts(), tags: { others: [], gitlabProject: '8' } });
  expect(planTrigger(trigger(), facts, settings, NOW).kind).toBe('play');
});

test.each<[string, Differs, object]>([
  ['in mode wait', { own: WAIT }, { kind: 'hand-on', line: expect.stringContaining('Pipeline 9 goes on') }],
  [
    'in mode wait, where the pipeline gave up waiting',
    { own: { ...WAIT, status: 'failed' } },
    { kind: 'hand-on', line: expect.stringContaining('Retry its failed job in GitLab') },
  ],
  [
    'where it is declined',
    { facts: REJECTED, own: { seen: undefined } },
    { kind: 'hand-on', line: expect.stringContaining('stays blocked') },
  ],
  [
    'where it is declined, in mode wait',
    { facts: REJECTED, own: WAIT },
    { kind: 'hand-on', line: expect.stringContaining('ends without a deployment') },
  ],
  [
    'where the pipeline has claimed it already, whatever became of the change',
    { record: { claimed_by: '42/9', status: 'parked' }, facts: TURNED },
    { kind: 'hand-on', line: expect.stringContaining('goes on') },
  ],
])('nothing is called, and the pipeline has the decision, %s', (_, differs, expected) => {
  expect(planOf(differs)).toMatchObject(expected);
});

test.each<[string, Differs, object]>([
  ['that no longer stands', { facts: TURNED }, { kind: 'superseded', reason: 'It is rejected now.' }],
  ['that no longer stands, in mode wait', { own: WAIT, facts: TURNED }, { kind: 'superseded' }],
  ['on a change on hold', { facts: HELD }, { kind: 'held', reason: 'Month end' }],
  ['on a change on hold, in mode wait', { own: WAIT, facts: HELD }, { kind: 'held' }],
  ['that ServiceNow does not show yet', { facts: { untilReadCounts: 700 } }, { kind: 'wait', ms: 750 }],
  [
    'of a gate that was withdrawn',
    { own: { withdrawn: 'Nobody decided.' } },
    { kind: 'abandoned', reason: 'Nobody decided.' },
  ],
  [
    'whose pipeline is of another commit',
    { own: { seen: seen({}, { sha: 'b'.repeat(40) }) } },
    { kind: 'parked', reason: expect.stringMatching(/of commit b{40}, and commit a{40} was approved/) },
  ],
  [
    'whose pipeline GitLab does not show',
    { own: { seen: { kind: 'refused', status: 404, why: 'GitLab answered 404.' } } },
    { kind: 'parked', reason: expect.stringContaining('it was deleted, or GITLAB_API_TOKEN may not read') },
  ],
  [
    'while GitLab does not accept the token',
    { own: { seen: { kind: 'locked-out', why: 'It needs read_api.' } } },
    { kind: 'held', reason: 'It needs read_api.', ms: 60_000 },
  ],
  [
    'with several jobs that may be meant',
    {
      own: {
        environment: undefined,
        seen: { ...seen(), jobs: [job(), job({ id: '72', name: 'deploy-eu' })] },
      },
    },
    { kind: 'parked', reason: expect.stringContaining('"deploy: [production]", "deploy-eu"') },
  ],
])('an approval %s starts nothing', (_, differs, expected) => {
  expect(planOf(differs)).toMatchObject(expected);
});

test.each<[string, string, object]>([
  ['created', 'running', { kind: 'held', reason: expect.stringContaining('not come to its deploy job') }],
  ['an unknown status', 'running', { kind: 'held' }],
  ['created', 'canceled', { kind: 'parked' }],
  ['pending', 'running', { kind: 'hand-on', line: expect.stringContaining('by somebody already') }],
  ['running', 'running', { kind: 'hand-on' }],
  ['waiting_for_resource', 'running', { kind: 'hand-on' }],
  ['success', 'success', { kind: 'hand-on' }],
  ['failed', 'failed', { kind: 'parked', reason: expect.stringMatching(/it is failed. Retry it in GitLab/) }],
  ['canceled', 'canceled', { kind: 'parked', reason: expect.stringContaining('it is canceled') }],
  ['skipped', 'failed', { kind: 'parked', reason: expect.stringContaining('a job before it failed') }],
])('a job that is %s in a pipeline that is %s is not played', (status, pipeline, expected) => {
  expect(planFor({ status }, pipeline)).toMatchObject(expected);
});

test('without any job that could wait, a running pipeline is waited for, and one that has ended is told', () => {
  const lint = { name: 'lint', status: 'success' };
  expect(planFor(lint, 'running')).toMatchObject({ kind: 'held' });
  expect(planFor(lint, 'success')).toMatchObject({
    kind: 'parked',
    reason: expect.stringContaining('"when: manual" and "allow_failure: false"'),
  });
});

const LATE = NOW + SETTINGS.settleMs;

test.each<[string, string, Partial<DecisionFacts>, number, object]>([
  ['the job may still be started by it', 'manual', {}, LATE - 1, { kind: 'wait', ms: 1 }],
  ['it started nothing', 'manual', {}, LATE, { kind: 'play' }],
  ['it started nothing, and the approval turned', 'manual', TURNED, LATE, { kind: 'superseded' }],
  ['it started the job', 'running', {}, NOW, { kind: 'hand-on' }],
  ['it started the job, and the approval turned', 'running', TURNED, NOW, { kind: 'hand-on' }],
  ['it started the job, which has succeeded', 'success', {}, NOW, { kind: 'hand-on' }],
  ['it started the job, which has failed', 'failed', {}, NOW, { kind: 'hand-on' }],
  ['the job was skipped', 'skipped', {}, NOW, { kind: 'parked' }],
])('after a call without an answer: %s', (_, status, facts, now, expected) => {
  const own = { seen: seen({ status }) };
  expect(planOf({ own, facts, record: ATTEMPTED, now })).toMatchObject(expected);
});

test('what was told of a decision is not told anew by whoever turned it', () => {
  const record = { ...ATTEMPTED, sentence: 'CHG0030001 was approved by ann.' };
  expect(planOf({ own: { seen: seen({ status: 'running' }) }, facts: TURNED, record })).not.toHaveProperty(
    'described',
  );
});

test.each<[string, Parameters<typeof findDeployJob>, string]>([
  [
    'named after the environment, in any case',
    [[job(), job({ id: '1', name: 'check' })], 'Production'],
    '71',
  ],
  [
    'of another environment, never',
    [[job({ name: 'deploy: [staging]', status: 'success' })], 'production'],
    'none',
  ],
  [
    'named after it, although another one waits',
    [[job({ status: 'created' }), job({ id: '1', name: 'check' })], 'production'],
    '71',
  ],
  [
    'named after it, also where the pipeline goes on without it',
    [[job({ isOptional: true })], 'production'],
    '71',
  ],
  [
    'that waits, of two that are named after it',
    [[job({ status: 'success' }), job({ id: '1', name: 'api: [production]' })], 'production'],
    '1',
  ],
  [
    'of two that wait and are named after it, neither',
    [[job(), job({ id: '1', name: 'api: [production]' })], 'production'],
    'several',
  ],
  [
    'the only one that blocks the pipeline',
    [[job({ name: 'deploy' }), job({ id: '1', isOptional: true })], undefined],
    '71',
  ],
  [
    'none that the pipeline goes on without',
    [[job({ name: 'rollback', isOptional: true })], 'production'],
    'none',
  ],
  [
    'that an earlier attempt was about',
    [[job({ status: 'running' }), job({ id: '1', name: 'check' })], undefined, { id: '71', name: 'x' }],
    '71',
  ],
  ['that took its place', [[job({ id: '99' })], undefined, { id: '71', name: 'deploy: [production]' }], '99'],
])('the deploy job is the one %s', (_, asked, expected) => {
  const found = findDeployJob(...asked);
  expect(found.kind === 'one' ? found.job.id : found.kind).toBe(expected);
});
