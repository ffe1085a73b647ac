import { expect, test } from 'vitest';
import type { Stage } from '../../stage/stage.ts';
import { DEFAULT_USERS } from '../../sandbox/servicenow/state/users.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import {
  decideInPortal,
  deploymentsOf,
  endOf,
  entity,
  logOf,
  patches,
  pipelinesOf,
  shows,
  waitingChange,
} from './scene.ts';
import { decisionsOf, quiet } from './wire.ts';

test('a portal decision on a change that was decided otherwise is refused, and its run is told who decided', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const late = decideInPortal(stage, sysId, 'declined');
  expect(await endOf(stage, late)).toBe('FAILURE');
  expect(logOf(stage, late)).toMatch(/awaits no decision.*"approved".*last updated by ann/);
  await quiet(stage);
  expect(patches(stage, sysId)).toHaveLength(0);
  expect(stage.servicenow.change(sysId)?.['approval']).toBe('approved');
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});

test('a portal decision that ServiceNow shows already writes nothing, and its run is told so', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const late = decideInPortal(stage, sysId, 'approved');
  expect(await endOf(stage, late)).toBe('SUCCESS');
  expect(logOf(stage, late)).toContain('had already been approved by ann');
  await quiet(stage);
  expect(patches(stage, sysId)).toHaveLength(0);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});

test('of an approval and a rejection made in the portal at once, one is written and the other is refused', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  // Both are read as still waiting unless the bridge lets only one decide at a time.
  stage.servicenow.faults.add({ kind: 'latency', ms: 150, match: `change_request/${sysId}`, times: 4 });
  const runs = [decideInPortal(stage, sysId, 'approved'), decideInPortal(stage, sysId, 'declined')];
  const ends = await Promise.all(runs.map((id) => endOf(stage, id)));
  await quiet(stage);
  expect(ends.toSorted()).toEqual(['FAILURE', 'SUCCESS']);
  const winner = ends[0] === 'SUCCESS' ? 'approved' : 'rejected';
  expect(patches(stage, sysId)).toHaveLength(1);
  expect(stage.servicenow.change(sysId)?.['approval']).toBe(winner);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
  expect(deploymentsOf(stage, sysId)).toHaveLength(winner === 'approved' ? 1 : 0);
  expect(await endOf(stage, runId)).toBe(winner === 'approved' ? 'SUCCESS' : 'FAILURE');
});

test('a decision whose answer was lost is found written: the run succeeds, with one write and one trigger', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  stage.servicenow.faults.add({ kind: 'timeout-after-effect', match: 'PATCH ', times: 1 });
  const approve = decideInPortal(stage, sysId, 'approved', { reason: 'Checked twice' });
  expect(await endOf(stage, approve)).toBe('SUCCESS');
  expect(logOf(stage, approve)).toContain('on behalf of petra@example.com. Reason: Checked twice');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  await quiet(stage);
  expect(patches(stage, sysId)).toHaveLength(1);
  // The decision, and the note about its outcome.
  expect(stage.servicenow.change(sysId)?.['sys_mod_count']).toBe('2');
  expect(await decisionsOf(stage, sysId)).toHaveLength(1);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});

test('a decision whose request was lost is written again, once', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  stage.servicenow.faults.add({ kind: 'timeout-before-effect', match: 'PATCH ', times: 1 });
  const approve = decideInPortal(stage, sysId, 'declined');
  expect(await endOf(stage, approve)).toBe('SUCCESS');
  await quiet(stage);
  expect(patches(stage, sysId)).toHaveLength(2);
  expect(stage.servicenow.change(sysId)?.['sys_mod_count']).toBe('1');
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});

test('a dropped approval field ends the run as failed, and names the missing right', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  stage.servicenow.faults.add({ kind: 'dropped-fields', fields: ['approval'], times: 1 });
  const approve = decideInPortal(stage, sysId, 'approved');
  expect(await endOf(stage, approve)).toBe('FAILURE');
  expect(logOf(stage, approve)).toMatch(/left approval at "requested".*write change_request\.approval/);
  await quiet(stage);
  expect(pipelinesOf(stage, sysId)).toHaveLength(0);
});

test('a decision that a business rule refuses ends the run with the rule’s words', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  stage.servicenow.faults.add({ kind: 'abort', match: 'PATCH ', rule: 'No changes on Friday', times: 1 });
  const approve = decideInPortal(stage, sysId, 'approved');
  expect(await endOf(stage, approve)).toBe('FAILURE');
  expect(logOf(stage, approve)).toContain('No changes on Friday');
});

test('mode approver: the portal decides the approver’s own row, and the change follows', async () => {
  const stage = await stageWithApprovers(['bob', 'petra']);
  const { sysId } = await waitingChange(stage);
  const approve = decideInPortal(stage, sysId, 'approved');
  expect(await endOf(stage, approve)).toBe('SUCCESS');
  expect(logOf(stage, approve)).toContain('still waiting for ');
  await quiet(stage);
  expect(pipelinesOf(stage, sysId)).toHaveLength(0);
  stage.servicenow.decide(sysId, 'bob', 'approved');
  await until('the deployment', () => deploymentsOf(stage, sysId).length === 1);
  await shows(stage, sysId, 'approved');
  expect(patches(stage, sysId)).toHaveLength(0);
});

