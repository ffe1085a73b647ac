import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Redis } from 'ioredis';
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { connectFast, type Connection } from '../../queue/connection.ts';
import { openQueues } from '../../queue/queues.ts';
import { hasRedisServer } from '../../queue/redis-server.ts';
import { freePort, type Settings, startRedisProcess } from '../support/redis-process.ts';
import { until } from '../support/until.ts';

beforeEach(({ skip }) => skip(!hasRedisServer()));

/** A user of the data, and one of the Sentinels; the user `default` may do nothing. */
const DATA_USER = 'user default off\nuser bridge on >d%ta allkeys allchannels allcommands';
const SENTINEL_USER = 'user default off\nuser watcher on >s&cret allchannels allcommands';
const SENTINEL_QUERY = '?sentinel_username=watcher&sentinel_password=s%26cret';
const DATA = { username: 'bridge', password: 'd%ta' };

type ClientOptions = {
  username?: string;
  password?: string;
  db?: number;
  tls?: { ca: string };
  enableReadyCheck?: false;
};

function client(port: number, options: ClientOptions = {}): Redis {
  const redis = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: null, ...options });
  redis.on('error', () => undefined);
  onTestFinished(() => redis.disconnect());
  return redis;
}

async function open(url: string, deadlineMs = 15_000): Promise<Connection> {
  const connection = await connectFast(url, deadlineMs);
  onTestFinished(() => connection.disconnect());
  return connection;
}

/** A master and a replica, both with `DATA_USER`. */
async function pair(extra: Settings = []) {
  const settings = [
    DATA_USER,
    'masteruser bridge',
    'masterauth d%ta',
    'repl-diskless-sync-delay 0',
    ...extra,
  ];
  const master = await startRedisProcess(settings);
  const replica = await startRedisProcess([...settings, `replicaof 127.0.0.1 ${master.port}`]);
  return { master, replica };
}

function sentinelOf(masterPort: number, name = 'mymaster', extra: Settings = []) {
  return startRedisProcess(
    [
      SENTINEL_USER,
      `sentinel monitor ${name} 127.0.0.1 ${masterPort} 1`,
      `sentinel auth-user ${name} bridge`,
      `sentinel auth-pass ${name} d%ta`,
      `sentinel down-after-milliseconds ${name} 1000`,
      `sentinel failover-timeout ${name} 3000`,
      ...extra,
    ],
    { sentinel: true },
  );
}

describe('Sentinel', () => {
  test('users and passwords of the Sentinels and of the data are two things, and both are needed', async () => {
    const { master } = await pair();
    const sentinel = await sentinelOf(master.port);
    const place = `127.0.0.1:${sentinel.port}/mymaster`;
    const redis = await open(`redis+sentinel://bridge:d%25ta@${place}/2${SENTINEL_QUERY}`);
    await redis.set('approval', 'kept');
    expect(await client(master.port, { ...DATA, db: 2 }).get('approval')).toBe('kept');
    await expect(connectFast(`redis+sentinel://bridge:d%25ta@${place}`, 400)).rejects.toThrow(
      /Sentinel 127\.0\.0\.1:\d+ cannot be asked: NOAUTH/,
    );
    await expect(
      connectFast(`redis+sentinel://bridge:canary@${place}${SENTINEL_QUERY}`, 400),
    ).rejects.toThrow(/WRONGPASS(?!.*canary)/);
  });

  test('a start in the middle of a failover waits for the new master', async () => {
    const { master, replica } = await pair();
    const sentinel = await sentinelOf(master.port);
    const observer = client(sentinel.port, { username: 'watcher', password: 's&cret' });
    await until('the Sentinel knows the replica', async () => {
      const info = await observer.info();
      return info.includes('slaves=1');
    });
    await master.kill();
    const started = performance.now();
    const redis = await open(
      `redis+sentinel://bridge:d%25ta@127.0.0.1:${sentinel.port}/mymaster${SENTINEL_QUERY}`,
      30_000,
    );
    expect(performance.now() - started).toBeGreaterThan(900);
    await redis.set('approval', 'kept');
    expect(await client(replica.port, DATA).get('approval')).toBe('kept');
  });

  test('a failover that does not end is told with what Redis said last', async () => {
    const { master, replica } = await pair();
    // The Sentinel names a master that is a replica by now.
    const sentinel = await sentinelOf(replica.port, 'mymaster', []);
    const place = `redis+sentinel://bridge:d%25ta@127.0.0.1:${sentinel.port}`;
    await client(master.port, DATA).ping();
    await expect(connectFast(`${place}/mymaster${SENTINEL_QUERY}`, 4_000)).rejects.toThrow(
      /cannot be used within 4 s: READONLY/,
    );
    await expect(connectFast(`${place}/another${SENTINEL_QUERY}`, 4_000)).rejects.toThrow(
      'the Sentinels know no master another',
    );
    await replica.kill();
    await expect(connectFast(`${place}/mymaster${SENTINEL_QUERY}`, 4_000)).rejects.toThrow(
      'connection refused',
    );
  });

  test('a connection that met a demoted master finds the new one by itself', async () => {
    const { master, replica } = await pair();
    const sentinel = await sentinelOf(master.port);
    const observer = client(sentinel.port, { username: 'watcher', password: 's&cret' });
    await until('the replica is known', async () => (await observer.info()).includes('slaves=1'));
    const redis = await open(
      `redis+sentinel://bridge:d%25ta@127.0.0.1:${sentinel.port}/mymaster${SENTINEL_QUERY}`,
    );
    await until('a failover can begin', async () =>
      observer.call('SENTINEL', 'FAILOVER', 'mymaster').then(() => true),
    );
    await until(
      'a write on the new master',
      async () => {
        await redis.set('approval', 'kept');
        return (await client(replica.port, DATA).get('approval')) === 'kept';
      },
      40_000,
    );
  });
});

