import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import {
  type Credentials,
  type RedisAddress,
  redisAddressSchema,
  withoutCredentials,
} from './redis-address.ts';
import { refusalOfWrites } from './write-probe.ts';

/** A Sentinel that hangs is passed over after this (ms). */
const SENTINEL_MS = 1_000;

/** A replica refused a write: the master is elsewhere by now, so look it up again. The write was not applied. */
function saysReadOnly(error: Error): boolean {
  return error.message.includes('READONLY');
}

const SHARED = {
  connectTimeout: 2_000,
  sentinelCommandTimeout: SENTINEL_MS,
  // Redis guesses how long it still loads, up to 10 s too high.
  maxLoadingRetryTime: 500,
  retryStrategy: (times: number) => Math.min(50 * times, 1_000),
} satisfies RedisOptions;

/** A connection that answers or fails within a second: for accepting webhooks and for the ledger. */
const FAIL_FAST = {
  ...SHARED,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  commandTimeout: 1_000,
  reconnectOnError: (error: Error) => (saysReadOnly(error) ? 1 : false),
} satisfies RedisOptions;

/** A connection that waits for Redis as long as it takes: BullMQ's workers need it so. */
const PATIENT = {
  ...SHARED,
  maxRetriesPerRequest: null,
  enableOfflineQueue: true,
  reconnectOnError: (error: Error) => (saysReadOnly(error) ? 2 : false),
} satisfies RedisOptions;

/** Without a ready check Redis says itself why it cannot be used: LOADING, READONLY, CLUSTERDOWN. */
const PROBE = { ...FAIL_FAST, enableReadyCheck: false } satisfies RedisOptions;

type Options = typeof FAIL_FAST | typeof PATIENT | typeof PROBE;
export type Connection = Redis | Cluster;

/**
 * Opens a fail-fast connection to `url` (its forms: redis-address.ts), and waits until Redis takes writes: a start
 * in the middle of a failover waits for the new master. Throws an Error that tells the last thing that kept it
 * from being used, without any password, after `deadlineMs` or when `hopeless` is aborted; at once where `url` is
 * no address.
 */
export async function connectFast(
  url: string,
  deadlineMs: number,
  hopeless?: AbortSignal,
): Promise<Connection> {
  const address = parse(url);
  const late = AbortSignal.any([
    AbortSignal.timeout(deadlineMs),
    ...(hopeless === undefined ? [] : [hopeless]),
  ]);
  for (;;) {
    await waitForWrites(address, url, deadlineMs, late);
    const connection = open(address, FAIL_FAST);
    while (connection.status !== 'ready' && !late.aborted) await sleep(5);
    if (connection.status === 'ready') return connection;
    connection.disconnect();
  }
}

/** Opens a connection for workers. It keeps trying for ever. Throws an Error where `url` is no address. */
export function connectPatient(url: string): Connection {
  return open(parse(url), PATIENT);
}

function parse(url: string): RedisAddress {
  const parsed = redisAddressSchema.safeParse(url);
  if (parsed.success) return parsed.data;
  throw new Error(`The address of Redis ${parsed.error.issues[0]?.message ?? 'cannot be read'}.`);
}

