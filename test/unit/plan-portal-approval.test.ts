import { expect, test } from 'vitest';
import type { Asked, Author, ChangeFacts, Requesters } from '../../bridge/flows/portal-approval/gather.ts';
import {
  type DecisionPlan,
  NOT_OURS,
  planClosing,
  planDecision,
  planRun,
  type Policy,
} from '../../bridge/flows/portal-approval/plan.ts';
import { readRunInputs } from '../../bridge/flows/portal-approval/run-inputs.ts';
import * as texts from '../../bridge/flows/portal-approval/texts.ts';
import type { Run } from '../../bridge/outbound/port.ts';
import { approveRun, record, SYS_ID } from './facts.ts';

const BRIDGE = 'changebridge.integration';
const POLICY: Policy = { selfApproval: 'refuse', account: BRIDGE };
const ANY: Requesters = { kind: 'any' };
const NOBODY = { requesters: ANY, author: undefined };
const ASKED: Asked = {
  request: { sysId: SYS_ID, decision: 'approved', actor: 'petra@example.com', reason: 'Checked' },
  deciders: ['u_petra'],
};
const DECLINED: Asked = { ...ASKED, request: { ...ASKED.request, decision: 'rejected' } };

function portalRun(differs: Partial<Run> = {}): Run {
  return {
    id: 'r_approve',
    status: 'IN_PROGRESS',
    action: 'approve',
    entity: SYS_ID,
    properties: { approval_status: 'approved', reason: 'Checked' },
    createdBy: 'u_petra',
    ...differs,
  };
}

test.each([
  ['approved', 'approved'],
  ['declined', 'rejected'],
  ['rejected', 'rejected'],
] as const)('a run that says "%s" asks for: %s', (word, decision) => {
  const run = portalRun({ properties: { approval_status: word, reason: null } });
  expect(readRunInputs(run, 'approve')).toEqual({
    kind: 'inputs',
    run,
    inputs: { sysId: SYS_ID, decision, reason: '' },
  });
});

test.each([
  ['that the portal does not know', undefined, 'alien', 'The portal knows no such run.'],
  ['of another action', portalRun({ action: 'deploy' }), 'alien', 'The run belongs to the action deploy'],
  ['that has ended', portalRun({ status: 'SUCCESS' }), 'alien', 'The run is SUCCESS in the portal.'],
  [
    'that waits for its own approval',
    portalRun({ status: 'WAITING_FOR_APPROVAL' }),
    'alien',
    'The run is WAITING_FOR_APPROVAL in the portal.',
  ],
  ['that says nothing', portalRun({ properties: {} }), 'nonsense', texts.NO_DECISION],
  [
    'that says something else',
    portalRun({ properties: { approval_status: 'maybe' } }),
    'nonsense',
    texts.NO_DECISION,
  ],
  [
    'whose reason is too long',
    portalRun({ properties: { approval_status: 'approved', reason: 'x'.repeat(2_001) } }),
    'nonsense',
    texts.NO_DECISION,
  ],
  ['without an entity', portalRun({ entity: null }), 'nonsense', texts.NO_CHANGE],
  ['about a service', portalRun({ entity: 'checkout' }), 'nonsense', texts.NO_CHANGE],
])('a run %s is no order', (_, run, kind, reason) => {
  expect(readRunInputs(run, 'approve')).toEqual({ kind, reason: expect.stringContaining(reason) });
});

test.each([
  ['an alien run', 'waiting', { kind: 'alien', reason: 'ended' }, { kind: 'forget', reason: 'ended' }],
  [
    'an alien run after a write',
    'writing',
    { kind: 'alien', reason: 'ended' },
    { kind: 'close', reason: 'ended' },
  ],
  ['a senseless run', 'waiting', { kind: 'nonsense', reason: 'what?' }, { kind: 'refuse', reason: 'what?' }],
  ['a run that asks', 'waiting', { kind: 'asked', ...ASKED }, { kind: 'decide', ...ASKED }],
  ['a run that asks, after a write', 'writing', { kind: 'asked', ...ASKED }, { kind: 'decide', ...ASKED }],
] as const)('%s (%s)', (_, status, facts, expected) => {
  expect(planRun(approveRun({ status }), facts)).toEqual(expected);
});

function planFor(
  asked: Asked,
  fields: Record<string, string>,
  requesters: Requesters = ANY,
  run = approveRun(),
): DecisionPlan {
  const facts = {
    record: record(fields),
    isInScope: true,
    isDeployment: true,
    requesters,
    author: undefined,
  };
  return planDecision(run, asked, facts, POLICY);
}

test.each(['requested', 'not requested', ''])('a change whose approval is "%s" is written', (approval) => {
  for (const asked of [ASKED, DECLINED]) {
    expect(planFor(asked, { approval })).toEqual({
      kind: 'write',
      request: asked.request,
      record: record({ approval }),
      remark: '',
    });
  }
});

