import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ServiceNowStandIn, startServiceNow } from '../server.ts';
import { Caller, listOf } from './caller.ts';

let servicenow: ServiceNowStandIn;
let id: string;

beforeEach(async () => {
  servicenow = await startServiceNow({ approvers: ['ann', 'bob'] });
  id = String(servicenow.createChange()['sys_id']);
});
afterEach(() => servicenow.close());

function as(userName: string, password = userName): Caller {
  return new Caller(servicenow.url, userName, password);
}

async function pendingOf(userName: string): Promise<string> {
  const query = encodeURIComponent(`sysapproval=${id}^approver.user_name=${userName}^state=requested`);
  const answer = await as('admin').get(`/api/now/table/sysapproval_approver?sysparm_query=${query}`);
  return String(listOf(answer.body)[0]?.['sys_id']);
}

describe('the approval flow', () => {
  test('asks every member of the assignment group in Assess, once', () => {
    const group = servicenow.idOf('sys_user_group', 'Change Management');
    const created = servicenow.createChange({ state: '-5', approval: 'not requested' });
    const sysId = String(created['sys_id']);
    expect(servicenow.approvals(sysId)).toHaveLength(0);
    servicenow.updateChange(sysId, { state: '-4', assignment_group: group });
    servicenow.updateChange(sysId, { priority: '1' });
    expect(servicenow.change(sysId)).toMatchObject({ approval: 'requested' });
    expect(servicenow.approvals(sysId).map((row) => row['state'])).toEqual(['requested', 'requested']);
  });

  test('is not started by writing the field: then nobody is asked', () => {
    const created = servicenow.createChange({ state: '-5', approval: 'not requested' });
    const sysId = String(created['sys_id']);
    servicenow.updateChange(sysId, { approval: 'requested' });
    expect(servicenow.approvals(sysId)).toHaveLength(0);
  });

  test('asks nobody of a group without members', () => {
    const group = servicenow.idOf('sys_user_group', 'Nobody');
    const created = servicenow.createChange({ state: '-5', approval: 'not requested' });
    const sysId = String(created['sys_id']);
    servicenow.updateChange(sysId, { state: '-4', assignment_group: group });
    expect(servicenow.approvals(sysId)).toHaveLength(0);
    expect(servicenow.change(sysId)).toMatchObject({ approval: 'not requested' });
  });

  test('approves when all have approved, then schedules: two versions of the record', () => {
    servicenow.decide(id, 'ann', 'approved');
    expect(servicenow.change(id)).toMatchObject({ approval: 'requested', sys_mod_count: '0' });
    servicenow.decide(id, 'bob', 'approved');
    expect(servicenow.change(id)).toMatchObject({
      approval: 'approved',
      state: '-2',
      sys_mod_count: '2',
      sys_updated_by: 'system',
    });
  });

  test('rejects as soon as one rejects', () => {
    servicenow.decide(id, 'ann', 'rejected', 'not today');
    expect(servicenow.change(id)).toMatchObject({ approval: 'rejected', state: '-3' });
  });

  test('overwrites a direct approval when an approver rejects later', async () => {
    await as('ci').patch(`/api/now/table/change_request/${id}`, { approval: 'approved' });
    expect(servicenow.change(id)).toMatchObject({ approval: 'approved' });
    expect(servicenow.approvals(id).map((row) => row['state'])).toEqual(['requested', 'requested']);
    servicenow.decide(id, 'bob', 'rejected', 'no');
    expect(servicenow.change(id)).toMatchObject({ approval: 'rejected' });
  });

  test('leaves the rows when the field is written: one of them flips it later', () => {
    servicenow.updateChange(id, { approval: 'rejected' });
    servicenow.decide(id, 'ann', 'approved');
    servicenow.decide(id, 'bob', 'approved');
    expect(servicenow.change(id)).toMatchObject({ approval: 'approved' });
  });

  test('withdraws its questions when the change is cancelled', () => {
    servicenow.updateChange(id, { state: '4' });
    expect(servicenow.change(id)).toMatchObject({ active: 'false' });
    expect(servicenow.approvals(id).map((row) => row['state'])).toEqual(['cancelled', 'cancelled']);
  });
});

test('a flow acts a little later than the write, where the instance takes its time', async () => {
  const slow = await startServiceNow({ approvers: ['ann'], flowDelayMs: 20 });
  try {
    const sysId = String(slow.createChange()['sys_id']);
    expect(slow.approvals(sysId)).toHaveLength(0);
    await expect.poll(() => slow.approvals(sysId)).toHaveLength(1);
  } finally {
    await slow.close();
  }
});

test('where one of a group is enough, the others are no longer asked', async () => {
  const small = await startServiceNow({ approvers: ['ann', 'bob'], approvalsNeeded: 'one' });
  try {
    const sysId = String(small.createChange()['sys_id']);
    small.decide(sysId, 'bob', 'approved');
    expect(small.change(sysId)).toMatchObject({ approval: 'approved', state: '-2' });
    expect(small.approvals(sysId).map((row) => row['state'])).toEqual(['not_required', 'approved']);
  } finally {
    await small.close();
  }
});

test('with a change advisory board, Authorize asks its members once more', async () => {
  const careful = await startServiceNow({ approvers: ['ann'], cab: ['bob'] });
  try {
    const sysId = String(careful.createChange({ state: '-4', approval: 'not requested' })['sys_id']);
    careful.decide(sysId, 'ann', 'approved');
    expect(careful.change(sysId)).toMatchObject({ approval: 'requested', state: '-3' });
    careful.decide(sysId, 'bob', 'approved');
    expect(careful.change(sysId)).toMatchObject({ approval: 'approved', state: '-2' });
  } finally {
    await careful.close();
  }
});

describe('an approval by an integration', () => {
  test('through the approver row: by the approver, or by who administers approvals, nobody else', async () => {
    const path = `/api/now/table/sysapproval_approver/${await pendingOf('ann')}`;
    expect((await as('ci').patch(path, { state: 'approved' })).status).toBe(403);
    expect((await as('bob').patch(path, { state: 'approved' })).status).toBe(403);
    const integration = as('changebridge.integration', 'integration');
    expect((await integration.patch(path, { state: 'approved', comments: 'for Ann' })).status).toBe(200);
    expect(servicenow.approvals(id).map((row) => row['state'])).toEqual(['approved', 'requested']);
  });

  test('through the approver row needs comments to reject', async () => {
    const path = `/api/now/table/sysapproval_approver/${await pendingOf('ann')}`;
    expect((await as('ann').patch(path, { state: 'rejected' })).status).toBe(403);
    expect((await as('ann').patch(path, { state: 'rejected', comments: 'risky' })).status).toBe(200);
    expect(servicenow.change(id)).toMatchObject({ approval: 'rejected' });
  });

  test('through the change API acts as the caller, and answers 400 to who was not asked', async () => {
    const path = `/api/sn_chg_rest/change/${id}/approvals`;
    const body = { state: 'approved', comments: 'fine' };
    expect((await as('changebridge.integration', 'integration').patch(path, body)).status).toBe(400);
    expect((await as('ann').patch(path, body)).status).toBe(200);
    expect((await as('ann').patch(path, body)).status).toBe(400);
    expect((await as('bob').patch(path, body)).status).toBe(200);
    expect(servicenow.change(id)).toMatchObject({ approval: 'approved' });
  });
});
