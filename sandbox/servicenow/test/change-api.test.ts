import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type ServiceNowStandIn, startServiceNow } from '../server.ts';
import { Caller, listOf, rowOf } from './caller.ts';

const CHANGE = '/api/sn_chg_rest/change';

let servicenow: ServiceNowStandIn;
let ci: Caller;
let group: string;

beforeEach(async () => {
  servicenow = await startServiceNow();
  ci = new Caller(servicenow.url, 'ci', 'ci');
  group = servicenow.idOf('sys_user_group', 'Change Management');
});
afterEach(() => servicenow.close());

/** The sys_id of a record in the shape of this API. */
function idIn(row: unknown): string {
  return z.object({ sys_id: z.object({ value: z.string() }) }).parse(row).sys_id.value;
}

async function create(path: string, values: Record<string, string> = {}): Promise<string> {
  const { body } = await ci.post(path, { short_description: 'Deploy', assignment_group: group, ...values });
  return idIn(rowOf(body));
}

async function attach(userName: string, id: string): Promise<Response> {
  const query = `table_name=change_request&table_sys_id=${id}&file_name=evidence.json`;
  return fetch(`${servicenow.url}/api/now/attachment/file?${query}`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa(`${userName}:${userName}`)}`,
      'content-type': 'application/json',
    },
    body: '{"a":1}',
  });
}

describe('creation', () => {
  test('answers values with their labels, and names what was ignored', async () => {
    const answer = await ci.post(`${CHANGE}/normal`, {
      short_description: 'Deploy',
      business_service: 'checkout',
      category: 'Nonsense',
      u_nothing: 'x',
      correlation_id: 'abc',
    });
    expect(answer.status).toBe(201);
    const row = rowOf(answer.body);
    expect(row).toMatchObject({
      state: { value: '-5', display_value: 'New' },
      type: { value: 'normal', display_value: 'Normal' },
      correlation_id: { value: 'abc' },
    });
    expect(row['__meta']).toEqual({ ignoredFields: ['business_service', 'category', 'u_nothing'] });
  });

  test('the path or the model says the type', async () => {
    const typeOf = async (path: string, values = {}) =>
      servicenow.change(await create(path, values))?.['type'];
    expect(await typeOf(`${CHANGE}/emergency`)).toBe('emergency');
    expect(await typeOf(CHANGE)).toBe('normal');
    expect(await typeOf(CHANGE, { type: 'emergency' })).toBe('emergency');
    expect(await typeOf(CHANGE, { chg_model: servicenow.idOf('chg_model', 'Emergency') })).toBe('emergency');
    expect((await ci.post(CHANGE, { chg_model: 'Emergency' })).status).toBe(400);
  });

  test('of a standard change takes its plans from the template, and ignores those that are sent', async () => {
    const [template] = listOf((await ci.get(`${CHANGE}/standard/template`)).body);
    expect(template).toMatchObject({ name: { value: 'Deploy a service' } });
    const producer = idIn(template);
    const answer = await ci.post(`${CHANGE}/standard/${producer}`, {
      short_description: 'Deploy checkout',
      description: 'Mine',
      backout_plan: 'None',
    });
    expect(rowOf(answer.body)).toMatchObject({
      type: { value: 'standard' },
      short_description: { value: 'Deploy checkout' },
      description: { value: 'A routine deployment, tested by its pipeline.' },
      backout_plan: { value: 'The pipeline deploys the version before.' },
      __meta: { ignoredFields: ['description', 'backout_plan'] },
    });
    expect((await ci.post(`${CHANGE}/standard/${group}`, {})).status).toBe(400);
  });
});

describe('the next states', () => {
  test('are those of the fixed table, without conditions, where the change has no model', async () => {
    const id = await create(`${CHANGE}/normal`);
    expect(await ci.get(`${CHANGE}/${id}/nextstates`)).toMatchObject({
      status: 200,
      body: {
        result: {
          available_states: ['-5', '-4', '4'],
          state_transitions: [],
          state_label: { '-5': 'New', '-4': 'Assess', '4': 'Canceled' },
        },
      },
    });
  });

  test('of a change with a model say which transition is available, and what it waits for', async () => {
    const model = servicenow.idOf('chg_model', 'Normal');
    const id = await create(CHANGE, { chg_model: model, assignment_group: '' });
    expect(rowOf((await ci.get(`${CHANGE}/${id}/nextstates`)).body)['state_transitions']).toMatchObject([
      [{ to_state: '-4', transition_available: false, conditions: [{ passed: false }] }],
      [{ to_state: '4', transition_available: true, conditions: [] }],
    ]);
    await ci.patch(`${CHANGE}/${id}`, { assignment_group: group });
    expect(rowOf((await ci.get(`${CHANGE}/${id}/nextstates`)).body)['state_transitions']).toMatchObject([
      [{ to_state: '-4', transition_available: true, conditions: [] }],
      [{ to_state: '4', transition_available: true }],
    ]);
  });

  test('are gone to one at a time', async () => {
    const id = await create(`${CHANGE}/normal`);
    expect((await ci.patch(`${CHANGE}/${id}`, { state: '-3' })).status).toBe(403);
    const moved = await ci.patch(`${CHANGE}/${id}`, { state: '-4' });
    expect(rowOf(moved.body)).toMatchObject({ state: { value: '-4', display_value: 'Assess' } });
  });
});

test('a decision acts as the caller, and answers the change, not the approval', async () => {
  const id = await create(`${CHANGE}/normal`);
  await ci.patch(`${CHANGE}/${id}`, { state: '-4' });
  const ann = new Caller(servicenow.url, 'ann', 'ann');
  const answer = await ann.patch(`${CHANGE}/${id}/approvals`, { state: 'approved' });
  expect(listOf(answer.body)).toMatchObject([
    { sys_id: { value: id }, state: { value: '-4' }, approval: { value: 'requested' } },
  ]);
  expect((await ann.patch(`${CHANGE}/${id}/approvals`, { state: 'approved' })).status).toBe(400);
  const bob = new Caller(servicenow.url, 'bob', 'bob');
  expect((await bob.patch(`${CHANGE}/${id}/approvals`, { state: 'rejected' })).status).toBe(400);
});

describe('attachments', () => {
  test('are kept with size, type and SHA-256, and are listed and read again', async () => {
    const id = await create(`${CHANGE}/normal`);
    const answer = await attach('ci', id);
    expect(answer.status).toBe(201);
    const attached = rowOf(await answer.json());
    expect(attached).toMatchObject({
      file_name: 'evidence.json',
      size_bytes: '7',
      content_type: 'application/json',
    });
    const list = await ci.get(`/api/now/attachment?sysparm_query=table_sys_id=${id}`);
    expect(listOf(list.body)).toMatchObject([
      { hash: '015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862' },
    ]);
    const content = await ci.get(new URL(String(attached['download_link'])).pathname);
    expect(content.body).toEqual({ a: 1 });
  });

  test('need write access to the record', async () => {
    const id = await create(`${CHANGE}/normal`);
    servicenow.instance.users.add({ userName: 'reader', password: 'reader', roles: ['sn_change_read'] });
    expect((await attach('reader', id)).status).toBe(403);
    expect((await attach('ci', group)).status).toBe(403);
  });
});
