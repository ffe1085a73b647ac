import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  type OperatedBridge,
  operatedBridge,
  PIPELINE_TOKEN,
  type Role,
  TOKENS,
} from '../operator/support.ts';

const RANK: Readonly<Record<Role, number>> = { read: 0, operate: 1, admin: 2 };
const SYS_ID = 'a'.repeat(32);

/** Every route that needs a token, and the least role that may call it. */
const ROUTES: readonly (readonly [method: 'GET' | 'POST', path: string, least: Role])[] = [
  ['GET', '/v1/changes', 'read'],
  ['GET', `/v1/changes/${SYS_ID}`, 'read'],
  ['GET', `/v1/changes/${SYS_ID}/timeline`, 'read'],
  ['GET', '/v1/decisions', 'read'],
  ['GET', '/v1/decisions/d', 'read'],
  ['GET', '/v1/audit/verify', 'read'],
  ['GET', '/v1/audit/export', 'read'],
  ['POST', '/v1/decisions/d/resolve', 'operate'],
  ['GET', '/v1/dead-letters', 'read'],
  ['POST', '/v1/replays', 'operate'],
  ['GET', '/v1/replays/r', 'read'],
  ['POST', '/v1/syncs', 'operate'],
  ['GET', '/v1/syncs/s', 'read'],
  ['POST', '/v1/flows/gate/pause', 'admin'],
  ['POST', '/v1/flows/gate/resume', 'admin'],
  ['GET', '/v1/audit', 'read'],
];

/** The routes of pipelines: no operator may call them. */
const PIPELINE_ROUTES = [
  ['POST', '/v1/gates'],
  ['GET', '/v1/gates/g'],
  ['POST', '/v1/decisions/d/claim'],
] as const;

function call(url: string, method: string, authorization: string | undefined): Promise<Response> {
  return fetch(url, {
    method,
    ...(method === 'POST' ? { body: '{}' } : {}),
    headers: {
      'content-type': 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
    },
  });
}