describe('one Redis', () => {
  test('a start while Redis loads its data waits until it has', async () => {
    const first = await startRedisProcess([]);
    const admin = client(first.port);
    await admin.mset(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, 'x'.repeat(50)]).flat());
    await admin.save();
    await first.kill();
    const slow = ['key-load-delay 500', 'loading-process-events-interval-bytes 1024'];
    const again = await startRedisProcess([`dir ${first.directory}`, ...slow]);
    const url = `redis://127.0.0.1:${again.port}`;
    await expect(connectFast(url, 4_000)).rejects.toThrow(/cannot be used within 4 s: LOADING/);
    const opening = open(url);
    await client(again.port, { enableReadyCheck: false }).config('SET', 'key-load-delay', '0');
    expect(await (await opening).get('k19999')).toBe('x'.repeat(50));
  });

  test('a full Redis and one that hangs are told as what they are', async () => {
    const full = await startRedisProcess(['maxmemory 100kb', 'maxmemory-policy noeviction']);
    await expect(connectFast(`redis://127.0.0.1:${full.port}`, 4_000)).rejects.toThrow(/: OOM/);
    process.kill(full.pid, 'SIGSTOP');
    await expect(connectFast(`redis://127.0.0.1:${full.port}`, 4_000)).rejects.toThrow(
      ': it does not answer',
    );
  });

  test('a Redis that comes up late is waited for', async () => {
    const port = await freePort();
    const opening = open(`redis://127.0.0.1:${port}`);
    await expect(connectFast(`redis://127.0.0.1:${port}`, 200)).rejects.toThrow('connection refused');
    await startRedisProcess([], { port });
    expect(await (await opening).ping()).toBe('PONG');
  });
});

describe('Cluster', () => {
  test('a user signs in to every node, and queues work', async () => {
    const node = await startRedisProcess([DATA_USER, 'cluster-enabled yes', 'cluster-announce-ip 127.0.0.1']);
    const place = `127.0.0.1:${node.port}`;
    await expect(connectFast(`redis+cluster://bridge:d%25ta@${place}`, 700)).rejects.toThrow(/: CLUSTERDOWN/);
    await expect(connectFast(`redis+cluster://bridge:canary@${place}`, 700)).rejects.toThrow(
      /: WRONGPASS(?!.*canary)/,
    );
    const opening = open(`redis+cluster://bridge:d%25ta@${place}`);
    await client(node.port, DATA).cluster('ADDSLOTSRANGE', 0, 16_383);
    await usableForQueues(await opening);
    await node.kill();
    await expect(connectFast(`redis+cluster://bridge:d%25ta@${place}`, 400)).rejects.toThrow(
      'connection refused',
    );
  });
});

