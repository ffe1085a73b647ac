import { describe, expect, test } from 'vitest';
import { createLog } from '../../bridge/log.ts';
import { TokenBuckets } from '../../bridge/http/token-buckets.ts';
import { operatedBridge, type OperatedBridge, TOKENS } from '../operator/support.ts';
import { until } from '../support/until.ts';
import { signPort, signServiceNow, WEBHOOKS } from './signed.ts';

const CANARY = 'canary-token-0123456789';
const JSON_TYPE = { 'content-type': 'application/json' };

function withToken(bridge: OperatedBridge, token: string, path = '/v1/changes'): Promise<Response> {
  return fetch(`${bridge.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
}

/** A bridge whose log lines the test reads. */
async function loggedBridge(): Promise<{ bridge: OperatedBridge; refusals: () => string[] }> {
  const lines: string[] = [];
  const log = createLog('debug', { write: (line) => void lines.push(line) });
  const bridge = await operatedBridge({ log });
  return { bridge, refusals: () => lines.filter((line) => line.includes('A request was refused.')) };
}

/** Waits for the metric, which may be a second old. */
async function counted(bridge: OperatedBridge, line: string): Promise<void> {
  await until(line, async () => (await (await fetch(`${bridge.url}/metrics`)).text()).includes(line));
}

describe('wrong bearer tokens', () => {
  test('of one address are answered 429 with Retry-After after the tenth in a minute', async () => {
    const bridge = await operatedBridge();
    const statuses: number[] = [];
    for (let count = 0; count < 12; count += 1) {
      const answer = await withToken(bridge, `${CANARY}${count}`);
      statuses.push(answer.status);
      expect(answer.headers.get('retry-after')).toBe(answer.status === 429 ? '6' : null);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
  });

  test('never lock out a valid one, not even behind the same address', async () => {
    const bridge = await operatedBridge();
    await Promise.all(Array.from({ length: 60 }, (_, count) => withToken(bridge, `${CANARY}${count}`)));
    expect((await withToken(bridge, CANARY)).status).toBe(429);
    for (const token of Object.values(TOKENS)) expect((await withToken(bridge, token)).status).toBe(200);
    expect((await withToken(bridge, CANARY)).status).toBe(429);
  });

  test('count on every route together, those of pipelines and the health’s details too', async () => {
    const bridge = await operatedBridge();
    const paths = ['/v1/changes', '/v1/gates/g', '/health', '/v1/audit', '/v1/syncs/s'];
    for (let round = 0; round < 2; round += 1) {
      for (const path of paths) expect((await withToken(bridge, CANARY, path)).status).toBe(401);
    }
    for (const path of paths) expect((await withToken(bridge, CANARY, path)).status).toBe(429);
  });

  test('are counted by route, and told once in the log, without the token', async () => {
    const { bridge, refusals } = await loggedBridge();
    for (let count = 0; count < 25; count += 1) await withToken(bridge, `${CANARY}${count}`);
    await counted(bridge, 'bridge_refused_requests_total{route="/v1/changes/*",cause="wrong-token"} 25');
    expect(refusals()).toHaveLength(1);
    expect(refusals()[0]).toContain('"address":"127.0.0.1"');
    expect(refusals()[0]).toContain('"cause":"wrong-token"');
    expect(refusals().join('')).not.toContain('canary');
  });
});

test('callers without a token are counted too, and get 401 however often they ask', async () => {
  const bridge = await operatedBridge();
  for (let count = 0; count < 15; count += 1) {
    expect((await fetch(`${bridge.url}/v1/changes/CHG${count}`)).status).toBe(401);
  }
  // One line for the route, however many names were asked for.
  await counted(bridge, 'bridge_refused_requests_total{route="/v1/changes/*",cause="no-proof"} 15');
});

describe('refused webhooks', () => {
  test.each(WEBHOOKS)('of $path are counted by cause, and the first is told in the log', async (target) => {
    const { bridge, refusals } = await loggedBridge();
    const { path, sign } = target;
    const text = JSON.stringify(target.body);
    const send = async (headers: Readonly<Record<string, string>>): Promise<void> => {
      const options = { method: 'POST', body: text, headers: { ...JSON_TYPE, ...headers } };
      expect((await fetch(`${bridge.url}${path}`, options)).status).toBe(401);
    };
    const isSigned = Object.keys(sign(text)).some((name) => name.endsWith('signature'));
    await send({});
    if (isSigned) {
      await send(sign('another body'));
      await send(sign(text, Date.now() - 600_000));
    } else await send({ 'x-gitlab-token': CANARY });
    const causes = isSigned ? ['no-proof', 'wrong-signature', 'old-timestamp'] : ['no-proof', 'wrong-token'];
    for (const cause of causes) {
      await counted(bridge, `bridge_refused_requests_total{route="${path}",cause="${cause}"} 1`);
    }
    expect(refusals()).toHaveLength(1);
    expect(refusals()[0]).toContain(`"route":"${path}"`);
    expect(refusals().join('')).not.toContain('canary');
  });

  test('by a wrong secret say in the log what to compare', async () => {
    const { bridge, refusals } = await loggedBridge();
    const body = JSON.stringify(WEBHOOKS[0]?.body);
    const wrong = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
    await fetch(`${bridge.url}/webhooks/servicenow`, {
      method: 'POST',
      body,
      headers: { ...JSON_TYPE, ...signServiceNow(body, Date.now(), wrong) },
    });
    expect(refusals()[0]).toContain('compare the secrets of both sides');
  });

  test('keep their 401, however many there are, and do not hold back the next valid one', async () => {
    const bridge = await operatedBridge();
    const body = JSON.stringify({ runId: 'r_1' });
    const send = async (headers: Readonly<Record<string, string>>): Promise<number> => {
      const options = { method: 'POST', body, headers: { ...JSON_TYPE, ...headers } };
      return (await fetch(`${bridge.url}/webhooks/port/approve`, options)).status;
    };
    for (let count = 0; count < 30; count += 1) expect(await send(signPort('other'))).toBe(401);
    expect(await send(signPort(body))).toBe(202);
  });
});

describe('token buckets', () => {
  test('refill with time, up to their size', () => {
    let now = 0;
    const buckets = new TokenBuckets({ tokens: 2, refillMs: 100 }, () => now);
    const take = (): boolean => buckets.take('a');
    expect([take(), take(), take()]).toEqual([true, true, false]);
    now = 100;
    expect([take(), take()]).toEqual([true, false]);
    now = 100_000;
    expect([take(), take(), take()]).toEqual([true, true, false]);
    expect(buckets.take('b')).toBe(true);
  });

  test('are kept for a bounded number of names, the busiest not forgotten for the newest', () => {
    const buckets = new TokenBuckets({ tokens: 1, refillMs: 60_000 }, () => 0);
    expect(buckets.take('busy')).toBe(true);
    for (let index = 0; index < 50_000; index += 1) {
      buckets.take(`name-${index}`);
      if (index % 5_000 === 0) expect(buckets.take('busy')).toBe(false);
    }
    expect(buckets.names).toBe(10_000);
  });
});
