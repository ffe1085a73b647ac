import { expect, test } from 'vitest';
import type { DecisionFacts, EarlierAttempt, Facts } from '../../bridge/flows/pipeline-trigger/gather.ts';
import { planAfter, planTrigger } from '../../bridge/flows/pipeline-trigger/plan.ts';
import type { Plan } from '../../bridge/flows/pipeline-trigger/plans.ts';
import type { Run } from '../../bridge/outbound/port.ts';
import { approveRun, change, decisionFacts, NOW, record, SETTINGS, SYS_ID, trigger } from './facts.ts';

const PIPELINE = {
  id: '9',
  project: '42',
  status: 'running',
  url: 'https://gitlab.example.com/p/9',
  source: 'trigger',
  ref: 'main',
  sha: '',
};

function planOf(facts: Facts, now = NOW): Plan {
  return planTrigger(trigger(), facts, SETTINGS, now);
}

/** The plan for a decision on a change with these fields. */
function planFor(fields: Record<string, string>, differs: Partial<DecisionFacts> = {}): Plan {
  return planOf(decisionFacts({ change: change(record(fields)), ...differs }));
}

function payloadOf(plan: Plan): Readonly<Record<string, unknown>> {
  if (plan.kind !== 'go') throw new Error(`The plan is to ${plan.kind}.`);
  return plan.payload;
}

test.each([
  ['a damaged record', { kind: 'damaged' }, { kind: 'parked', reason: 'The record is damaged.' }],
  [
    'a deleted change',
    { kind: 'unreadable', deleted: true },
    { kind: 'superseded', reason: 'The change was deleted in ServiceNow before its pipeline was started.' },
  ],
  ['a change that is hidden', { kind: 'unreadable', deleted: false }, { kind: 'parked' }],
  [
    'a decision that does not stand',
    decisionFacts({ notStanding: { because: 'closed', reason: 'The change was closed.' } }),
    { kind: 'superseded', reason: 'The change was closed.' },
  ],
  [
    'a version that ServiceNow does not show yet',
    decisionFacts({ untilReadCounts: 700, notStanding: { because: 'turned', reason: 'no' } }),
    { kind: 'wait', ms: 750 },
  ],
  [
    'a pipeline from before the ledger',
    decisionFacts({ predecessor: { kind: 'found', pipeline: PIPELINE } }),
    { kind: 'parked', reason: expect.stringContaining('Pipeline 9 was started for this change before') },
  ],
  [
    'a GitLab that does not tell of the time before the ledger',
    decisionFacts({ predecessor: { kind: 'untold', why: '403' } }),
    { kind: 'parked', reason: expect.stringContaining('does not tell what was started for it (403)') },
  ],
] satisfies readonly (readonly [string, Facts, object])[])('%s is not triggered', (_, facts, expected) => {
  expect(planOf(facts)).toMatchObject(expected);
});

test.each([
  ['no tags at all', '', 'abandoned', 'CHG0030001 names no deployment in u_external_tags'],
  ['tags that name none', 'team:blue,urgent', 'abandoned', 'names no deployment'],
  ['a project without a trigger token', 'gitlab_project:8', 'parked', 'GitLab project 8'],
])('%s: no pipeline', (_, tags, kind, reason) => {
  expect(planFor({ u_external_tags: tags })).toMatchObject({
    kind,
    reason: expect.stringContaining(reason),
  });
});

test.each([
  ['r_deploy', { project: '42', ref: 'main', token: 'token-42' }],
  ['gitlab_project:7', { project: '7', ref: 'main', token: 'token-7' }],
  [
    'deploy_run:r_1,gitlab_project:7,gitlab_ref:release/2',
    { project: '7', ref: 'release/2', token: 'token-7' },
  ],
])('the tags "%s" lead to their project and ref', (tags, route) => {
  expect(planFor({ u_external_tags: tags })).toMatchObject({ kind: 'go', route });
});

test('the payload says what was decided, on what, by whom, and nothing that it does not know', () => {
  const plan = planFor({});
  expect(payloadOf(plan)).toEqual({
    approval_status: 'approved',
    system_id: SYS_ID,
    change_number: 'CHG0030001',
    deploy_run_id: 'r_deploy',
    decided_by: 'ann',
    reason: '',
  });
  expect(plan).toMatchObject({
    described: { sentence: 'CHG0030001 was approved by ann.', deploy_run: 'r_deploy' },
  });
  const noRun = planFor({ u_external_tags: 'gitlab_project:42' });
  expect(payloadOf(noRun)).not.toHaveProperty('deploy_run_id');
  expect(noRun).toMatchObject({ described: { sentence: expect.any(String) } });
});

