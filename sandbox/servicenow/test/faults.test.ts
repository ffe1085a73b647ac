import { afterEach, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { type ServiceNowStandIn, startServiceNow } from '../server.ts';
import { Caller, listOf, rowOf } from './caller.ts';

const PATH = '/api/now/table/change_request';
let servicenow: ServiceNowStandIn;
let ci: Caller;

beforeEach(async () => {
  servicenow = await startServiceNow();
  ci = new Caller(servicenow.url, 'ci', 'ci');
});
afterEach(() => servicenow.close());

test('429 carries the platform’s headers and ends after its times', async () => {
  servicenow.faults.add({ kind: '429', retryAfterSeconds: 7, times: 1 });
  const limited = await ci.get(PATH);
  expect(limited).toMatchObject({ status: 429, body: { error: { message: 'Rate limit exceeded' } } });
  expect(limited.headers.get('retry-after')).toBe('7');
  expect(limited.headers.get('x-ratelimit-limit')).toBe('100');
  expect(Number(limited.headers.get('x-ratelimit-reset'))).toBeGreaterThan(servicenow.now() / 1000);
  expect((await ci.get(PATH)).status).toBe(200);
});

test('a hibernating instance answers 200 with a page instead of JSON', async () => {
  servicenow.faults.add({ kind: 'html', times: 1 });
  const answer = await ci.get(PATH);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('text/html');
});

test('500, 503 and 401 come when asked for, and only where they match', async () => {
  servicenow.faults.add({ kind: '500', times: 1, match: `^GET ${PATH}` });
  servicenow.faults.add({
    kind: '503',
    retryAfterSeconds: 3,
    times: 1,
    match: 'GET /api/now/table/sys_user',
  });
  servicenow.faults.add({ kind: '401', times: 1, match: `POST ${PATH}` });
  expect((await ci.post(PATH, {})).status).toBe(401);
  expect((await ci.post(PATH, {})).status).toBe(201);
  expect((await ci.get(PATH)).status).toBe(500);
  const unavailable = await ci.get('/api/now/table/sys_user');
  expect(unavailable.status).toBe(503);
  expect(unavailable.headers.get('retry-after')).toBe('3');
});

test('a write whose answer is lost was made all the same', async () => {
  servicenow.faults.add({ kind: 'timeout-after-effect', times: 1, match: `POST ${PATH}` });
  await expect(ci.post(PATH, { short_description: 'lost' })).rejects.toThrow();
  expect(servicenow.rows('change_request')).toMatchObject([{ short_description: 'lost' }]);
});

test('a write whose request is lost was not made', async () => {
  servicenow.faults.add({ kind: 'timeout-before-effect', times: 1 });
  await expect(ci.post(PATH, { short_description: 'lost' })).rejects.toThrow();
  expect(servicenow.rows('change_request')).toEqual([]);
});

test('a hanging answer keeps the connection open until the caller gives up', async () => {
  servicenow.faults.add({ kind: 'timeout-after-effect', mode: 'hang', times: 1 });
  const answer = fetch(servicenow.url + PATH, { method: 'GET', signal: AbortSignal.timeout(300) });
  await expect(answer).rejects.toThrow(/timeout/);
});

test('dropped fields answer 200 with the old value', async () => {
  const id = String(servicenow.createChange()['sys_id']);
  servicenow.faults.add({ kind: 'dropped-fields', fields: ['approval'] });
  const answer = await ci.patch(`${PATH}/${id}`, { approval: 'approved', priority: '1' });
  expect(answer.status).toBe(200);
  expect(rowOf(answer.body)).toMatchObject({ approval: 'requested', priority: '1' });
});

test('access rules trim a page after it was cut: it is short, and not the last', async () => {
  for (let index = 0; index < 6; index += 1) servicenow.createChange();
  servicenow.faults.add({ kind: 'acl-trim', every: 2, times: 1 });
  const page = await ci.get(`${PATH}?sysparm_limit=4`);
  expect(listOf(page.body)).toHaveLength(2);
  expect(page.headers.get('x-total-count')).toBe('6');
  expect(page.headers.get('link')).toContain('rel="next"');
});

test('an aborting rule answers 403 to writes and lets reads through', async () => {
  const id = String(servicenow.createChange()['sys_id']);
  servicenow.faults.add({ kind: 'abort', rule: 'Freeze window' });
  expect((await ci.get(PATH)).status).toBe(200);
  const refused = await ci.patch(`${PATH}/${id}`, { priority: '1' });
  expect(refused.status).toBe(403);
  expect(JSON.stringify(refused.body)).toContain("was aborted by Business Rule 'Freeze window'");
});

test('latency delays the answer by what was asked', async () => {
  servicenow.faults.add({ kind: 'latency', ms: 250, times: 1 });
  const began = performance.now();
  await ci.get(PATH);
  expect(performance.now() - began).toBeGreaterThanOrEqual(245);
});

test('another process can switch faults, read the state, decide and start anew', async () => {
  const sandbox = (path: string, body?: unknown, method = 'POST'): Promise<Response> => {
    return fetch(`${servicenow.url}/_sandbox${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  };
  expect((await sandbox('/faults', { kind: 'nonsense' })).status).toBe(400);
  expect((await sandbox('/faults', { kind: '500', times: 1 })).status).toBe(201);
  expect((await ci.get(PATH)).status).toBe(500);
  const created = await sandbox('/changes', { values: { short_description: 'by hand' } });
  const change = String(rowOf(await created.json())['sys_id']);
  const decision = await sandbox('/decisions', { change, user: 'ann', state: 'approved' });
  expect(rowOf(await decision.json())).toMatchObject({ approval: 'approved', sys_updated_by: 'ann' });
  const before = z
    .object({ now: z.number() })
    .parse(await (await sandbox('/state', undefined, 'GET')).json());
  await sandbox('/clock', { advanceMs: 3_600_000 });
  const state = await (await sandbox('/state', undefined, 'GET')).json();
  expect(z.object({ now: z.number() }).parse(state).now - before.now).toBeGreaterThanOrEqual(3_600_000);
  expect(servicenow.requests.list('GET /api').map((request) => request.status)).toEqual([500]);
  await sandbox('/reset');
  expect(servicenow.rows('change_request')).toEqual([]);
  expect((await ci.get(PATH)).status).toBe(200);
});
