import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ServiceNowStandIn, startServiceNow } from '../server.ts';
import { Caller, listOf, rowOf } from './caller.ts';

let servicenow: ServiceNowStandIn;
let ci: Caller;
let integration: Caller;

beforeEach(async () => {
  servicenow = await startServiceNow();
  ci = new Caller(servicenow.url, 'ci', 'ci');
  integration = new Caller(servicenow.url, 'changebridge.integration', 'integration');
});
afterEach(() => servicenow.close());

async function createChange(values: Record<string, string> = {}): Promise<string> {
  const { body } = await ci.post('/api/now/table/change_request', { short_description: 'Deploy', ...values });
  return String(rowOf(body)['sys_id']);
}

async function descriptions(query: string): Promise<unknown[]> {
  const path = `/api/now/table/change_request?sysparm_query=${encodeURIComponent(query)}`;
  return listOf((await ci.get(path)).body).map((row) => row['short_description']);
}

describe('records', () => {
  test('a created change answers 201 with number, version 0, raw UTC dates and its creator', async () => {
    const answer = await ci.post('/api/now/table/change_request', { short_description: 'Deploy cart' });
    expect(answer.status).toBe(201);
    expect(rowOf(answer.body)).toMatchObject({
      number: 'CHG0030001',
      sys_mod_count: '0',
      sys_created_by: 'ci',
      state: '-5',
      approval: 'not requested',
      active: 'true',
      business_service: '',
    });
    expect(rowOf(answer.body)['sys_id']).toMatch(/^[0-9a-f]{32}$/);
    expect(rowOf(answer.body)['sys_updated_on']).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  });

  test('each real update raises the version by one, an update that changes nothing does not', async () => {
    const id = await createChange();
    const path = `/api/now/table/change_request/${id}`;
    expect(rowOf((await ci.patch(path, { priority: '1' })).body)['sys_mod_count']).toBe('1');
    expect(rowOf((await ci.patch(path, { priority: '1' })).body)['sys_mod_count']).toBe('1');
    expect(rowOf((await ci.patch(path, { priority: '2' })).body)['sys_mod_count']).toBe('2');
  });

  test('unknown fields and unknown choices are dropped silently with 200', async () => {
    const id = await createChange();
    const answer = await ci.patch(`/api/now/table/change_request/${id}`, {
      u_external_tags: 'r_1',
      approval: 'perhaps',
    });
    expect(answer.status).toBe(200);
    expect(rowOf(answer.body)).toMatchObject({ approval: 'not requested', sys_mod_count: '0' });
    expect(rowOf(answer.body)).not.toHaveProperty('u_external_tags');
  });

  test('a set reference is a link with a value, an empty one is an empty string', async () => {
    const user = servicenow.user('ann').userId;
    const id = await createChange({ requested_by: user });
    const path = `/api/now/table/change_request/${id}`;
    const full = rowOf((await ci.get(path)).body);
    expect(full['requested_by']).toEqual({
      link: `${servicenow.url}/api/now/table/sys_user/${user}`,
      value: user,
    });
    const bare = rowOf((await ci.get(`${path}?sysparm_exclude_reference_link=true`)).body);
    expect(bare).toMatchObject({ requested_by: user, business_service: '' });
  });

  test('display values are labels and dates of the user’s time zone', async () => {
    const id = await createChange({ priority: '1', requested_by: servicenow.user('ann').userId });
    const path = `/api/now/table/change_request/${id}?sysparm_fields=priority,requested_by,sys_created_on`;
    const raw = rowOf((await ci.get(path)).body);
    const shown = rowOf((await ci.get(`${path}&sysparm_display_value=all`)).body);
    expect(shown).toMatchObject({
      priority: { display_value: '1 - Critical', value: '1' },
      requested_by: { display_value: 'Ann Archer' },
      sys_created_on: { value: raw['sys_created_on'] },
    });
    expect(shown['sys_created_on']).not.toHaveProperty('display_value', raw['sys_created_on']);
  });

  test('a work note becomes a journal entry, reads back empty and counts as an update', async () => {
    const id = await createChange();
    const path = `/api/now/table/change_request/${id}`;
    expect(rowOf((await ci.patch(path, { work_notes: 'Approved by Ann' })).body)).toMatchObject({
      work_notes: '',
      sys_mod_count: '1',
    });
    const notes = await ci.get(`/api/now/table/sys_journal_field?sysparm_query=element_id=${id}`);
    expect(listOf(notes.body)).toMatchObject([{ element: 'work_notes', value: 'Approved by Ann' }]);
  });

  test('a deleted change answers 204 and is then 404', async () => {
    const id = await createChange();
    const admin = new Caller(servicenow.url, 'admin', 'admin');
    expect((await admin.delete(`/api/now/table/change_request/${id}`)).status).toBe(204);
    const gone = await ci.get(`/api/now/table/change_request/${id}`);
    expect(gone).toMatchObject({
      status: 404,
      body: {
        error: {
          message: 'No Record found',
          detail: "Record doesn't exist or ACL restricts the record retrieval",
        },
        status: 'failure',
      },
    });
  });
});