test('a rejection is triggered as declined', () => {
  const facts = decisionFacts({ decision: 'rejected', change: change(record({ approval: 'rejected' })) });
  expect(payloadOf(planOf(facts))['approval_status']).toBe('declined');
});

test('the second pipeline gets what the deploy form said, and no field of it poses as the bridge’s', () => {
  const inputs = { environment: 'Production', approval_status: 'approved', decided_by: 'me', token: 'x' };
  const request = JSON.stringify({ runId: 'r_deploy', entity: 'checkout', inputs });
  const asked = trigger({ id: 'deploy-r_deploy', kind: 'deploy', request });
  const facts = decisionFacts({ decision: 'rejected', asked });
  expect(payloadOf(planOf(facts))).toMatchObject({
    environment: 'Production',
    entity: 'checkout',
    approval_status: 'declined',
    decided_by: 'ann',
  });
  expect(payloadOf(planOf(facts))).not.toHaveProperty('token');
});

const APPLIED = approveRun({ status: 'applied' });
const WRITING = approveRun({ status: 'writing' });
const OURS = { decided_by: 'petra@example.com', reason: 'Checked', port_context: { runId: 'r_approve' } };

test.each([
  [
    'its approve run is confirmed',
    { approveRun: APPLIED, isOwnWrite: false, approver: undefined },
    NOW,
    OURS,
  ],
  [
    'its approve run was never confirmed, but the bridge wrote the record last',
    { approveRun: WRITING, isOwnWrite: true, approver: undefined },
    NOW + 15_000,
    OURS,
  ],
  [
    'its approve run was never confirmed, and somebody else wrote the record last',
    { approveRun: WRITING, isOwnWrite: false, approver: undefined },
    NOW + 15_000,
    { decided_by: 'ann', reason: '' },
  ],
  [
    'ServiceNow names an approver',
    { approveRun: undefined, isOwnWrite: false, approver: { name: 'bob', words: '' } },
    NOW,
    { decided_by: 'bob', reason: '' },
  ],
  [
    'the bridge wrote the record last, and no approve run is behind it',
    { approveRun: undefined, isOwnWrite: true, approver: undefined },
    NOW,
    { decided_by: 'ann', reason: '' },
  ],
  [
    'its approve run names nobody',
    {
      approveRun: { ...APPLIED, actor: undefined, reason: undefined },
      isOwnWrite: false,
      approver: { name: 'bob', words: '' },
    },
    NOW,
    { decided_by: 'a portal user', reason: '', port_context: { runId: 'r_approve' } },
  ],
] satisfies readonly (readonly [string, DecisionFacts['origin'], number, object])[])(
  'who decided, where %s',
  (_, origin, now, expected) => {
    const payload = payloadOf(planOf(decisionFacts({ origin }), now));
    expect(payload).toMatchObject(expected);
    expect('port_context' in payload).toBe('port_context' in expected);
  },
);

test('nobody is named where ServiceNow does not say who saved the record', () => {
  expect(payloadOf(planFor({ sys_updated_by: '' }))['decided_by']).toBe('ServiceNow');
});

test('while the approve run behind it is being written, a decision waits for it, for 15 s', () => {
  const origin = { approveRun: WRITING, isOwnWrite: true, approver: undefined };
  expect(planOf(decisionFacts({ origin }), NOW + 14_999)).toMatchObject({ kind: 'wait', ms: 100 });
  expect(planOf(decisionFacts({ origin }), NOW + 15_000).kind).toBe('go');
});

const DEPLOY = trigger({
  id: 'deploy-r_deploy',
  kind: 'deploy',
  run_id: 'r_deploy',
  request: JSON.stringify({
    runId: 'r_deploy',
    entity: 'other',
    inputs: { note: 'forged', environment: 'x' },
  }),
});

function planDeploy(run: Run | undefined, settings = SETTINGS): Plan {
  return planTrigger(DEPLOY, { kind: 'deploy', run, predecessor: { kind: 'none' } }, settings, NOW);
}

function portalRun(status: string): Run {
  const properties = { note: 'kept', ref: 'x' };
  return { id: 'r_deploy', status, action: 'deploy', entity: 'checkout', properties };
}

test('a deploy run that is under way starts the default pipeline, with what the form said', () => {
  expect(planDeploy(portalRun('IN_PROGRESS'))).toEqual({
    kind: 'go',
    route: { project: '42', ref: 'main', token: 'token-42' },
    payload: {
      note: 'kept',
      entity: 'checkout',
      approval_status: 'pending',
      deploy_run_id: 'r_deploy',
    },
    request: { runId: 'r_deploy', entity: 'checkout', inputs: { note: 'kept', ref: 'x' } },
  });
});

