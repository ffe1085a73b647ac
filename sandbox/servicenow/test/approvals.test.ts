import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ServiceNowStandIn, startServiceNow } from '../server.ts';
import { Caller, listOf } from './caller.ts';

let servicenow: ServiceNowStandIn;
let id: string;

beforeEach(async () => {
  servicenow = await startServiceNow({ approvalFlow: true });
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
  test('asks every approver when an approval is requested, once', () => {
    servicenow.updateChange(id, { priority: '1' });
    expect(servicenow.approvals(id).map((row) => row['state'])).toEqual(['requested', 'requested']);
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

  test('withdraws its questions when the change is cancelled', () => {
    servicenow.updateChange(id, { state: '4' });
    expect(servicenow.change(id)).toMatchObject({ active: 'false' });
    expect(servicenow.approvals(id).map((row) => row['state'])).toEqual(['cancelled', 'cancelled']);
  });
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
