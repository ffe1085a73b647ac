import { z } from 'zod';

export type HostAndPort = { readonly host: string; readonly port: number };
export type Credentials = { readonly username?: string; readonly password?: string };

/** Where Redis is and how to sign in to it, as REDIS_URL tells it. */
export type RedisAddress = Credentials &
  (
    | ({ readonly kind: 'server'; readonly tls: boolean; readonly db: number } & HostAndPort)
    | { readonly kind: 'socket'; readonly path: string; readonly db: number }
    | {
        readonly kind: 'sentinel';
        readonly tls: boolean;
        readonly sentinels: readonly HostAndPort[];
        readonly master: string;
        readonly db: number;
        readonly sentinelCredentials: Credentials;
      }
    | { readonly kind: 'cluster'; readonly tls: boolean; readonly nodes: readonly HostAndPort[] }
  );

const FORMS = {
  redis: 'redis://user:password@host:6379/db',
  rediss: 'rediss://user:password@host:6379/db',
  'redis+unix': 'redis+unix:///path/of/the/socket?db=0',
  'redis+sentinel': 'redis+sentinel://user:password@host:26379,host:26379/master-name/db',
  'rediss+sentinel': 'rediss+sentinel://user:password@host:26379,host:26379/master-name/db',
  'redis+cluster': 'redis+cluster://user:password@host:6379,host:6379',
  'rediss+cluster': 'rediss+cluster://user:password@host:6379,host:6379',
} as const;
const SCHEMES = Object.keys(FORMS).map((scheme) => `${scheme}://`);
const MUST_BEGIN = `must begin with ${SCHEMES.slice(0, -1).join(', ')} or ${SCHEMES.at(-1)}`;
const ENCODE =
  'must have the special characters of its credentials and its path percent-encoded (@ is %40, / is %2F)';

const schemeSchema = z.enum(
  ['redis', 'rediss', 'redis+unix', 'redis+sentinel', 'rediss+sentinel', 'redis+cluster', 'rediss+cluster'],
  MUST_BEGIN,
);
type Scheme = z.output<typeof schemeSchema>;

const dbSchema = z
  .string()
  .regex(/^\d{1,5}$/, 'must have a number as its database')
  .transform(Number);
const portSchema = z
  .string()
  .regex(/^\d{1,5}$/, 'must have a number as its port')
  .transform(Number)
  .refine((port) => port >= 1 && port <= 65_535, 'must have a port from 1 to 65535');
const hostSchema = z.string().regex(/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)$/, 'must name a host');

/** The parts that all forms share; everything is still text. */
type Parts = {
  readonly scheme: Scheme;
  readonly user: Credentials;
  readonly hosts: string;
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
};

/**
 * The text of a Redis address. TLS is spoken with Sentinels, data nodes and cluster nodes alike where the scheme
 * begins with `rediss`; the host names are verified against Node's certificates (and NODE_EXTRA_CA_CERTS).
 *
 * - `redis://[user:password@]host[:6379][/db]`, `rediss://…`
 * - `redis+unix://[user:password@]/path/of/the/socket[?db=0]`
 * - `redis+sentinel://[user:password@]host[:26379],…/master-name[/db][?sentinel_username=…&sentinel_password=…]`,
 *   `rediss+sentinel://…`: the user signs in to the master, the query to the Sentinels
 * - `redis+cluster://[user:password@]host[:6379],…`, `rediss+cluster://…`: a cluster has one database
 *
 * `:password@` alone is the password of the user `default`. What has a meaning in an address is percent-encoded.
 * No message repeats any part of the text: it may hold a password.
 */
export const redisAddressSchema = z.string().transform((text, context): RedisAddress => {
  try {
    return addressOf(partsOf(text));
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    context.addIssue({ code: 'custom', message: error.issues[0]?.message ?? MUST_BEGIN });
    return z.NEVER;
  }
});