describe('lists', () => {
  test('an encoded query filters, orders and follows references', async () => {
    const ann = servicenow.user('ann').userId;
    await createChange({ short_description: 'one', priority: '1', requested_by: ann });
    await createChange({ short_description: 'two', priority: '2' });
    await createChange({ short_description: 'three', priority: '1' });
    expect(await descriptions('priority=1^ORDERBYDESCnumber')).toEqual(['three', 'one']);
    expect(await descriptions('priority=2^ORshort_descriptionLIKEthr^ORDERBYnumber')).toEqual([
      'two',
      'three',
    ]);
    expect(await descriptions('requested_by.user_name=ann')).toEqual(['one']);
    expect(await descriptions('requested_byISEMPTY^priorityIN2,3')).toEqual(['two']);
    expect(await descriptions('short_description=one^NQpriority=2^ORDERBYnumber')).toEqual(['one', 'two']);
    expect(await descriptions('short_descriptionSTARTSWITHt^priority!=1')).toEqual(['two']);
  });

  test('invalid parts of a query are ignored: a typo returns everything', async () => {
    await createChange();
    await createChange();
    const answer = await ci.get('/api/now/table/change_request?sysparm_query=aproval=approved');
    expect(listOf(answer.body)).toHaveLength(2);
  });

  test('keyset paging over update time and id visits every change exactly once', async () => {
    for (let index = 0; index < 25; index += 1) servicenow.createChange({ short_description: `c${index}` });
    const seen: unknown[] = [];
    let query = 'sys_updated_on>=2000-01-01 00:00:00';
    for (;;) {
      const ordered = encodeURIComponent(`${query}^ORDERBYsys_updated_on^ORDERBYsys_id`);
      const page = listOf(
        (await ci.get(`/api/now/table/change_request?sysparm_limit=10&sysparm_query=${ordered}`)).body,
      );
      const last = page.at(-1);
      if (last === undefined) break;
      seen.push(...page.map((row) => row['sys_id']));
      const time = String(last['sys_updated_on']);
      query = `sys_updated_on>${time}^NQsys_updated_on=${time}^sys_id>${String(last['sys_id'])}`;
    }
    expect(seen).toHaveLength(25);
    expect(new Set(seen).size).toBe(25);
  });

  test('the total and the links describe all matches, and can be switched off', async () => {
    for (let index = 0; index < 5; index += 1) servicenow.createChange();
    const answer = await ci.get('/api/now/table/change_request?sysparm_limit=2&sysparm_offset=2');
    expect(answer.headers.get('x-total-count')).toBe('5');
    for (const rel of ['first', 'prev', 'next', 'last']) {
      expect(answer.headers.get('link')).toContain(`rel="${rel}"`);
    }
    const bare = await ci.get(
      '/api/now/table/change_request?sysparm_no_count=true&sysparm_suppress_pagination_header=true',
    );
    expect(bare.headers.get('x-total-count')).toBeNull();
    expect(bare.headers.get('link')).toBeNull();
  });
});

describe('access', () => {
  test('without credentials, or with wrong ones, the answer is 401 in the platform’s words', async () => {
    for (const caller of [new Caller(servicenow.url, '', ''), new Caller(servicenow.url, 'ci', 'wrong')]) {
      const answer = await caller.get('/api/now/table/change_request');
      expect(answer).toMatchObject({
        status: 401,
        body: {
          error: {
            message: 'User Not Authenticated',
            detail: 'Required to provide Auth information',
          },
        },
      });
    }
  });

  test('an unknown table is 400', async () => {
    expect(await ci.get('/api/now/table/nonsense')).toMatchObject({
      status: 400,
      body: { error: { message: 'Invalid table nonsense', detail: null } },
    });
  });

  test('an illegal transition is refused by the business rule with 403', async () => {
    const id = await createChange();
    const answer = await ci.patch(`/api/now/table/change_request/${id}`, { state: '3' });
    expect(answer.status).toBe(403);
    expect(JSON.stringify(answer.body)).toContain('was aborted by Business Rule');
    expect(servicenow.change(id)).toMatchObject({ state: '-5', sys_mod_count: '0' });
  });

  test('who may not delete gets the ACL exception', async () => {
    const id = await createChange();
    expect(await ci.delete(`/api/now/table/change_request/${id}`)).toMatchObject({
      status: 403,
      body: { error: { detail: 'ACL Exception Delete Failed due to security constraints' } },
    });
  });

  test('a token of the client credentials grant works until it expires', async () => {
    const token = await integration.token('changebridge', 'changebridge-secret');
    const get = async (): Promise<number> => {
      const answer = await fetch(`${servicenow.url}/api/now/table/change_request`, {
        headers: { authorization: `Bearer ${token}` },
      });
      return answer.status;
    };
    expect(await get()).toBe(200);
    await servicenow.advanceClock(1_800_000);
    expect(await get()).toBe(401);
  });

  test('a caller without cookies opens a session each time, one that keeps them does not', async () => {
    await ci.get('/api/now/table/change_request');
    const first = await ci.get('/api/now/table/change_request');
    expect(servicenow.world.sessions.opened).toBe(2);
    const cookies = first.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
    expect(cookies.join()).toMatch(/JSESSIONID=.*glide_user_route=.*BIGipServer/);
    await ci.get('/api/now/table/change_request', { cookie: cookies.join('; ') });
    expect(servicenow.world.sessions.opened).toBe(2);
  });
});
