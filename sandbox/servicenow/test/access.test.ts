import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AppWorld, PREFIX, SECRET, appWorld } from './app-world.ts';
import { Caller, listOf, rowOf } from './caller.ts';

const CHANGES = '/api/now/table/change_request';
const USERS = [
  { userName: 'admin', password: 'admin', roles: ['admin'] },
  { userName: 'ann', password: 'ann', roles: ['approver_user'] },
  { userName: 'bridge', password: 'bridge', roles: [`${PREFIX}.integration`] },
  { userName: 'approving', password: 'approving', roles: [`${PREFIX}.integration_approver`] },
  { userName: 'nobody', password: 'nobody', roles: [] },
];

let world: AppWorld;
let id: string;

beforeEach(async () => {
  world = await appWorld({ users: USERS, approvers: ['ann'] });
  id = String(world.servicenow.createChange({ u_external_tags: 'r_1' }, 'admin')['sys_id']);
});
afterEach(() => world.close());

function as(userName: string): Caller {
  return new Caller(world.servicenow.url, userName, userName);
}

describe('the account of the bridge, with the one role that the guide names and no other', () => {
  test('creates a change with its tags, and reads it', async () => {
    const created = await as('bridge').post(CHANGES, { short_description: 'gate', u_external_tags: 'r_2' });
    expect(created.status).toBe(201);
    expect(rowOf(created.body)).toMatchObject({ u_external_tags: 'r_2' });
    expect(listOf((await as('bridge').get(CHANGES)).body)).toHaveLength(2);
  });

  test('approves in mode "field", with a work note', async () => {
    const answer = await as('bridge').patch(`${CHANGES}/${id}`, {
      approval: 'approved',
      work_notes: 'by Ann',
    });
    expect(rowOf(answer.body)).toMatchObject({ approval: 'approved' });
    const notes = await as('bridge').get(`/api/now/table/sys_journal_field?sysparm_query=element_id=${id}`);
    expect(listOf(notes.body)).toMatchObject([{ value: 'by Ann' }]);
  });

  test('approves in mode "approver" only with the role that administers approvals', async () => {
    const path = `/api/now/table/sysapproval_approver/${String(world.servicenow.approvals(id)[0]?.['sys_id'])}`;
    expect((await as('bridge').patch(path, { state: 'approved' })).status).toBe(403);
    expect((await as('approving').patch(path, { state: 'approved' })).status).toBe(200);
    expect(world.servicenow.change(id)).toMatchObject({ approval: 'approved' });
  });

  test('reads Health, but no delivery and no claim', async () => {
    await world.servicenow.advanceClock(60_000);
    expect(listOf((await as('bridge').get(`/api/now/table/${PREFIX}_health`)).body).length).toBeGreaterThan(
      0,
    );
    expect(listOf((await as('bridge').get(`/api/now/table/${PREFIX}_outbox`)).body)).toEqual([]);
    expect(await as('bridge').get(`/api/now/table/${PREFIX}_claim`)).toMatchObject({ status: 403 });
  });
});

describe('everybody else', () => {
  test('without a role sees an empty list whose total tells that there is more, and 404 for a record', async () => {
    const list = await as('nobody').get(CHANGES);
    expect(listOf(list.body)).toEqual([]);
    expect(list.headers.get('x-total-count')).toBe('1');
    expect((await as('nobody').get(`${CHANGES}/${id}`)).status).toBe(404);
    expect((await as('nobody').post(CHANGES, {})).status).toBe(403);
  });

  test('an approver without a role for changes may read but not write them', async () => {
    expect((await as('ann').get(`${CHANGES}/${id}`)).status).toBe(200);
    expect(await as('ann').patch(`${CHANGES}/${id}`, { priority: '1' })).toMatchObject({
      status: 403,
      body: { error: { detail: 'ACL Exception Update Failed due to security constraints' } },
    });
  });

  test('who may not read a field may not query by it either, and does not see it', async () => {
    world.servicenow.instance.access.add({
      name: 'change_request.risk',
      operation: 'read',
      roles: ['admin'],
    });
    const refused = await as('bridge').get(`${CHANGES}?sysparm_query=risk=3`);
    expect(refused).toMatchObject({
      status: 403,
      body: { error: { message: 'Insufficient rights to query records' } },
    });
    expect(rowOf((await as('bridge').get(`${CHANGES}/${id}`)).body)).not.toHaveProperty('risk');
    expect(rowOf((await as('admin').get(`${CHANGES}/${id}`)).body)).toHaveProperty('risk');
  });

  test('nobody writes deliveries over the Table API, and secrets are not in the properties that it shows', async () => {
    await world.servicenow.settle();
    const delivery = `/api/now/table/${PREFIX}_outbox/${String(world.servicenow.outbox()[0]?.['sys_id'])}`;
    expect((await as('approving').patch(delivery, { state: 'pending' })).status).toBe(404);
    const shown = await as('admin').get('/api/now/table/sys_properties');
    expect(JSON.stringify(shown.body)).not.toContain(SECRET);
  });
});