test('a run of another action starts nothing, and is not written to', () => {
  expect(planDeploy({ ...portalRun('IN_PROGRESS'), action: 'approve' })).toEqual({
    kind: 'abandoned',
    reason:
      'The run belongs to the action approve, which is none of PORT_DEPLOY_ACTIONS: add it there, if its runs may start pipelines.',
    isAlien: true,
  });
});

test.each(['on-hold', 'outside-window'] as const)(
  'an approval that is %s is held, not triggered',
  (because) => {
    const notBefore = because === 'on-hold' ? undefined : NOW + 5_000;
    const held = { because, reason: 'why', notBefore, isOver: false };
    expect(planOf(decisionFacts({ held }))).toEqual({
      kind: 'held',
      reason: 'why',
      ms: because === 'on-hold' ? 60_000 : 5_000,
    });
  },
);

test('an approval after the end of its window is parked until its dates are moved', () => {
  const held = { because: 'outside-window', reason: 'why', notBefore: undefined, isOver: true } as const;
  expect(planOf(decisionFacts({ held }))).toEqual({ kind: 'parked', reason: 'why', parkedFor: 'window' });
});

test.each([
  ['that the portal does not know', undefined, 'abandoned', 'The portal knows no such run.'],
  ['that has ended', portalRun('FAILURE'), 'abandoned', 'The run is FAILURE in the portal.'],
  [
    'that somebody still has to approve',
    portalRun('WAITING_FOR_APPROVAL'),
    'abandoned',
    'The run is WAITING_FOR_APPROVAL in the portal.',
  ],
])('a deploy run %s starts nothing', (_, run, kind, reason) => {
  expect(planDeploy(run)).toEqual({ kind, reason });
});

test('a deploy run waits for an operator where the default project has no trigger token', () => {
  const settings = { ...SETTINGS, triggerTokens: new Map<string, string>() };
  expect(planDeploy(portalRun('IN_PROGRESS'), settings)).toMatchObject({
    kind: 'parked',
    reason: expect.stringContaining('GitLab project 42'),
  });
});

const GO = planFor({});
const END: Plan = { kind: 'superseded', reason: 'The change was closed.' };
const LATE = NOW + SETTINGS.settleMs;

test.each([
  ['what it started is adopted', PIPELINE, [], GO, NOW, { kind: 'adopt', pipeline: PIPELINE }],
  ['what it started is adopted, whatever else is planned', PIPELINE, [], END, LATE, { kind: 'adopt' }],
  ['it may still take effect', 'none', ['42'], GO, LATE - 1, { kind: 'wait', ms: 1 }],
  ['it may still take effect, unseen', 'unseen', ['42'], GO, NOW, { kind: 'wait', ms: 10_000 }],
  ['it started nothing', 'none', [], GO, LATE, GO],
  ['it started nothing, and the change was closed', 'none', [], END, LATE, END],
  ['nobody can look, and the project claims', 'unseen', ['42'], GO, LATE, GO],
  ['nobody can look, and another project claims', 'unseen', ['7'], GO, LATE, { kind: 'parked' }],
  ['nobody can look, and no project claims', 'unseen', [], GO, LATE, { kind: 'parked' }],
  ['nobody can look, and the change was closed', 'unseen', ['42'], END, LATE, { kind: 'parked' }],
] satisfies readonly (readonly [string, EarlierAttempt['pipeline'], string[], Plan, number, object])[])(
  'after a call without an answer: %s',
  (_, pipeline, claiming, plan, now, expected) => {
    const earlier = {
      pipeline,
      projectClaims: (project: string) => claiming.some((each) => each === project),
    };
    const attempted = trigger({ status: 'triggering', attempt: 1, project: '42' });
    expect(planAfter(earlier, plan, attempted, SETTINGS, now)).toMatchObject(expected);
  },
);

test('a parked attempt says what to look for, and what to do then', () => {
  const earlier: EarlierAttempt = { pipeline: 'unseen', projectClaims: () => false };
  const attempted = trigger({ status: 'triggering', attempt: 1, project: '42' });
  expect(planAfter(earlier, GO, attempted, SETTINGS, LATE)).toMatchObject({
    reason: expect.stringMatching(
      new RegExp(`project 42 .* decision_id ${SYS_ID}-approved-2; .* "trigger", otherwise with "abandon"`),
    ),
  });
});
