import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { cuttableRedis, operatedBridge } from '../operator/support.ts';
import { until } from '../support/until.ts';
import { type Headers, signGitLab, signPort, signServiceNow, WEBHOOKS } from './signed.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

function post(url: string, body: string, headers: Headers): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers: { ...JSON_TYPE, ...headers } });
}

/** Sends a body in chunks, without declaring its length. */
function postChunked(url: string, body: string, headers: Headers): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers: { ...JSON_TYPE, ...headers } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', reject);
    for (let at = 0; at < body.length; at += 8_192) sent.write(body.slice(at, at + 8_192));
    sent.end();
  });
}

test.each(['/webhooks/port/approve', `/webhooks/port/approve/${'a'.repeat(32)}`])(
  'PATCH %s needs the portal’s signature, and an approval or a run',
  async (path) => {
    const { url } = await operatedBridge();
    const patch = async (body: string, headers: Headers): Promise<number> => {
      const init = { method: 'PATCH', body, headers: { ...JSON_TYPE, ...headers } };
      return (await fetch(`${url}${path}`, init)).status;
    };
    const body = '{"approval":"approved"}';
    expect(await patch(body, {})).toBe(401);
    expect(await patch(body, signPort('{"approval":"rejected"}'))).toBe(401);
    expect(await patch('{"state":"3"}', signPort('{"state":"3"}'))).toBe(400);
    expect(await patch(body, signPort(body))).toBe(202);
  },
);

describe.each(WEBHOOKS)('$path', ({ path, body, sign }) => {
  const text = JSON.stringify(body);

  test('accepts what its sender signed, and says so again to a repetition', async () => {
    const { url } = await operatedBridge();
    const headers = sign(text);
    for (let count = 0; count < 2; count += 1) {
      expect((await post(`${url}${path}`, text, headers)).status).toBe(202);
    }
  });

  test('answers one and the same 401 to whatever is wrong with the proof', async () => {
    const { url } = await operatedBridge();
    const good = sign(text);
    const [name = ''] = Object.keys(good).filter((key) => /signature|token/.test(key));
    const attempts: Headers[] = [
      {},
      { ...good, [name]: '' },
      { ...good, [name]: 'v1,AAAA' },
      { ...good, [name]: `${(good[name] ?? '').slice(0, -8)}AAAAAAA=` },
      ...Object.keys(good).map((left) => ({ ...good, [left]: '' })),
      { authorization: 'Bearer admin-token-0123456789' },
    ];
    if (name !== 'x-gitlab-token') attempts.push(sign(text, Date.now() - 301_000), sign('{}'));
    const answers = await Promise.all(
      attempts.map(async (headers) => {
        const answer = await post(`${url}${path}`, text, headers);
        const named = ['content-type', 'www-authenticate'].map((header) => answer.headers.get(header));
        return JSON.stringify([answer.status, named, await answer.text()]);
      }),
    );
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('[401,["application/problem+json","Bearer"]');
  });

  test('judges the proof before the content: an unsigned body learns nothing of the schema', async () => {
    const { url } = await operatedBridge();
    for (const unsigned of ['no json', '[]', '{"event":"x"}']) {
      expect((await post(`${url}${path}`, unsigned, {})).status).toBe(401);
    }
  });

  test.each(['not json', '', '[]', '"text"', 'null', '{}'])('%j, signed, is malformed (400)', async (odd) => {
    const { url } = await operatedBridge();
    const answer = await post(`${url}${path}`, odd, sign(odd));
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
  });

  test('takes JSON only (415)', async () => {
    const { url } = await operatedBridge();
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonp',
      'text/json',
    ]) {
      const answer = await post(`${url}${path}`, text, { ...sign(text), 'content-type': type });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([415, 'application/problem+json']);
    }
    const charset = { ...sign(text), 'content-type': 'application/json; charset=utf-8' };
    expect((await post(`${url}${path}`, text, charset)).status).toBe(202);
  });

  test('refuses a body over its limit, declared or chunked (413), and takes one below it', async () => {
    const { url } = await operatedBridge();
    // GitLab's hooks grow with the jobs of a pipeline; refused, they would be switched off.
    const limit = path === '/webhooks/gitlab' ? 2 * 1024 * 1024 : 64 * 1024;
    const pad = (bytes: number) => `${text.slice(0, -1)},"pad":"${'x'.repeat(bytes)}"}`;
    const padded = pad(limit);
    const large = pad(limit - 1_024);
    expect((await post(`${url}${path}`, large, sign(large))).status).toBe(202);
    expect(await postChunked(`${url}${path}`, large, sign(large))).toBe(202);
    const declared = await post(`${url}${path}`, padded, sign(padded));
    expect([declared.status, declared.headers.get('content-type')]).toEqual([
      413,
      'application/problem+json',
    ]);
    expect(await postChunked(`${url}${path}`, padded, sign(padded))).toBe(413);
    expect(await postChunked(`${url}${path}`, text, sign(text))).toBe(202);
  });

  test('answers 503 with Retry-After while Redis is away, and 202 to the sender’s retry', async () => {
    const way = await cuttableRedis();
    const { url } = await operatedBridge({ redisUrl: way.url });
    // A push hook is stored nowhere, so it needs no Redis.
    const stored = path === '/webhooks/gitlab' ? PIPELINE_HOOK : text;
    const headers = sign(stored);
    way.cut();
    const answer = await post(`${url}${path}`, stored, headers);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    way.mend();
    await until('accepted', async () => (await post(`${url}${path}`, stored, headers)).status === 202);
  });
});