describe('TLS', () => {
  const { settings, ca } = certificates();
  setDefaultCACertificates([...getCACertificates('default'), ca]);
  const tls = { tls: { ca } };

  test('rediss:// verifies the certificate, and queues work', async () => {
    const server = await startRedisProcess([...settings, DATA_USER]);
    await usableForQueues(await open(`rediss://bridge:d%25ta@127.0.0.1:${server.port}`));
    await expect(connectFast(`redis://bridge:d%25ta@127.0.0.1:${server.port}`, 400)).rejects.toThrow();
    setDefaultCACertificates([]);
    onTestFinished(() => setDefaultCACertificates([...getCACertificates('bundled'), ca]));
    await expect(connectFast(`rediss://bridge:d%25ta@127.0.0.1:${server.port}`, 600)).rejects.toThrow(
      /certificate/,
    );
  });

  test('rediss+sentinel:// speaks TLS with the Sentinels and with the data', async () => {
    const replication = [...settings, 'tls-replication yes'];
    const master = await startRedisProcess([...replication, DATA_USER]);
    const sentinel = await sentinelOf(master.port, 'mymaster', replication);
    const place = `127.0.0.1:${sentinel.port}/mymaster${SENTINEL_QUERY}`;
    await usableForQueues(await open(`rediss+sentinel://bridge:d%25ta@${place}`));
    await expect(connectFast(`redis+sentinel://bridge:d%25ta@${place}`, 500)).rejects.toThrow('Sentinel');
  });

  test('rediss+cluster:// speaks TLS with the nodes', async () => {
    const node = await startRedisProcess([
      ...settings,
      DATA_USER,
      'cluster-enabled yes',
      'cluster-announce-ip 127.0.0.1',
      'tls-cluster yes',
    ]);
    await client(node.port, { ...DATA, ...tls }).cluster('ADDSLOTSRANGE', 0, 16_383);
    await usableForQueues(await open(`rediss+cluster://bridge:d%25ta@127.0.0.1:${node.port}`));
  });
});

/** BullMQ's own scripts run over this connection. */
async function usableForQueues(connection: Connection): Promise<void> {
  const queues = openQueues(connection, 'kinds', ['gate'], 3);
  onTestFinished(() => queues.close());
  await queues.enqueue('gate', 'g_1');
  expect(await queues.counts('gate')).toMatchObject({ waiting: 1 });
}

/** A certificate for 127.0.0.1 by an authority of its own, and the settings of a Redis that speaks TLS alone. */
function certificates(): { settings: Settings; ca: string } {
  const directory = mkdtempSync(join(tmpdir(), 'redis-tls-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const file = (name: string): string => join(directory, name);
  const key = ['-newkey', 'rsa:2048', '-nodes'];
  writeFileSync(file('names'), 'subjectAltName=IP:127.0.0.1\n');
  const commands = [
    [
      'req',
      '-x509',
      ...key,
      '-keyout',
      file('ca.key'),
      '-out',
      file('ca.crt'),
      '-subj',
      '/CN=Test authority',
      '-days',
      '2',
    ],
    ['req', ...key, '-keyout', file('redis.key'), '-out', file('redis.csr'), '-subj', '/CN=redis'],
    [
      'x509',
      '-req',
      '-in',
      file('redis.csr'),
      '-CA',
      file('ca.crt'),
      '-CAkey',
      file('ca.key'),
      '-CAcreateserial',
      '-out',
      file('redis.crt'),
      '-days',
      '2',
      '-extfile',
      file('names'),
    ],
  ];
  for (const args of commands) {
    const done = spawnSync('openssl', args, { encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`openssl ${args[0]}: ${done.stderr}`);
  }
  return {
    ca: readFileSync(file('ca.crt'), 'utf8'),
    settings: [
      'port 0',
      'tls-port %port%',
      `tls-cert-file ${file('redis.crt')}`,
      `tls-key-file ${file('redis.key')}`,
      `tls-ca-cert-file ${file('ca.crt')}`,
      'tls-auth-clients no',
    ],
  };
}