test.each(['not requested', ''])(
  'approval "%s" of a change that stands for no deployment is refused',
  (approval) => {
    for (const asked of [ASKED, DECLINED]) {
      const facts = { record: record({ approval }), isInScope: true, isDeployment: false, ...NOBODY };
      expect(planDecision(approveRun(), asked, facts, POLICY)).toMatchObject({ kind: 'refuse' });
    }
  },
);

test('a change whose approval was requested is decided, whether it stands for a deployment or not', () => {
  const facts = {
    record: record({ approval: 'requested' }),
    isInScope: true,
    isDeployment: false,
    ...NOBODY,
  };
  expect(planDecision(approveRun(), ASKED, facts, POLICY)).toMatchObject({ kind: 'write' });
});

test('a change that ServiceNow does not show is refused', () => {
  const facts: ChangeFacts = { record: undefined, isInScope: false, isDeployment: true, ...NOBODY };
  expect(planDecision(approveRun(), ASKED, facts, POLICY)).toEqual({
    kind: 'refuse',
    reason: `ServiceNow has no change ${SYS_ID}, or does not show it to the bridge.`,
  });
});

test.each([
  [ASKED, 'rejected'],
  [DECLINED, 'approved'],
  [ASKED, 'cancelled'],
  [DECLINED, 'duplicate'],
] as const)(
  'a change that is decided otherwise is refused, and the run is told by whom',
  (asked, approval) => {
    expect(planFor(asked, { approval })).toEqual({
      kind: 'refuse',
      reason: `CHG0030001 awaits no decision: ServiceNow shows it as "${approval}", last updated by ann at 2026-11-21 10:00:00 UTC. Nothing was written.`,
    });
  },
);

test('a change that is decided as asked for is left as it is, and credited to nobody', () => {
  const waiting = approveRun({ base_version: 1 });
  expect(planFor(ASKED, { sys_updated_by: BRIDGE }, ANY, waiting)).toEqual({
    kind: 'applied',
    version: NOT_OURS,
    outcome: `CHG0030001 had already been approved by ${BRIDGE}; nothing was written.`,
  });
});

const DONE = 'CHG0030001 is approved in ServiceNow, on behalf of petra@example.com. Reason: Checked.';
const UNCERTAIN =
  /^CHG0030001 is approved in ServiceNow\. Whether by this request.* or by \S+ cannot be told\.$/;

test.each([
  ['by the bridge, at a later version', 1, BRIDGE, BRIDGE, 2, DONE],
  ['and the bridge’s own name is not known', 1, BRIDGE, undefined, NOT_OURS, UNCERTAIN],
  ['by somebody else', 1, 'ann', BRIDGE, NOT_OURS, UNCERTAIN],
  ['at the version from before the write', 2, BRIDGE, BRIDGE, NOT_OURS, UNCERTAIN],
  ['and the version from before the write is lost', undefined, BRIDGE, BRIDGE, NOT_OURS, UNCERTAIN],
] as const)(
  'after an unanswered write, the change was approved %s',
  (_, base, by, account, version, outcome) => {
    const run = approveRun({ status: 'writing', base_version: base });
    const facts = { record: record({ sys_updated_by: by }), isInScope: true, isDeployment: true, ...NOBODY };
    expect(planDecision(run, ASKED, facts, { ...POLICY, account })).toEqual({
      kind: 'applied',
      version,
      outcome: typeof outcome === 'string' ? outcome : expect.stringMatching(outcome),
    });
    // The same once the run itself has ended.
    expect(planClosing(run, 'The run is FAILURE in the portal.', facts.record, { account })).toMatchObject({
      kind: 'applied',
      version,
    });
  },
);

test('an unanswered write that ServiceNow does not show is written again while the run is under way', () => {
  const run = approveRun({ status: 'writing', base_version: 1 });
  expect(planFor(ASKED, { approval: 'requested' }, ANY, run).kind).toBe('write');
});

test.each([
  ['ServiceNow does not show the change', undefined, approveRun({ status: 'writing', base_version: 1 })],
  [
    'it is still undecided',
    record({ approval: 'requested' }),
    approveRun({ status: 'writing', base_version: 1 }),
  ],
  [
    'it is decided otherwise',
    record({ approval: 'rejected' }),
    approveRun({ status: 'writing', base_version: 1 }),
  ],
  ['nobody knows what was asked for', record(), approveRun({ status: 'writing', decision: undefined })],
] as const)('a run that ended with an unanswered write is refused where %s', (_, shown, run) => {
  expect(planClosing(run, 'why', shown, { account: BRIDGE })).toEqual({ kind: 'refuse', reason: 'why' });
});

const by = (...ids: string[]): Requesters => ({ kind: 'known', ids });
const OWN = 'Whoever asked for a deployment may not approve it (CHG0030001). Somebody else has to decide.';

