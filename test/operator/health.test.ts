import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { connectFast } from '../../queue/connection.ts';
import { hasRedisServer, startRedisServer } from '../../queue/redis-server.ts';
import { until } from '../support/until.ts';
import { cuttableRedis, operatedBridge } from './support.ts';

const healthSchema = z.object({
  status: z.string(),
  checks: z.record(z.string(), z.looseObject({ status: z.string(), output: z.string().optional() })),
});

/** A Redis of one test. */
async function privateRedis() {
  const directory = mkdtempSync(join(tmpdir(), 'changebridge-health-'));
  const server = await startRedisServer(directory);
  onTestFinished(async () => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  return server;
}

async function health(bridge: Awaited<ReturnType<typeof operatedBridge>>) {
  const answer = await bridge.get('/health');
  return { code: answer.status, type: answer.type, ...healthSchema.parse(answer.body) };
}

test('a bridge with nothing to complain of passes every check, for anybody who asks', async () => {
  const bridge = await operatedBridge();
  for (const path of ['/livez', '/readyz']) {
    const answer = await fetch(`${bridge.url}${path}`);
    expect([answer.status, await answer.text()]).toEqual([200, 'ok']);
  }
  const found = await health(bridge);
  expect(found).toMatchObject({ code: 200, status: 'pass', type: 'application/health+json' });
});

test('without a token the health is a status alone; a token of any role shows the checks', async () => {
  const bridge = await operatedBridge();
  await bridge.queues.pause('gate');
  const open = await fetch(`${bridge.url}/health`);
  expect([open.status, open.headers.get('content-type')]).toEqual([200, 'application/health+json']);
  expect(await open.json()).toEqual({ status: 'warn' });
  for (const role of ['read', 'operate', 'admin'] as const) {
    expect((await bridge.get('/health', role)).body).toMatchObject({
      checks: { 'queue:gate': { status: 'warn' } },
    });
  }
});

test('a wrong token is told so, instead of the health', async () => {
  const bridge = await operatedBridge();
  const headers = { authorization: 'Bearer wrong-token-0123456789' };
  expect((await fetch(`${bridge.url}/health`, { headers })).status).toBe(401);
});

test('asked 200 times within a second, the open health and the metrics cost Redis what two looks cost', async ({
  skip,
}) => {
  skip(!hasRedisServer());
  const server = await privateRedis();
  const bridge = await operatedBridge({ redisUrl: server.url });
  const redis = await connectFast(server.url, 5_000);
  onTestFinished(() => redis.disconnect());
  const commands = async (): Promise<number> =>
    Number(/total_commands_processed:(\d+)/.exec(await redis.info('stats'))?.[1]);
  const costOf = async (asks: number): Promise<number> => {
    const before = await commands();
    for (let asked = 0; asked < asks; asked += 1) {
      await fetch(`${bridge.url}/health`);
      await fetch(`${bridge.url}/metrics`);
    }
    return (await commands()) - before;
  };
  const once = await costOf(1);
  const started = Date.now();
  const often = await costOf(100);
  const looks = 1 + Math.ceil((Date.now() - started) / 1_000);
  expect(once).toBeGreaterThan(10);
  expect(often).toBeLessThanOrEqual(once * looks);
});

test('while Redis is away the bridge lives, is not ready, and says why; then it is ready again', async () => {
  const way = await cuttableRedis();
  const bridge = await operatedBridge({ redisUrl: way.url });
  way.cut();
  const unready = await until('unready', async () => {
    const answer = await fetch(`${bridge.url}/readyz?verbose`);
    return answer.status === 503 && answer.text();
  });
  expect(unready).toContain('Redis does not answer.');
  expect(await (await fetch(`${bridge.url}/readyz`)).text()).toBe('not ready');
  expect((await fetch(`${bridge.url}/livez`)).status).toBe(200);
  expect(await health(bridge)).toMatchObject({ code: 503, status: 'fail' });
  way.mend();
  await until('ready again', async () => (await fetch(`${bridge.url}/readyz`)).status === 200);
});

test('a Redis that evicts keys makes the bridge unready, with the setting to mend', async ({ skip }) => {
  skip(!hasRedisServer());
  const server = await privateRedis();
  const bridge = await operatedBridge({ redisUrl: server.url });
  const redis = await connectFast(server.url, 5_000);
  onTestFinished(() => redis.disconnect());
  await redis.call('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
  const answer = await fetch(`${bridge.url}/readyz?verbose`);
  expect(answer.status).toBe(503);
  expect(await answer.text()).toContain('maxmemory-policy allkeys-lru');
  await redis.call('ACL', 'SETUSER', 'default', '-info');
  expect((await fetch(`${bridge.url}/readyz`)).status).toBe(200);
});

test('an outage of the three systems is a warning: webhooks must still be accepted', async () => {
  const bridge = await operatedBridge({
    env: { BRIDGE_ROLE: 'all', RECONCILE_EVERY_SECONDS: '60' },
    timings: { callMs: 500, sweepMs: 60_000 },
  });
  const found = await until('a warning', async () => {
    const now = await health(bridge);
    return now.checks['port']?.status === 'warn' && now;
  });
  expect(found).toMatchObject({ code: 200, status: 'warn' });
  expect((await fetch(`${bridge.url}/readyz`)).status).toBe(200);
});

test('dead letters, a paused flow and an old job are warnings that say what to do', async () => {
  const bridge = await operatedBridge();
  await bridge.ledger.deadLetters.put({
    flow: 'gate',
    key: 'g',
    error: 'x',
    message: 'm',
    attempts: 1,
    at: 1,
  });
  await bridge.queues.pause('run-report');
  await bridge.queues.enqueue('change-sync', 'k');
  const keys = await bridge.redis.keys(`{${bridge.prefix}}:queue:change-sync:[0-9]*`);
  await bridge.redis.hset(keys[0] ?? '', 'timestamp', Date.now() - 120_000);
  const { status, checks } = await health(bridge);
  expect(status).toBe('warn');
  expect(checks['dead-letters']).toMatchObject({ status: 'warn', observed: 1 });
  expect(checks['queue:run-report']).toMatchObject({ status: 'warn', output: 'Paused by an operator.' });
  expect(checks['queue:change-sync']?.output).toMatch(/waited 1[12]\d s: is a worker running\?/);
  expect(checks['queue:gate']?.status).toBe('pass');
});

test('the metrics are in Prometheus’ text format and tell queues and dead letters', async () => {
  const bridge = await operatedBridge();
  await bridge.queues.enqueue('gate', 'k');
  const text = z.string().parse((await bridge.get('/metrics')).body);
  expect(text).toContain('# TYPE bridge_webhooks_total counter');
  expect(text).toContain('bridge_queue_jobs{flow="gate",state="waiting"} 1');
  expect(text).toContain('bridge_dead_letters 0');
});

test('a worker serves its health and nothing else', async () => {
  const bridge = await operatedBridge({ env: { BRIDGE_ROLE: 'worker' } });
  expect((await bridge.get('/readyz')).status).toBe(200);
  expect((await bridge.get('/v1/changes')).status).toBe(404);
  expect((await bridge.post('/webhooks/servicenow', {})).status).toBe(404);
});
