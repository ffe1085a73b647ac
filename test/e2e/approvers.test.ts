import { expect, test } from 'vitest';
import { DEFAULT_USERS } from '../../sandbox/servicenow/state/users.ts';
import { PEOPLE, type Stage, type StageOptions } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import {
  decideInPortal,
  deploymentsOf,
  endOf,
  logOf,
  openedChange,
  pipelinesOf,
  startDeploy,
  waitingChange,
} from './scene.ts';
import { operatorCall, quiet } from './wire.ts';

const INTEGRATION = 'changebridge.integration';
const PETRA = { userName: 'petra', password: 'petra', roles: ['itil', 'approver_user'] };
/** The account of the bridge without the role that lets it settle other people's approvals. */
const FIELD_ONLY = [
  ...DEFAULT_USERS.filter(({ userName }) => userName !== INTEGRATION),
  {
    userName: INTEGRATION,
    password: 'integration',
    roles: ['sn_change_write', 'x_chb_changebridge.integration'],
  },
];

const MAY_NOT_SETTLE = {
  env: { SERVICENOW_API_TOKEN: Buffer.from(`${INTEGRATION}:integration`).toString('base64') },
  servicenow: { users: FIELD_ONLY },
};

/** A deployment whose change waits for ann and bob. */
async function waiting(options: Partial<StageOptions> = {}) {
  const stage = await stageForTest(options);
  const runId = startDeploy(stage);
  const sysId = await openedChange(stage, runId);
  return { stage, runId, sysId };
}

function statesOf(stage: Stage, sysId: string): string[] {
  const states = stage.servicenow.approvals(sysId).map((row) => row['state'] ?? '');
  return states.toSorted((a, b) => a.localeCompare(b));
}

function journalOf(stage: Stage, sysId: string): string {
  const rows = stage.servicenow.rows('sys_journal_field').filter((row) => row['element_id'] === sysId);
  return rows.map((row) => row['value']).join('\n');
}

async function timelineOf(stage: Stage, sysId: string): Promise<string> {
  return (await operatorCall(stage, `/v1/changes/${sysId}/timeline`)).text();
}

test('the developer reads whom ServiceNow asks to approve their change', async () => {
  const { stage, runId, sysId } = await waiting();
  const people = /waits in ServiceNow for (Ann Archer and Bob Baker|Bob Baker and Ann Archer)\./;
  await until('the developer is told', () => people.test(logOf(stage, runId)));
  expect(await timelineOf(stage, sysId)).toMatch(people);
});

test('mode field: whoever is still asked is set aside, and turns nothing around later', async () => {
  const { stage, runId, sysId } = await waiting();
  const approve = decideInPortal(stage, sysId, 'approved', { reason: 'Checked' });
  expect(await endOf(stage, approve)).toBe('SUCCESS');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  expect(statesOf(stage, sysId)).toEqual(['not_required', 'not_required']);
  expect(logOf(stage, approve)).toMatch(
    /Nobody else has to decide: the approval of .*Ann Archer.* was set aside/,
  );
  const [row] = stage.servicenow.approvals(sysId);
  expect(journalOf(stage, row?.['sys_id'] ?? '')).toContain(
    `the change was approved in the developer portal by ${PEOPLE.engineer}`,
  );
  await quiet(stage);
  expect(stage.servicenow.change(sysId)?.['approval']).toBe('approved');
  expect(deploymentsOf(stage, sysId)).toHaveLength(1);
});

test('mode field: rows that the account may not settle are named in the run, the timeline and the work notes', async () => {
  const { stage, sysId } = await waiting(MAY_NOT_SETTLE);
  const approve = decideInPortal(stage, sysId, 'approved');
  expect(await endOf(stage, approve)).toBe('SUCCESS');
  const words = /(Ann Archer and Bob Baker|Bob Baker and Ann Archer) are still asked in ServiceNow/;
  expect(logOf(stage, approve)).toMatch(words);
  expect(logOf(stage, approve)).toContain('x_chb_changebridge.integration_approver');
  await quiet(stage);
  expect(await timelineOf(stage, sysId)).toMatch(words);
  expect(journalOf(stage, sysId).match(new RegExp(words, 'g'))).toHaveLength(1);
  expect(statesOf(stage, sysId)).toEqual(['requested', 'requested']);
});

test('mode field: a declined change that somebody has approved keeps its rows, which would approve it otherwise', async () => {
  const { stage, sysId } = await waiting({ servicenow: { approvalsNeeded: 'all' } });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const decline = decideInPortal(stage, sysId, 'declined', { reason: 'Not today' });
  expect(await endOf(stage, decline)).toBe('SUCCESS');
  await quiet(stage);
  expect(statesOf(stage, sysId)).toEqual(['approved', 'requested']);
  expect(logOf(stage, decline)).toContain('Bob Baker are still asked in ServiceNow');
  expect(stage.servicenow.change(sysId)?.['approval']).toBe('rejected');
  expect(deploymentsOf(stage, sysId)).toEqual([]);
});