/** A text that is a Redis address; stays the text that it is. */
export const redisUrlSchema = z.string().superRefine((text, context) => {
  const message = redisAddressSchema.safeParse(text).error?.issues[0]?.message;
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

function partsOf(text: string): Parts {
  const scheme = schemeSchema.parse(text.slice(0, Math.max(0, text.indexOf('://'))));
  const found = /^(?:([^@/?#\s]*)@)?([^@/?#\s]*)(\/[^@?#\s]*)?(?:\?([^#\s]*))?$/.exec(
    text.slice(scheme.length + 3),
  );
  if (found === null) return wrong(ENCODE);
  const [, userInfo = '', hosts = '', path = '', query = ''] = found;
  const [username = '', ...password] = userInfo.split(':');
  return {
    scheme,
    user: credentials(decoded(username), decoded(password.join(':'))),
    hosts,
    path: decoded(path),
    query: new Map(new URLSearchParams(query)),
  };
}

function addressOf(parts: Parts): RedisAddress {
  const { scheme, user, hosts } = parts;
  const tls = scheme.startsWith('rediss');
  switch (scheme) {
    case 'redis':
    case 'rediss': {
      onlyKnows(parts, []);
      const [db = '', ...more] = segments(parts.path);
      if (more.length > 0) return wrong(`must look like ${FORMS[scheme]}`);
      return { kind: 'server', tls, ...hostAndPort(hosts, '6379'), db: dbOf(db), ...user };
    }
    case 'redis+unix': {
      onlyKnows(parts, ['db']);
      if (hosts !== '' || parts.path.length < 2) return wrong(`must look like ${FORMS[scheme]}`);
      return { kind: 'socket', path: parts.path, db: dbOf(parts.query.get('db') ?? ''), ...user };
    }
    case 'redis+sentinel':
    case 'rediss+sentinel': {
      onlyKnows(parts, ['sentinel_username', 'sentinel_password']);
      const [master = '', db = '', ...more] = segments(parts.path);
      if (master === '' || more.length > 0) return wrong(`must look like ${FORMS[scheme]}`);
      const sentinelCredentials = credentials(
        parts.query.get('sentinel_username') ?? '',
        parts.query.get('sentinel_password') ?? '',
      );
      const sentinels = list(hosts, '26379');
      return { kind: 'sentinel', tls, sentinels, master, db: dbOf(db), sentinelCredentials, ...user };
    }
    default:
      onlyKnows(parts, []);
      // A cluster has the database 0 and no other.
      if (!['', '0'].includes(segments(parts.path).join('/')))
        return wrong(`must look like ${FORMS[scheme]}`);
      return { kind: 'cluster', tls, nodes: list(hosts, '6379'), ...user };
  }
}

/** A misspelt parameter would be a password that nobody sends. */
function onlyKnows(parts: Parts, names: readonly string[]): void {
  if ([...parts.query.keys()].every((name) => names.includes(name))) return;
  wrong(
    names.length === 0
      ? `must have nothing after a question mark: it looks like ${FORMS[parts.scheme]}`
      : `must have no other parameters than ${names.join(' and ')}`,
  );
}

function segments(path: string): string[] {
  return path.split('/').slice(1);
}

function list(hosts: string, defaultPort: string): HostAndPort[] {
  return hosts.split(',').map((each) => hostAndPort(each, defaultPort));
}

function hostAndPort(text: string, defaultPort: string): HostAndPort {
  const [, host = '', port = defaultPort] = /^(\[.*\]|[^:]*)(?::(.*))?$/.exec(text) ?? [];
  return { host: hostSchema.parse(host).replaceAll(/[[\]]/g, ''), port: portSchema.parse(port) };
}

function dbOf(text: string): number {
  return text === '' ? 0 : dbSchema.parse(text);
}

function credentials(username: string, password: string): Credentials {
  return {
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return wrong('has a percent sign that encodes nothing (% itself is %25)');
  }
}

function wrong(message: string): never {
  throw new z.ZodError([{ code: 'custom', message, path: [], input: undefined }]);
}

/** The address of a Redis on a unix socket. */
export function socketUrl(path: string): string {
  return `redis+unix://${path.split('/').map(encodeURIComponent).join('/')}`;
}

/** The address as a message or a log may show it: without users, passwords and parameters. */
export function withoutCredentials(url: string): string {
  return url.replace(/\/\/.*@/, '//').replace(/\?.*$/, '');
}
