import { Redis } from 'ioredis';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { connectFast } from '../../queue/connection.ts';
import { redisTroubles } from '../../queue/redis-health.ts';
import { hasRedisServer } from '../../queue/redis-server.ts';
import { type RedisProcess, type Settings, startRedisProcess } from '../support/redis-process.ts';
import { until } from '../support/until.ts';

beforeEach(({ skip }) => skip(!hasRedisServer()));
const GOOD: Settings = ['appendonly yes', 'maxmemory-policy noeviction'];

/** A bridge's own connection to this Redis, and an administrator's to play with it. */
async function open(server: RedisProcess) {
  const bridge = await connectFast(`redis://127.0.0.1:${server.port}`, 10_000);
  const admin = new Redis({ host: '127.0.0.1', port: server.port, maxRetriesPerRequest: null });
  admin.on('error', () => undefined);
  onTestFinished(() => {
    bridge.disconnect();
    admin.disconnect();
  });
  return { bridge, admin };
}

test('a durable Redis with room has no troubles', async () => {
  const { bridge } = await open(await startRedisProcess([...GOOD, 'maxmemory 100mb']));
  expect(await redisTroubles(bridge)).toEqual([]);
});

test('it costs one look and one write that writes nothing', async () => {
  const { bridge, admin } = await open(await startRedisProcess(GOOD));
  const before = await admin.info('commandstats');
  await redisTroubles(bridge);
  const after = await admin.info('commandstats');
  expect(counted(after, 'set') - counted(before, 'set')).toBe(1);
  // The one that counts is counted too.
  expect(counted(after, 'info') - counted(before, 'info')).toBe(2);
  expect(await admin.dbsize()).toBe(0);
});

test('an evicting policy is a trouble', async () => {
  const { bridge } = await open(await startRedisProcess(['appendonly yes', 'maxmemory-policy volatile-lru']));
  expect(await redisTroubles(bridge)).toEqual([
    expect.stringContaining('Redis evicts keys (maxmemory-policy volatile-lru): set it to noeviction'),
  ]);
});

test('a full Redis is a trouble, and none any more when it has room again', async () => {
  const { bridge, admin } = await open(await startRedisProcess(GOOD));
  await admin.config('SET', 'maxmemory', '1mb');
  expect(await redisTroubles(bridge)).toEqual([expect.stringContaining('Redis is full')]);
  await admin.config('SET', 'maxmemory', '100mb');
  expect(await redisTroubles(bridge)).toEqual([]);
});

test('a full Redis is told by its refusal alone where INFO is forbidden', async () => {
  const { bridge, admin } = await open(await startRedisProcess(GOOD));
  await admin.acl('SETUSER', 'default', '-info');
  await admin.config('SET', 'maxmemory', '1mb');
  expect(await redisTroubles(bridge)).toEqual([expect.stringContaining('Redis is full')]);
});

test('a Redis without append-only file is a trouble', async () => {
  const { bridge } = await open(await startRedisProcess(['appendonly no']));
  expect(await redisTroubles(bridge)).toEqual([expect.stringContaining('no append-only file')]);
});

test('an append-only file that cannot be written is a trouble', async () => {
  // Under `always` Redis ends itself on such an error; under `everysec` it stays and refuses writes.
  const server = await startRedisProcess([...GOOD, 'appendfsync everysec'], { largestFileBlocks: 64 });
  const { bridge, admin } = await open(server);
  await admin.set('big', 'x'.repeat(200_000)).catch(() => undefined);
  const troubles = await until('a trouble', async () => {
    const found = await redisTroubles(bridge);
    return found.length > 0 && found;
  });
  expect(troubles).toEqual([expect.stringContaining('cannot write its append-only file')]);
});

test('a read-only replica is a trouble, also for one who may not ask INFO', async () => {
  const master = await startRedisProcess(GOOD);
  await open(master);
  const { bridge, admin } = await open(await startRedisProcess(GOOD));
  await admin.replicaof('127.0.0.1', master.port);
  expect(await redisTroubles(bridge)).toEqual([expect.stringContaining('read-only replica')]);
  await admin.acl('SETUSER', 'default', '-info');
  await until('the same once the connection is there again', async () => {
    const [trouble, ...more] = await redisTroubles(bridge);
    return trouble?.includes('read-only replica') === true && more.length === 0;
  });
});

test('several troubles are all told', async () => {
  const { bridge } = await open(
    await startRedisProcess(['appendonly no', 'maxmemory-policy allkeys-random']),
  );
  expect(await redisTroubles(bridge)).toHaveLength(2);
});

test('a Redis whose access rules forbid to look is judged by its owner', async () => {
  const { bridge, admin } = await open(
    await startRedisProcess(['appendonly no', 'maxmemory-policy allkeys-lru']),
  );
  await admin.acl('SETUSER', 'default', '-info', 'resetkeys', '~{another}*');
  expect(await redisTroubles(bridge)).toEqual([]);
});

test('a Redis that hangs or is away is one trouble and no error', async () => {
  const server = await startRedisProcess(GOOD);
  const { bridge } = await open(server);
  process.kill(server.pid, 'SIGSTOP');
  expect(await redisTroubles(bridge)).toEqual(['Redis does not answer.']);
  await server.kill();
  expect(await redisTroubles(bridge)).toEqual(['Redis does not answer.']);
});

test('any master of a cluster counts', async () => {
  const node = await startRedisProcess([...GOOD, 'cluster-enabled yes', 'cluster-announce-ip 127.0.0.1']);
  const admin = new Redis(node.port, '127.0.0.1');
  admin.on('error', () => undefined);
  onTestFinished(() => admin.disconnect());
  await until('the node', async () => (await admin.ping()) === 'PONG');
  await admin.cluster('ADDSLOTSRANGE', 0, 16_383);
  const bridge = await connectFast(`redis+cluster://127.0.0.1:${node.port}`, 10_000);
  onTestFinished(() => bridge.disconnect());
  expect(await redisTroubles(bridge)).toEqual([]);
  await admin.config('SET', 'appendonly', 'no');
  expect(await redisTroubles(bridge)).toEqual([expect.stringContaining('no append-only file')]);
  await admin.cluster('DELSLOTSRANGE', 0, 8_000);
  await until('the cluster is down', async () =>
    (await admin.cluster('INFO')).includes('cluster_state:fail'),
  );
  expect(await redisTroubles(bridge)).toContainEqual(expect.stringContaining('part of the cluster is down'));
});

/** How often a command was called, as INFO commandstats tells. */
function counted(text: string, name: string): number {
  return Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(text)?.[1] ?? 0);
}