test.each([
  ['ann', 'bob'],
  ['bob', 'ann'],
])(
  'of two approvers who have to agree, %s decides first and the portal says who is missing',
  async (...order) => {
    const stage = await stageForTest({
      env: {
        SERVICENOW_APPROVAL_MODE: 'approver',
        SERVICENOW_API_TOKEN: Buffer.from(`${INTEGRATION}:integration`).toString('base64'),
      },
      servicenow: {
        approvers: ['ann', 'bob', 'petra'],
        users: [...DEFAULT_USERS, PETRA],
        approvalsNeeded: 'all',
      },
    });
    const { runId, sysId } = await waitingChange(stage);
    const [first, second] = order;
    const named = { ann: 'Ann Archer', bob: 'Bob Baker' }[second] ?? '';
    stage.servicenow.decide(sysId, first, 'approved');
    const approve = decideInPortal(stage, sysId, 'approved');
    expect(await endOf(stage, approve)).toBe('SUCCESS');
    expect(logOf(stage, approve)).toMatch(/approved by .*(petra|Ann Archer|Bob Baker)/);
    expect(logOf(stage, approve)).toContain(`still waiting for ${named}`);
    expect(pipelinesOf(stage, sysId)).toEqual([]);
    stage.servicenow.decide(sysId, second, 'approved');
    expect(await endOf(stage, runId)).toBe('SUCCESS');
    expect(deploymentsOf(stage, sysId)).toHaveLength(1);
  },
);

test('the approver’s words in ServiceNow reach the developer, the pipeline and the timeline', async () => {
  const { stage, runId, sysId } = await waiting();
  stage.servicenow.decide(sysId, 'ann', 'rejected', 'The  plan\nhas no way back');
  expect(await endOf(stage, runId)).toBe('FAILURE');
  const words = 'The plan has no way back';
  expect(logOf(stage, runId)).toContain(`was declined by ann. Reason: ${words}`);
  expect(await timelineOf(stage, sysId)).toContain(words);
  expect(pipelinesOf(stage, sysId)[0]?.payload).toMatchObject({ decided_by: 'ann', reason: words });
});

test('an approver who writes on the change itself is heard too, and nobody else is', async () => {
  const { stage, runId, sysId } = await waiting();
  stage.servicenow.updateChange(sysId, { comments: 'Please hurry' }, 'ci');
  stage.servicenow.updateChange(sysId, { comments: 'Looks sound to me' }, 'ann');
  stage.servicenow.updateChange(sysId, { comments: 'Thank you' }, 'ci');
  stage.servicenow.decide(sysId, 'ann', 'approved');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  expect(logOf(stage, runId)).toContain('was approved by ann. Reason: Looks sound to me');
});

test('where journals are hidden a decision goes on without its words', async () => {
  const { stage, runId, sysId } = await waiting();
  stage.servicenow.hideJournals();
  stage.servicenow.updateChange(sysId, { comments: 'Looks sound to me' }, 'ann');
  stage.servicenow.decide(sysId, 'ann', 'approved');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  expect(logOf(stage, runId)).toContain('was approved by ann.');
  expect(logOf(stage, runId)).not.toContain('Looks sound');
});

test('a reason from the portal reaches ServiceNow as plain text on one line', async () => {
  const { stage, sysId } = await waiting();
  const reason = 'Fine\n[code]<a href="https://evil.example">look</a>[/CODE]\r\nApproved by the CAB';
  expect(await endOf(stage, decideInPortal(stage, sysId, 'approved', { reason }))).toBe('SUCCESS');
  const written = journalOf(stage, sysId);
  expect(written).not.toMatch(/\[\/?code\]/i);
  expect(written).toMatch(/^Approved in the developer portal by .* Reason: Fine .*Approved by the CAB/m);
});

test('a decision after a decision is told to whoever read the first: the run, the timeline and the work notes', async () => {
  const { stage, runId, sysId } = await waiting(MAY_NOT_SETTLE);
  expect(await endOf(stage, decideInPortal(stage, sysId, 'approved'))).toBe('SUCCESS');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  stage.servicenow.decide(sysId, 'ann', 'rejected', 'I was never asked');
  const told =
    /The decision was turned around\. CHG\d+ was declined by ann\. Reason: I was never asked\. Before: CHG\d+ was approved by petra@example\.com/;
  await until('the work notes say so', () => told.test(journalOf(stage, sysId)));
  await quiet(stage);
  expect(await timelineOf(stage, sysId)).toMatch(told);
  expect(journalOf(stage, sysId).match(/turned around/g)).toHaveLength(1);
  expect(deploymentsOf(stage, sysId)).toHaveLength(1);
});