test.each([
  ['somebody else asked', ['u_petra'], by('u_dave'), undefined],
  ['they asked themselves', ['u_petra'], by('u_petra'), OWN],
  ['a machine asked in their name', ['u_petra'], by('m_bot', 'u_petra'), OWN],
  ['a machine acts in the name of who asked', ['m_bot', 'u_petra'], by('u_petra'), OWN],
  ['one machine is behind both', ['m_bot', 'u_petra'], by('m_bot', 'u_dave'), OWN],
  ['who pushed approves', ['u_petra'], { kind: 'known', ids: [], email: 'Petra@example.com' }, OWN],
  ['somebody else pushed', ['u_petra'], { kind: 'known', ids: [], email: 'dana@example.com' }, undefined],
  ['nothing tells who asked', ['u_petra'], { kind: 'unknown', deployRun: undefined }, texts.NOBODY_NAMED],
  ['the portal does not say who asked', ['u_petra'], by(), texts.NOBODY_NAMED],
  ['the portal does not say who approves', [], by('u_dave'), texts.NOBODY_NAMED],
  [
    'the portal no longer has the deploy run',
    ['u_petra'],
    { kind: 'unknown', deployRun: 'r_gone' },
    'The portal has no run r_gone, so nobody can tell who asked for this deployment. Decide CHG0030001 in ServiceNow.',
  ],
] satisfies readonly (readonly [string, string[], Requesters, string | undefined])[])(
  'an approval where %s',
  (_, deciders, requesters, reason) => {
    const plan = planFor({ ...ASKED, deciders }, { approval: 'requested' }, requesters);
    if (reason === undefined) expect(plan.kind).toBe('write');
    else expect(plan).toEqual({ kind: 'refuse', reason });
  },
);

const SHA = '914910410d2e9b9f0e8d6f4b3a5c7e1d2f3a4b5c';
const WROTE = `Whoever wrote a commit may not approve its deployment (commit ${SHA}). Somebody else has to decide.`;
const PETRAS: Author = { sha: SHA, email: 'Petra@Example.com' };
const UNTOLD: Author = { sha: SHA, why: 'GitLab answered 404: 404 Commit Not Found' };

test.each([
  ['refuse', 'wrote it', by('u_dave'), PETRAS, { kind: 'refuse', reason: WROTE }],
  ['allow', 'wrote it', by('u_dave'), PETRAS, { remark: `The approver wrote commit ${SHA} themselves.` }],
  ['allow', 'asked for it', by('u_petra'), undefined, { remark: texts.ASKED_THEMSELVES }],
  ['allow', 'nobody can compare with who asked', by(), undefined, { remark: texts.REQUESTER_UNTOLD }],
  ['refuse', 'did neither', by('u_dave'), { sha: SHA, email: 'dave@example.com' }, { remark: '' }],
  [
    'refuse',
    'nobody can compare with the author',
    by('u_dave'),
    UNTOLD,
    { remark: expect.stringContaining('404 Commit Not Found') },
  ],
] as const)(
  'where self-approval is to be %sd: an approver who %s',
  (selfApproval, _, requesters, author, expected) => {
    const facts = {
      record: record({ approval: 'requested' }),
      isInScope: true,
      isDeployment: true,
      requesters,
      author,
    };
    const plan = planDecision(approveRun(), ASKED, facts, { ...POLICY, selfApproval });
    expect(plan).toMatchObject({ kind: 'write', ...expected });
  },
);

test('the words that name the real approver say who, in whose name, and why', () => {
  const { request } = ASKED;
  expect(texts.comment(request)).toBe(
    'Approved in the developer portal by petra@example.com. Reason: Checked.',
  );
  expect(texts.comment({ ...request, decision: 'rejected', reason: '', via: 'm_bot' })).toBe(
    'Declined in the developer portal by petra@example.com (run in their name by m_bot). No reason was given.',
  );
});

test.each([
  ['is cancelled', { state: '4' }],
  ['is closed', { active: 'false' }],
])('a change that %s is not decided', (_, fields) => {
  const plan = planFor(ASKED, { approval: 'requested', ...fields });
  expect(plan).toMatchObject({ kind: 'refuse', reason: expect.stringContaining('closed or cancelled') });
});

test('a change that the bridge does not look after is not decided, not even where it shows the decision', () => {
  for (const approval of ['requested', 'approved']) {
    const facts = { record: record({ approval }), isInScope: false, isDeployment: true, ...NOBODY };
    expect(planDecision(approveRun(), ASKED, facts, POLICY)).toMatchObject({
      kind: 'refuse',
      reason: expect.stringContaining('SERVICENOW_CHANGE_QUERY'),
    });
  }
});

test('what the bridge writes to a change afterwards credits nobody with its decision', () => {
  const run = approveRun({ status: 'writing', base_version: 1 });
  const shown = record({ approval: 'approved', sys_updated_by: BRIDGE }, 4);
  const closed = (decider: string | undefined) =>
    planClosing(run, 'It ended.', shown, { account: BRIDGE, ...(decider === undefined ? {} : { decider }) });
  expect(closed('bob')).toMatchObject({ kind: 'applied', version: NOT_OURS });
  expect(closed(run.actor)).toMatchObject({ kind: 'applied', version: 4 });
  expect(closed(undefined)).toMatchObject({ kind: 'applied', version: 4 });
});
