import { expect, test } from 'vitest';
import { redisAddressSchema, socketUrl, withoutCredentials } from '../../queue/redis-address.ts';

const SENTINELS = [
  { host: 'a', port: 26379 },
  { host: 'b', port: 1 },
];

test.each([
  ['redis://r', { kind: 'server', tls: false, host: 'r', port: 6379, db: 0 }],
  ['redis://:pass@r:1/3', { kind: 'server', tls: false, host: 'r', port: 1, db: 3, password: 'pass' }],
  [
    'rediss://ann:p%40ss%2Fword%3A@[::1]:7',
    { kind: 'server', tls: true, host: '::1', port: 7, db: 0, username: 'ann', password: 'p@ss/word:' },
  ],
  ['redis+unix:///run/my%20redis/redis.sock', { kind: 'socket', path: '/run/my redis/redis.sock', db: 0 }],
  [
    'redis+unix://ann:p@/r.sock?db=2',
    { kind: 'socket', path: '/r.sock', db: 2, username: 'ann', password: 'p' },
  ],
  [
    'redis+sentinel://a,b:1/main',
    { kind: 'sentinel', tls: false, sentinels: SENTINELS, master: 'main', db: 0, sentinelCredentials: {} },
  ],
  [
    'rediss+sentinel://ann:pass@a,b:1/main/4?sentinel_username=sue&sentinel_password=s%26cret%3D',
    {
      kind: 'sentinel',
      tls: true,
      sentinels: SENTINELS,
      master: 'main',
      db: 4,
      sentinelCredentials: { username: 'sue', password: 's&cret=' },
      username: 'ann',
      password: 'pass',
    },
  ],
  [
    'redis+cluster://ann:pass@a:1,b',
    {
      kind: 'cluster',
      tls: false,
      nodes: [
        { host: 'a', port: 1 },
        { host: 'b', port: 6379 },
      ],
      username: 'ann',
      password: 'pass',
    },
  ],
  ['rediss+cluster://a', { kind: 'cluster', tls: true, nodes: [{ host: 'a', port: 6379 }] }],
])('%s is understood', (url, address) => expect(redisAddressSchema.parse(url)).toEqual(address));

test.each([
  ['http://r', 'must begin with redis://, rediss://, '],
  ['r:6379', 'must begin with redis://'],
  ['', 'must begin with redis://'],
  ['redis://', 'must name a host'],
  ['redis://us er:canary@r', 'percent-encoded'],
  ['redis://user:can@ary@r', 'percent-encoded'],
  ['redis://user:canary%zz@r', 'percent sign'],
  ['redis://r:port', 'a number as its port'],
  ['redis://r:70000', 'a port from 1 to 65535'],
  ['redis://r/canary', 'a number as its database'],
  ['redis://r/1/2', 'must look like redis://user:password@host:6379/db'],
  ['redis://r?password=canary', 'nothing after a question mark'],
  ['redis+unix://host/redis.sock', 'must look like redis+unix:///path'],
  ['redis+unix:///', 'must look like redis+unix:///path'],
  ['redis+sentinel://a,b:1', 'must look like redis+sentinel://'],
  ['redis+sentinel://a,,b/main', 'must name a host'],
  ['redis+sentinel://a/main?sentinel_pasword=canary', 'sentinel_username and sentinel_password'],
  ['redis+cluster://a,b/1', 'must look like redis+cluster://'],
])('%s is refused with what to mend, and without repeating a secret', (url, message) => {
  const parsed = redisAddressSchema.safeParse(url);
  const told = parsed.error?.issues[0]?.message ?? '';
  expect(told).toContain(message);
  expect(told).not.toContain('canary');
});

test('a socket whose path needs encoding is found again by its address', () => {
  for (const path of ['/tmp/a b/redis.sock', '/tmp/ü%20@x?/redis.sock']) {
    expect(redisAddressSchema.parse(socketUrl(path))).toEqual({ kind: 'socket', path, db: 0 });
  }
});

test('an address is shown without users, passwords and parameters', () => {
  expect(withoutCredentials('redis+sentinel://u:p@a,b/main?sentinel_password=x')).toBe(
    'redis+sentinel://a,b/main',
  );
});
