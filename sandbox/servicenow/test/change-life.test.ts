import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ServiceNowStandIn, startServiceNow } from '../server.ts';
import { Caller, rowOf } from './caller.ts';

const CLOSING = { close_code: 'successful', close_notes: 'Deployed' };

let servicenow: ServiceNowStandIn;
let ci: Caller;
let group: string;

beforeEach(async () => {
  servicenow = await startServiceNow({ approvers: ['ann'] });
  ci = new Caller(servicenow.url, 'ci', 'ci');
  group = servicenow.idOf('sys_user_group', 'Change Management');
});
afterEach(() => servicenow.close());

async function create(values: Record<string, string> = {}): Promise<string> {
  const { body } = await ci.post('/api/now/table/change_request', { short_description: 'Deploy', ...values });
  return String(rowOf(body)['sys_id']);
}

function patch(id: string, values: Record<string, string>) {
  return ci.patch(`/api/now/table/change_request/${id}`, values);
}

/** Moves the change on, and answers the status of the last step. */
async function walk(id: string, ...states: string[]): Promise<number> {
  let status = 0;
  for (const state of states) ({ status } = await patch(id, { state }));
  return status;
}

/** A change that is being implemented. */
async function implemented(): Promise<string> {
  const id = await create({ assignment_group: group });
  await walk(id, '-4');
  servicenow.decide(id, 'ann', 'approved');
  await walk(id, '-1');
  return id;
}

describe('the way of a change', () => {
  test('begins in New: no other state can be given to a new one', async () => {
    const answer = await ci.post('/api/now/table/change_request', { state: '-4', assignment_group: group });
    expect(answer.status).toBe(403);
    expect(await ci.post('/api/now/table/change_request', { state: '-5' })).toMatchObject({ status: 201 });
  });

  test('needs an assignment group from Assess on', async () => {
    const id = await create();
    const answer = await patch(id, { state: '-4' });
    expect(answer.status).toBe(403);
    expect(JSON.stringify(answer.body)).toMatch(/aborted by Business Rule.*assignment_group/);
    expect((await patch(id, { state: '-4', assignment_group: group })).status).toBe(200);
  });

  test('has no jumps, and leads to Scheduled only by an approval', async () => {
    const id = await create({ assignment_group: group });
    expect(await walk(id, '-3')).toBe(403);
    expect(await walk(id, '-4', '-3')).toBe(200);
    expect(await walk(id, '-2')).toBe(403);
    servicenow.updateChange(id, { approval: 'approved' });
    expect(await walk(id, '-2', '-1', '0')).toBe(200);
  });

  test('ends in Closed only with a close code and notes', async () => {
    const id = await create({ assignment_group: group });
    await walk(id, '-4');
    servicenow.decide(id, 'ann', 'approved');
    await walk(id, '-1', '0');
    expect((await patch(id, { state: '3' })).status).toBe(403);
    expect((await patch(id, { state: '3', close_code: 'successful' })).status).toBe(403);
    expect((await patch(id, { state: '3', ...CLOSING })).status).toBe(200);
  });

  test('cannot be canceled in Review', async () => {
    const id = await create({ assignment_group: group });
    await walk(id, '-4');
    servicenow.decide(id, 'ann', 'approved');
    expect(await walk(id, '-1', '0', '4')).toBe(403);
  });

  test('of a standard change skips the approvals: it is approved when it is scheduled', async () => {
    const id = await create({ type: 'standard', assignment_group: group });
    expect(await walk(id, '-2')).toBe(200);
    expect(servicenow.change(id)).toMatchObject({ approval: 'approved', state: '-2' });
    expect(servicenow.approvals(id)).toHaveLength(0);
  });

  test('of an emergency skips Assess: Authorize asks', async () => {
    const id = await create({ type: 'emergency', assignment_group: group });
    expect(await walk(id, '-4')).toBe(403);
    expect(await walk(id, '-3')).toBe(200);
    servicenow.decide(id, 'ann', 'approved');
    expect(servicenow.change(id)).toMatchObject({ approval: 'approved', state: '-2' });
  });
});

