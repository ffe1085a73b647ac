import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createLog } from '../../bridge/log.ts';
import { PROBLEMS } from '../../bridge/http/problem.ts';
import { cuttableRedis, operatedBridge, PIPELINE_TOKEN, TOKENS } from '../operator/support.ts';
import { exchange } from './raw.ts';
import { signServiceNow, WEBHOOKS } from './signed.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const problemSchema = z.looseObject({ type: z.string(), status: z.number(), detail: z.string() });

/** `{"a":{"a":… }}`, or lists in lists, so many levels deep. */
function nested(levels: number, kind: 'objects' | 'lists'): string {
  return kind === 'lists'
    ? `${'['.repeat(levels)}1${']'.repeat(levels)}`
    : `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
}

describe.each(WEBHOOKS)('$path', ({ path, sign, body }) => {
  const send = async (text: string) => {
    const { url } = await operatedBridge();
    const answer = await fetch(`${url}${path}`, {
      method: 'POST',
      body: text,
      headers: { ...JSON_TYPE, ...sign(text) },
    });
    return { status: answer.status, text: await answer.text() };
  };

  test.each([
    ['objects', 65],
    ['objects', 8_000],
    ['lists', 65],
    ['lists', 30_000],
  ] as const)(
    'a signed body of %s nested %i deep is malformed (400), and no outage',
    async (kind, levels) => {
      const deep = `{"pad":${nested(levels, kind)},${JSON.stringify(body).slice(1)}`;
      const { status, text } = await send(deep);
      expect(status).toBe(400);
      expect(text).toContain('nested deeper than 64');
    },
  );

  test('brackets in strings, and 64 levels, are no nesting too deep', async () => {
    const flat = `{"pad":${JSON.stringify(`\\"${'[{'.repeat(500)}`)},${JSON.stringify(body).slice(1)}`;
    expect((await send(flat)).status).toBe(202);
    const deep = `{"pad":${nested(63, 'objects')},${JSON.stringify(body).slice(1)}`;
    expect((await send(deep)).status).toBe(202);
  });

  test.each(['{"a":1', '{"a":1}}', "{'a':1}", '{"a":NaN}', '{"a":"\u0001"}', '\ufeff{}', '[[[[', '}'])(
    'the signed text %j is malformed',
    async (odd) => {
      const { status, text } = await send(odd);
      expect(status).toBe(400);
      expect(text).toContain('/docs/problems#malformed');
    },
  );
});

test.each(['/v1/syncs', '/v1/replays', '/v1/decisions/d/resolve', '/v1/gates', '/v1/decisions/d/claim'])(
  '%s: a body that is nested deeply, or no JSON, is malformed',
  async (path) => {
    const { url } = await operatedBridge();
    for (const body of [nested(8_000, 'objects'), nested(30_000, 'lists'), '{', '']) {
      const answer = await fetch(`${url}${path}`, {
        method: 'POST',
        body,
        headers: { ...JSON_TYPE, authorization: `Bearer ${tokenFor(path)}` },
      });
      expect(answer.status).toBe(400);
    }
  },
);

test('a request that names two lengths, or a length and chunks, is refused (400)', async () => {
  const { url } = await operatedBridge();
  const head = 'POST /webhooks/servicenow HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';
  for (const lengths of [
    'content-length: 2\r\ncontent-length: 40\r\n',
    'content-length: 2\r\ntransfer-encoding: chunked\r\n',
    'content-length: -1\r\n',
    'content-length: 2, 2\r\n',
  ]) {
    expect(await exchange(url, `${head}${lengths}\r\n{}`)).toMatch(/^HTTP\/1\.1 400 /);
  }
});

test('a proof header that is sent twice proves nothing', async () => {
  const { url } = await operatedBridge();
  const body = JSON.stringify(WEBHOOKS[0]?.body);
  const headers = Object.entries({ ...JSON_TYPE, ...signServiceNow(body) });
  const lines = [...headers, ['webhook-id', 'another']].map((pair) => pair.join(': ')).join('\r\n');
  const length = `content-length: ${Buffer.byteLength(body)}`;
  const text = `POST /webhooks/servicenow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${length}\r\n${lines}\r\n\r\n${body}`;
  expect(await exchange(url, text)).toMatch(/^HTTP\/1\.1 401 /);
});

test('a defect is told as one: 500 with a correlation id that the log line has too, and nothing else', async () => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => void lines.push(line) });
  const bridge = await operatedBridge({ log });
  await bridge.redis.set(`{${bridge.prefix}}:ledger:replay:r`, 'damaged-canary');
  const answer = await bridge.get('/v1/replays/r');
  expect(answer).toMatchObject({ status: 500, type: 'application/problem+json' });
  const { correlation_id: id } = z.looseObject({ correlation_id: z.uuid() }).parse(answer.body);
  expect(problemSchema.parse(answer.body).type).toBe('/docs/problems#internal');
  expect(JSON.stringify(answer.body)).not.toContain('damaged-canary');
  const line = lines.find((each) => each.includes(id));
  expect(line).toContain('damaged-canary');
});

test('an outage of Redis is told as one: 503 with Retry-After, on every route that needs it', async () => {
  const way = await cuttableRedis();
  const { url } = await operatedBridge({ redisUrl: way.url });
  way.cut();
  const asked = [
    ['GET', '/v1/changes'],
    ['GET', '/v1/decisions'],
    ['GET', '/v1/dead-letters'],
    ['GET', '/v1/audit'],
    ['POST', '/v1/syncs', '{"mode":"full"}'],
    ['POST', '/v1/gates', '{"reason":"x","pipeline":{"id":7}}'],
  ] as const;
  for (const [method, path, body] of asked) {
    const headers = { ...JSON_TYPE, authorization: `Bearer ${tokenFor(path)}` };
    const answer = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    expect(answer.status, path).toBe(503);
    expect(answer.headers.get('retry-after'), path).toBe('5');
    expect(problemSchema.parse(await answer.json()).type).toBe('/docs/problems#unavailable');
  }
});

test('every problem has its place on the page that explains them', async () => {
  const { url } = await operatedBridge();
  const page = await (await fetch(`${url}/docs/problems`)).text();
  for (const [name, { status, title }] of Object.entries(PROBLEMS)) {
    expect(page).toContain(`<h2 id="${name}">${status} ${title}</h2>`);
  }
});

function tokenFor(path: string): string {
  return path.startsWith('/v1/gates') || path.endsWith('/claim') ? PIPELINE_TOKEN : TOKENS.admin;
}