test('mode approver: a rejection of one approver rejects the change', async () => {
  const stage = await stageWithApprovers(['petra']);
  const { runId, sysId } = await waitingChange(stage);
  const approve = decideInPortal(stage, sysId, 'declined', { reason: 'Not today' });
  expect(await endOf(stage, approve)).toBe('SUCCESS');
  expect(await endOf(stage, runId)).toBe('FAILURE');
  expect(stage.servicenow.approvals(sysId).map((row) => row['state'])).toEqual(['rejected']);
  expect(deploymentsOf(stage, sysId)).toHaveLength(0);
});

test('mode approver: without a row that fits, the run is told whom ServiceNow asks', async () => {
  const stage = await stageForTest({
    env: { SERVICENOW_APPROVAL_MODE: 'approver' },
    servicenow: { approvers: ['ann', 'bob'] },
  });
  const { sysId } = await waitingChange(stage);
  const approve = decideInPortal(stage, sysId, 'approved');
  expect(await endOf(stage, approve)).toBe('FAILURE');
  expect(logOf(stage, approve)).toMatch(
    /waits for (Ann Archer and Bob Baker|Bob Baker and Ann Archer) in ServiceNow, and petra@example.com is none of them/,
  );
});

test('mode approver: nobody decides in the place of the one approver who is asked', async () => {
  const stage = await stageWithApprovers(['ann']);
  const { sysId } = await waitingChange(stage);
  const approve = decideInPortal(stage, sysId, 'approved');
  expect(await endOf(stage, approve)).toBe('FAILURE');
  expect(stage.servicenow.approvals(sysId).map((row) => row['state'])).toEqual(['requested']);
});

test('mode approver: who approves twice counts once', async () => {
  const stage = await stageWithApprovers(['bob', 'petra']);
  const { sysId } = await waitingChange(stage);
  expect(await endOf(stage, decideInPortal(stage, sysId, 'approved'))).toBe('SUCCESS');
  expect(await endOf(stage, decideInPortal(stage, sysId, 'approved'))).toBe('SUCCESS');
  expect(statesOf(stage, sysId)).toEqual(['approved', 'requested']);
});

test('mode approver: an answer that is lost does not make one person count for two', async () => {
  const stage = await stageWithApprovers(['bob', 'petra']);
  const { sysId } = await waitingChange(stage);
  const path = 'PATCH /api/now/table/sysapproval_approver';
  stage.servicenow.faults.add({ kind: 'timeout-after-effect', match: path, times: 1 });
  const approve = decideInPortal(stage, sysId, 'approved');
  expect(await endOf(stage, approve)).toBe('SUCCESS');
  expect(statesOf(stage, sysId)).toEqual(['approved', 'requested']);
});

test('mode change-api: the decision goes through the Change Management API', async () => {
  const stage = await stageForTest({
    env: { SERVICENOW_APPROVAL_MODE: 'change-api' },
    servicenow: { approvers: ['changebridge.integration'] },
  });
  const { runId, sysId } = await waitingChange(stage);
  const approve = decideInPortal(stage, sysId, 'approved');
  expect(await endOf(stage, approve)).toBe('SUCCESS');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  await quiet(stage);
  expect(stage.servicenow.requests.list('/api/sn_chg_rest/change/')).toHaveLength(1);
  expect(patches(stage, sysId)).toHaveLength(0);
  expect(entity(stage, sysId)?.properties['approval']).toBe('approved');
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});

test('mode change-api: where ServiceNow asks somebody else, the run ends with ServiceNow’s words', async () => {
  const stage = await stageForTest({
    env: { SERVICENOW_APPROVAL_MODE: 'change-api' },
    servicenow: { approvers: ['ann'] },
  });
  const { sysId } = await waitingChange(stage);
  const approve = decideInPortal(stage, sysId, 'approved');
  expect(await endOf(stage, approve)).toBe('FAILURE');
  expect(logOf(stage, approve)).toContain('No pending approval was found');
  expect(stage.servicenow.change(sysId)?.['approval']).toBe('requested');
});

/** A stage whose ServiceNow asks these people; the portal's platform engineer is petra there, too. */
async function stageWithApprovers(approvers: readonly string[]): Promise<Stage> {
  const petra = { userName: 'petra', password: 'petra', roles: ['itil', 'approver_user'] };
  return stageForTest({
    env: {
      SERVICENOW_APPROVAL_MODE: 'approver',
      SERVICENOW_API_TOKEN: Buffer.from('changebridge.integration:integration').toString('base64'),
    },
    servicenow: { approvers, users: [...DEFAULT_USERS, petra], approvalsNeeded: 'all' },
  });
}

function statesOf(stage: Stage, sysId: string): string[] {
  const states = stage.servicenow.approvals(sysId).map((row) => row['state'] ?? '');
  return states.toSorted((a, b) => a.localeCompare(b));
}