describe('change tasks', () => {
  test('of the flow appear in Implement and are cancelled at Review', async () => {
    const id = await implemented();
    expect(servicenow.tasks(id)).toMatchObject([
      { number: 'CTASK0010001', state: '1', created_from: 'workflow' },
      { number: 'CTASK0010002', state: '1', created_from: 'workflow' },
    ]);
    await walk(id, '0');
    expect(servicenow.tasks(id).map((task) => task['state'])).toEqual(['4', '4']);
  });

  test('made by hand keep the change from being closed while they are open', async () => {
    const id = await implemented();
    const made = await ci.post(`/api/sn_chg_rest/change/${id}/task`, { short_description: 'Tell the users' });
    expect(made.status).toBe(201);
    expect(rowOf(made.body)).toMatchObject({
      created_from: { value: 'manual' },
      change_request: { value: id },
    });
    await walk(id, '0');
    const answer = await patch(id, { state: '3', ...CLOSING });
    expect(answer.status).toBe(403);
    expect(JSON.stringify(answer.body)).toContain('open change tasks');
    const task = servicenow.tasks(id).find((each) => each['created_from'] === 'manual')?.['sys_id'];
    await ci.patch(`/api/now/table/change_task/${task}`, { state: '3' });
    expect((await patch(id, { state: '3', ...CLOSING })).status).toBe(200);
  });
});

describe('on hold', () => {
  test('only Canceled is a legal move, and the approvers are asked again when it ends', async () => {
    const id = await create({ assignment_group: group });
    await walk(id, '-4');
    await patch(id, { on_hold: 'true', on_hold_reason: 'Month end' });
    expect(servicenow.approvals(id).map((row) => row['state'])).toEqual(['not_required']);
    expect(servicenow.change(id)).toMatchObject({ approval: 'requested', on_hold_reason: 'Month end' });
    const refused = await patch(id, { state: '-3' });
    expect(refused.status).toBe(403);
    expect(JSON.stringify(refused.body)).toContain('on hold');
    await patch(id, { on_hold: 'false' });
    expect(servicenow.approvals(id).map((row) => row['state'])).toEqual(['requested']);
    await patch(id, { on_hold: 'true' });
    expect(await walk(id, '4')).toBe(200);
  });

  test('a hold approves nothing, although those who still have to decide are set aside', async () => {
    const bob = servicenow.user('bob').userId;
    servicenow.instance.records.insert('sys_user_grmember', { user: bob, group }, servicenow.user('admin'));
    const id = await create({ assignment_group: group });
    await walk(id, '-4');
    servicenow.decide(id, 'ann', 'approved');
    await patch(id, { on_hold: 'true' });
    expect(servicenow.change(id)).toMatchObject({ approval: 'requested' });
    await patch(id, { on_hold: 'false' });
    servicenow.decide(id, 'bob', 'approved');
    expect(servicenow.change(id)).toMatchObject({ approval: 'approved' });
  });
});

describe('fields', () => {
  test('a reference keeps a sys_id or nothing: a name is lost', async () => {
    const checkout = servicenow.idOf('cmdb_ci_service', 'checkout');
    const id = await create({ business_service: 'checkout', cmdb_ci: checkout });
    expect(servicenow.change(id)).toMatchObject({ business_service: '', cmdb_ci: checkout });
  });

  test('a text that is too long is cut at the length of its column', async () => {
    const id = await create({ short_description: 'x'.repeat(200) });
    expect(servicenow.change(id)?.['short_description']).toHaveLength(160);
  });

  test('a journal is empty in the record’s plain value, and shows its entries as display value', async () => {
    const id = await create();
    await patch(id, { comments: 'First' });
    await patch(id, { comments: 'Second' });
    const path = `/api/now/table/change_request/${id}?sysparm_fields=comments`;
    expect(rowOf((await ci.get(path)).body)).toEqual({ comments: '' });
    const { comments } = rowOf((await ci.get(`${path}&sysparm_display_value=true`)).body);
    expect(comments).toMatch(
      /^[\d-]+ [\d:]+ - Build Service \(Additional comments\)\nSecond\n\n.*\nFirst\n\n$/s,
    );
  });

  test('journal entries are not for everybody: a list without rows tells nothing', async () => {
    const id = await create();
    await patch(id, { work_notes: 'Hidden' });
    servicenow.hideJournals();
    const list = await ci.get(`/api/now/table/sys_journal_field?sysparm_query=element_id=${id}`);
    expect(list).toMatchObject({ status: 200, body: { result: [] } });
  });
});