const PIPELINE_HOOK = JSON.stringify({
  object_kind: 'pipeline',
  object_attributes: { id: 7, status: 'success' },
  project: { id: 42 },
});

describe('GitLab’s hooks', () => {
  test.each([
    { object_kind: 'merge_request', object_attributes: { id: 1, state: 'opened' } },
    { object_kind: 'issue', object_attributes: { id: 1, iid: 3 } },
    { object_kind: 'note', object_attributes: {} },
    { object_kind: 'push', project: { id: 42 } },
    { object_kind: 'build', build_id: 5 },
  ])('of another kind (%j) are accepted, for errors would switch the hook off', async (hook) => {
    const bridge = await operatedBridge();
    const answer = await post(`${bridge.url}/webhooks/gitlab`, JSON.stringify(hook), signGitLab());
    expect(answer.status).toBe(202);
    expect((await bridge.queues.counts('pipeline-result')).waiting).toBe(0);
  });
  test.each([
    { id: undefined, project: 42 },
    { id: '../7', project: 42 },
    { id: 7, project: '4/2' },
    { id: null, project: 42 },
  ])('about a pipeline that is none (%j) are malformed', async ({ id, project }) => {
    const { url } = await operatedBridge();
    const attributes = { id, status: 'success' };
    const hook = { object_kind: 'pipeline', object_attributes: attributes, project: { id: project } };
    const answer = await post(`${url}/webhooks/gitlab`, JSON.stringify(hook), signGitLab());
    expect(answer.status).toBe(400);
  });
  test('with the same Idempotency-Key are one', async () => {
    const bridge = await operatedBridge();
    const headers = { ...signGitLab(), 'idempotency-key': 'one' };
    const send = async () => (await post(`${bridge.url}/webhooks/gitlab`, PIPELINE_HOOK, headers)).json();
    expect(await send()).toEqual({ status: 'accepted' });
    await until('known as a duplicate', async () => JSON.stringify(await send()).includes('duplicate'));
    expect((await bridge.queues.counts('pipeline-result')).waiting).toBe(1);
  });
});

describe('identifiers from outside', () => {
  const ids = [
    '../../x',
    'a/b',
    'a%2fb',
    '..',
    'r 1',
    'r\n1',
    'r:1',
    '',
    'x'.repeat(129),
    '{}',
    'r?x=1',
    'r#1',
  ];
  test.each(ids)('the run id %j reaches neither the ledger nor a path', async (runId) => {
    const bridge = await operatedBridge();
    for (const path of ['/webhooks/port/approve', '/webhooks/port/deploy']) {
      const body = JSON.stringify({ runId });
      expect((await post(`${bridge.url}${path}`, body, signPort(body))).status).toBe(400);
    }
    expect(await bridge.ledger.owed.before('portal-approval', Date.now(), 10)).toEqual([]);
  });
  test.each(['A'.repeat(32), '../'.repeat(10), 'a'.repeat(31), `${'a'.repeat(32)}^OR`])(
    'the sys_id %j is refused',
    async (sysId) => {
      const { url } = await operatedBridge();
      const event = { event: 'change.updated', record: { sys_id: sysId, sys_mod_count: '1' } };
      const body = JSON.stringify(event);
      expect((await post(`${url}/webhooks/servicenow`, body, signServiceNow(body))).status).toBe(400);
      const entity = JSON.stringify({ system_id: sysId });
      expect((await post(`${url}/webhooks/port/entity`, entity, signPort(entity))).status).toBe(400);
    },
  );
});

test('a signature of one route’s sender opens no other sender’s route', async () => {
  const { url } = await operatedBridge();
  for (const target of WEBHOOKS) {
    const text = JSON.stringify(target.body);
    for (const other of WEBHOOKS) {
      if (other.sign === target.sign) continue;
      expect((await post(`${url}${target.path}`, text, other.sign(text))).status).toBe(401);
    }
  }
});

test('the same delivery of ServiceNow is known by its id, and queued once', async () => {
  const bridge = await operatedBridge();
  const [servicenow] = WEBHOOKS;
  const text = JSON.stringify(servicenow?.body);
  const headers = signServiceNow(text);
  const send = async () => (await post(`${bridge.url}/webhooks/servicenow`, text, headers)).text();
  await Promise.all([send(), send(), send()]);
  await until('known as a duplicate', async () => (await send()).includes('duplicate'));
  expect((await bridge.queues.counts('change-sync')).waiting).toBe(1);
});