describe.each([...ROUTES.map(([method, path]) => [method, path] as const), ...PIPELINE_ROUTES])(
  '%s %s',
  (method, path) => {
    test('without a token, or with a wrong one, is 401, always the same', async () => {
      const { url } = await operatedBridge();
      const wrong = [
        undefined,
        '',
        'Bearer',
        'Bearer ',
        'Bearer x',
        `Basic ${TOKENS.admin}`,
        TOKENS.admin,
        `Bearer ${TOKENS.admin}x`,
        `Bearer ${TOKENS.admin.slice(0, -1)}`,
        'Bearer undefined',
      ];
      const answers = await Promise.all(
        wrong.map(async (authorization) => {
          const answer = await call(`${url}${path}`, method, authorization);
          return JSON.stringify([answer.status, [...answer.headers.keys()], await answer.text()]);
        }),
      );
      expect(new Set(answers).size).toBe(1);
      expect(answers[0]).toMatch(/^\[401/);
    });
  },
);

describe.each(PIPELINE_ROUTES)('%s %s', (method, path) => {
  test('is for pipelines alone: 401 to every operator', async () => {
    const { url } = await operatedBridge();
    for (const token of Object.values(TOKENS))
      expect((await call(`${url}${path}`, method, `Bearer ${token}`)).status).toBe(401);
    expect((await call(`${url}${path}`, method, `Bearer ${PIPELINE_TOKEN}`)).status).not.toBe(401);
  });
});

describe.each(ROUTES)('%s %s', (method, path, least) => {
  test(`is for the role ${least} and those above it, and 403 to those below`, async () => {
    const { url } = await operatedBridge();
    for (const role of ['read', 'operate', 'admin'] as const) {
      const answer = await call(`${url}${path}`, method, `Bearer ${TOKENS[role]}`);
      if (RANK[role] < RANK[least]) expect(answer.status, role).toBe(403);
      else expect([401, 403], role).not.toContain(answer.status);
      if (answer.status >= 400)
        expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    }
  });
});

test('there is no route beside the public ones that answers without a token', async () => {
  const { url } = await operatedBridge();
  for (const path of [
    '/',
    '/v1',
    '/v1/',
    '/v1/flows',
    '/v1/nothing',
    '/admin',
    '/.env',
    '/debug',
    '/%2e%2e/v1',
  ]) {
    expect([401, 404], path).toContain((await fetch(`${url}${path}`)).status);
  }
  for (const method of ['PUT', 'DELETE', 'PATCH', 'POST']) {
    const answer = await fetch(`${url}/v1/changes`, { method });
    expect([401, 404], method).toContain(answer.status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  }
});

test('where no operator is configured nobody gets in, not even with an empty token', async () => {
  const { url } = await operatedBridge({ env: { OPERATOR_TOKENS: '' } });
  for (const authorization of [undefined, 'Bearer ', 'Bearer x', `Bearer ${TOKENS.admin}`]) {
    expect((await call(`${url}/v1/audit`, 'GET', authorization)).status).toBe(401);
  }
});

test('a refused caller changes nothing and leaves nothing in the audit log', async () => {
  const bridge = await operatedBridge();
  await call(`${bridge.url}/v1/flows/gate/pause`, 'POST', undefined);
  await bridge.post('/v1/flows/gate/pause', { reason: 'because' }, 'operate');
  await bridge.post('/v1/syncs', { mode: 'full' }, 'read');
  expect((await bridge.queues.counts('gate')).paused).toBe(false);
  expect((await bridge.queues.counts('reconcile')).waiting).toBe(0);
  expect((await bridge.ledger.audit.read(0, 10)).entries).toEqual([]);
});

/** Every place of a path that takes a name from outside. */
function places(name: string): (readonly [method: string, path: string])[] {
  return [
    ['GET', `/v1/changes/${name}`],
    ['GET', `/v1/changes/${name}/timeline`],
    ['POST', `/v1/decisions/${name}/resolve`],
    ['POST', `/v1/decisions/${name}/claim`],
    ['GET', `/v1/replays/${name}`],
    ['GET', `/v1/syncs/${name}`],
    ['GET', `/v1/gates/${name}`],
    ['POST', `/v1/flows/${name}/pause`],
  ];
}

describe('names in paths', () => {
  const HOSTILE = [
    '..%2f..%2faudit',
    '%2e%2e%2faudit',
    '%252e%252e',
    'a%2fb',
    '%00',
    '%E0%A4%A',
    '*',
    '%7Bx%7D%3Aledger%3Aaudit',
    ':seen',
    "';DROP",
    '%0d%0aset-cookie:x',
    'x'.repeat(3_000),
  ];
  test.each(HOSTILE)('%s is no name of anything, and no way to another key', async (name) => {
    const bridge = await operatedBridge();
    await seed(bridge);
    for (const [method, path] of places(name)) {
      const token = isOfPipelines(path) ? PIPELINE_TOKEN : TOKENS.admin;
      const answer = await call(`${bridge.url}${path}`, method, `Bearer ${token}`);
      expect([400, 404], `${method} ${path}`).toContain(answer.status);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.headers.get('set-cookie')).toBeNull();
    }
  });
});

function isOfPipelines(path: string): boolean {
  return path.startsWith('/v1/gates') || path.endsWith('/claim');
}

async function seed(bridge: OperatedBridge): Promise<void> {
  await bridge.post('/v1/syncs', { mode: 'full' });
  await bridge.ledger.timeline.add(SYS_ID, { at: 1, what: 'x', text: 'x' });
}

test('every error is application/problem+json with the status it is sent with', async () => {
  const { url } = await operatedBridge();
  const errors = await Promise.all([
    call(`${url}/nothing`, 'GET', undefined),
    call(`${url}/v1/changes`, 'GET', undefined),
    call(`${url}/v1/syncs`, 'POST', `Bearer ${TOKENS.read}`),
    call(`${url}/v1/syncs`, 'POST', `Bearer ${TOKENS.operate}`),
    call(`${url}/v1/gates`, 'POST', `Bearer ${PIPELINE_TOKEN}`),
    call(`${url}/v1/changes/CHG1`, 'GET', `Bearer ${TOKENS.read}`),
  ]);
  for (const answer of errors) {
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    const body: unknown = await answer.json();
    expect(body).toEqual({
      type: expect.stringMatching(/^\/docs\/problems#[a-z-]+$/),
      title: expect.any(String),
      status: answer.status,
      detail: expect.any(String),
    });
  }
});

test('the type of an error leads to the place on a page that explains it', async () => {
  const { url } = await operatedBridge();
  const { type } = z.object({ type: z.string() }).parse(await (await fetch(`${url}/nothing`)).json());
  const page = await fetch(`${url}${type}`);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain(`id="${type.slice(type.indexOf('#') + 1)}"`);
});

test('what anybody may read names no change, no person, no address and no version', async () => {
  const bridge = await operatedBridge();
  await bridge.ledger.deadLetters.put({
    flow: 'gate',
    key: 'g_canary',
    error: 'x',
    message: 'canary@example.com asked for CHG0031234',
    attempts: 1,
    at: 1,
  });
  for (const path of ['/livez', '/readyz?verbose', '/health', '/metrics', '/docs/problems']) {
    const answer = await fetch(`${bridge.url}${path}`);
    const text = `${await answer.text()} ${JSON.stringify([...answer.headers])}`;
    expect(text).not.toMatch(/canary|CHG00|example\.com|127\.0\.0\.1|redis:\/\/|x-powered-by|node\/v?\d/i);
  }
});