function open(address: RedisAddress, options: Options): Connection {
  const shared = { ...options, ...signIn(address) };
  switch (address.kind) {
    case 'server': {
      const { host, port, db } = address;
      return quiet(new Redis({ ...shared, host, port, db, ...tlsOf(address) }));
    }
    case 'socket':
      return quiet(new Redis({ ...shared, path: address.path, db: address.db }));
    case 'sentinel':
      return quiet(
        new Redis({
          ...shared,
          sentinels: [...address.sentinels],
          name: address.master,
          db: address.db,
          ...sentinelSignIn(address.sentinelCredentials),
          ...(address.tls ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
        }),
      );
    default: {
      const { enableOfflineQueue, retryStrategy, ...redisOptions } = shared;
      return quiet(
        new Cluster([...address.nodes], {
          redisOptions: { ...redisOptions, ...tlsOf(address) },
          enableOfflineQueue,
          clusterRetryStrategy: retryStrategy,
          enableReadyCheck: options !== PROBE,
        }),
      );
    }
  }
}

function tlsOf(address: { readonly tls: boolean }): { tls?: object } {
  return address.tls ? { tls: {} } : {};
}

function signIn(user: Credentials): Credentials {
  return {
    ...(user.username === undefined ? {} : { username: user.username }),
    ...(user.password === undefined ? {} : { password: user.password }),
  };
}

function sentinelSignIn(user: Credentials): { sentinelUsername?: string; sentinelPassword?: string } {
  return {
    ...(user.username === undefined ? {} : { sentinelUsername: user.username }),
    ...(user.password === undefined ? {} : { sentinelPassword: user.password }),
  };
}

// Without a listener ioredis prints every lost connection itself; health and failing calls tell it better.
function quiet<T extends Connection>(connection: T): T {
  connection.on('error', () => undefined);
  return connection;
}

/** Throws what kept Redis from taking writes until `late`. */
async function waitForWrites(
  address: RedisAddress,
  url: string,
  deadlineMs: number,
  late: AbortSignal,
): Promise<void> {
  let last: Error | undefined;
  const remember = (error: Error): void => {
    if (!SUMMARIES.test(error.message)) last = error;
  };
  const connection = open(address, PROBE);
  const witness = witnessOf(address);
  for (const each of [connection, witness]) each?.on('error', remember).on('sentinelError', remember);
  try {
    while (!late.aborted) {
      const refusal = await Promise.race([whatItSays(connection), aborted(late)]);
      if (refusal === undefined) return;
      if (refusal !== 'late') remember(refusal);
      const told =
        witness === undefined ? undefined : await Promise.race([whatItSays(witness), aborted(late)]);
      if (told !== undefined && told !== 'late') remember(told);
      await sleep(20);
    }
  } finally {
    connection.disconnect();
    witness?.disconnect();
  }
  throw new Error(failure(address, withoutCredentials(url), deadlineMs / 1000, last));
}

/** What each Sentinel and node said before tells more than these of ioredis. */
const SUMMARIES =
  /^(All sentinels are unreachable|Failed to refresh slots cache|Cluster isn't ready|Stream isn't writeable|Connection is closed|MOVED)/;

/** ioredis does not tell why it cannot use a cluster; its first node, asked alone, does. */
function witnessOf(address: RedisAddress): Connection | undefined {
  if (address.kind !== 'cluster') return undefined;
  const [first = { host: 'localhost', port: 6379 }] = address.nodes;
  return open({ kind: 'server', tls: address.tls, db: 0, ...first, ...signIn(address) }, PROBE);
}

async function whatItSays(connection: Connection): Promise<Error | undefined> {
  return connection.status === 'ready' ? refusalOfWrites(connection) : new Error("Stream isn't writeable");
}

function aborted(signal: AbortSignal): Promise<'late'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('late');
    signal.addEventListener('abort', () => resolve('late'), { once: true });
  });
}

function failure(address: RedisAddress, place: string, seconds: number, last: Error | undefined): string {
  const reason = last === undefined ? '' : `: ${reasonOf(address, last)}`;
  if (last?.name === 'ReplyError') {
    return `The Redis at ${place} cannot be used within ${seconds} s${reason}. Mend it, or REDIS_URL.`;
  }
  return `No Redis answers at ${place} within ${seconds} s${reason}. Start it, or mend REDIS_URL.`;
}

/** What went wrong, in the words of Redis where it said something. */
function reasonOf(address: RedisAddress, error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  const text = error.message === '' ? code : error.message;
  if (address.kind === 'sentinel') {
    if (/invalid reply: null$|No such master with that name/.test(text))
      return `the Sentinels know no master ${address.master}`;
    if (text.startsWith('failed to connect to sentinel'))
      return text
        .replace('failed to connect to sentinel', 'Sentinel')
        .replace(' because ', ' cannot be asked: ');
  }
  if (text.includes('ECONNREFUSED') || code === 'ECONNREFUSED') return 'connection refused';
  if (text.includes('ENOENT')) return 'there is no such socket';
  if (text === 'Command timed out' || text.includes('ETIMEDOUT')) return 'it does not answer';
  return text.replace(/\.$/, '');
}
