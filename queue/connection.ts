import { Cluster, Redis, type RedisOptions } from 'ioredis';

/** A connection that answers or fails within a second: for accepting webhooks and for the ledger. */
const FAIL_FAST = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  commandTimeout: 1_000,
  connectTimeout: 2_000,
  retryStrategy: (times: number) => Math.min(50 * times, 1_000),
} satisfies RedisOptions;

/** A connection that waits for Redis as long as it takes: BullMQ's workers need it so. */
const PATIENT = {
  maxRetriesPerRequest: null,
  enableOfflineQueue: true,
  retryStrategy: (times: number) => Math.min(50 * times, 1_000),
} satisfies RedisOptions;

export type Connection = Redis | Cluster;

/** Opens a fail-fast connection and waits until it is usable; throws after `deadlineMs`. */
export async function connectFast(url: string, deadlineMs: number): Promise<Connection> {
  const connection = open(url, FAIL_FAST);
  await usable(connection, url, deadlineMs);
  return connection;
}

/** Opens a connection for workers. It keeps trying for ever. */
export function connectPatient(url: string): Connection {
  return open(url, PATIENT);
}

/**
 * Understands `redis://`, `rediss://`, `redis+sentinel://[:password@]host:port,host:port/master-name` and
 * `redis+cluster://[user:password@]host:port,host:port`.
 */
function open(url: string, options: typeof FAIL_FAST | typeof PATIENT): Connection {
  if (url.startsWith('redis+sentinel://')) {
    const { hosts, password, path } = parts(url);
    return quiet(
      new Redis({
        ...options,
        sentinels: hosts,
        name: path,
        ...(password === undefined ? {} : { password }),
      }),
    );
  }
  if (url.startsWith('redis+cluster://')) {
    const { hosts, password } = parts(url);
    const redisOptions = { ...options, ...(password === undefined ? {} : { password }) };
    return quiet(new Cluster(hosts, { redisOptions, enableOfflineQueue: options.enableOfflineQueue }));
  }
  return quiet(new Redis(url, options));
}

// Without a listener ioredis prints every lost connection itself; health and failing calls tell it better.
function quiet<T extends Connection>(connection: T): T {
  connection.on('error', () => undefined);
  return connection;
}

function parts(url: string): {
  hosts: { host: string; port: number }[];
  password: string | undefined;
  path: string;
} {
  const rest = url.slice(url.indexOf('//') + 2);
  const at = rest.lastIndexOf('@');
  const [places = '', path = ''] = rest.slice(at + 1).split('/');
  const hosts = places.split(',').map((place) => {
    const [host = 'localhost', port = '6379'] = place.split(':');
    return { host, port: Number(port) };
  });
  const password = at < 0 ? undefined : decodeURIComponent(rest.slice(0, at).split(':').at(-1) ?? '');
  return { hosts, password, path };
}

async function usable(connection: Connection, url: string, deadlineMs: number): Promise<void> {
  if (connection.status === 'ready') return;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      connection.disconnect();
      reject(
        new Error(
          `No Redis answers at ${withoutPassword(url)} within ${deadlineMs / 1000} s. Start it, or mend REDIS_URL.`,
        ),
      );
    }, deadlineMs);
    connection.once('ready', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/.*@/, '//');
}
