import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { connectFast } from '../../queue/connection.ts';
import { redisAddressSchema } from '../../queue/redis-address.ts';
import { hasRedisServer, startRedisServer } from '../../queue/redis-server.ts';

beforeEach(({ skip }) => skip(!hasRedisServer()));

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'changebridge redis-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function open(path: string) {
  const server = await startRedisServer(path);
  onTestFinished(() => server.stop());
  const redis = await connectFast(server.url, 5_000);
  onTestFinished(() => redis.disconnect());
  return { server, redis };
}

test('the private Redis writes every command to disk, and never evicts', async () => {
  const { redis } = await open(directory());
  for (const [name, value] of [
    ['appendonly', 'yes'],
    ['appendfsync', 'always'],
    ['maxmemory-policy', 'noeviction'],
    ['port', '0'],
  ]) {
    expect(await redis.call('CONFIG', 'GET', name ?? '')).toEqual([name, value]);
  }
});

test('what was stored is there again after the private Redis was killed', async () => {
  const path = directory();
  const first = await open(path);
  await first.redis.set('approval', 'kept');
  process.kill(first.server.pid, 'SIGKILL');
  await first.server.stop();
  const second = await open(path);
  expect(await second.redis.get('approval')).toBe('kept');
});

test('a private Redis that outlived its bridge is used again: two on one directory would ruin it', async () => {
  const path = directory();
  const first = await open(path);
  await first.redis.set('approval', 'kept');
  const second = await open(path);
  expect(second.server.url).toBe(first.server.url);
  expect(await second.redis.get('approval')).toBe('kept');
  await second.server.stop();
  await expect(connectFast(first.server.url, 300)).rejects.toThrow('No Redis answers');
});

test('without a redis-server binary the start says how to get one', () => {
  const script = `
    const { startRedisServer } = await import('./queue/redis-server.ts');
    await startRedisServer(${JSON.stringify(directory())}).catch((error) => console.log(error.message));`;
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { PATH: '/nonexistent' },
    encoding: 'utf8',
  });
  expect(ran.stdout).toContain('There is no redis-server on this machine');
  expect(ran.stdout).toContain('apt-get install redis-server');
  expect(ran.stdout).toContain('REDIS_URL');
});

test('a Redis that does not answer is told with its address, and without its password', async () => {
  await expect(connectFast('redis://user:canary-word@127.0.0.1:1/0', 200)).rejects.toThrow(
    'No Redis answers at redis://127.0.0.1:1/0 within 0.2 s',
  );
  await expect(connectFast('redis://user:p@ss/word@127.0.0.1:1', 200)).rejects.not.toThrow(/word/);
});

/** The modes of a directory and of all that is in it. */
function modes(path: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of ['.', ...readdirSync(path, { recursive: true, encoding: 'utf8' })]) {
    found[name] = (statSync(join(path, name)).mode & 0o777).toString(8);
  }
  return found;
}

test('the private Redis can be reached and read by its user alone, also where an earlier one was less careful', async () => {
  const path = directory();
  chmodSync(path, 0o755);
  mkdirSync(join(path, 'appendonlydir'), { mode: 0o755 });
  writeFileSync(join(path, 'appendonlydir', 'old.rdb'), '', { mode: 0o644 });
  const { redis, server } = await open(path);
  await redis.set('approval', 'kept');
  for (const [name, mode] of Object.entries(modes(path))) {
    const isDirectory = name === '.' || name === 'appendonlydir';
    expect([name, mode]).toEqual([name, isDirectory || name === 'redis.sock' ? '700' : '600']);
  }
  expect(Object.keys(modes(path)).filter((name) => name.endsWith('.aof'))).toHaveLength(1);
  expect(server.url).toMatch(/^redis\+unix:\/\/\//);
});

test('what an earlier start noted about a Redis elsewhere is never believed', async () => {
  const path = directory();
  const asked: string[] = [];
  const elsewhere = createServer((socket) => socket.on('data', (text) => asked.push(text.toString())));
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void elsewhere.close());
  const address = elsewhere.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const note = { pid: process.pid, url: `redis://:canary@127.0.0.1:${port}` };
  writeFileSync(join(path, 'server.json'), JSON.stringify(note));
  const { server } = await open(path);
  expect(server.pid).not.toBe(process.pid);
  expect(asked).toEqual([]);
});

test('a link that leads to another Redis’ socket is removed, not followed', async () => {
  const other = await open(directory());
  const path = directory();
  symlinkSync(pathOfSocket(other.server.url), join(path, 'redis.sock'));
  const { server, redis } = await open(path);
  expect(server.pid).not.toBe(other.server.pid);
  await redis.set('approval', 'here');
  expect(await other.redis.get('approval')).toBeNull();
});

test('a Redis that works on other data is refused, though it listens where ours should', async () => {
  const other = await open(directory());
  const path = directory();
  linkSync(pathOfSocket(other.server.url), join(path, 'redis.sock'));
  await expect(startRedisServer(path)).rejects.toThrow('listens where the one for');
});

test('a path too long for a socket gets a short private directory, which goes with its Redis', async () => {
  const path = join(directory(), 'a'.repeat(120));
  const { server, redis } = await open(path);
  const socket = pathOfSocket(server.url);
  expect(modes(dirname(socket))['.']).toBe('700');
  await redis.set('approval', 'kept');
  expect((await startRedisServer(path)).pid).toBe(server.pid);
  await server.stop();
  expect(existsSync(dirname(socket))).toBe(false);
  expect(await (await open(path)).redis.get('approval')).toBe('kept');
});

test('a short directory that somebody else could write to is refused', async () => {
  const path = join(directory(), 'b'.repeat(120));
  const server = await startRedisServer(path);
  const short = dirname(pathOfSocket(server.url));
  await server.stop();
  mkdirSync(short);
  chmodSync(short, 0o777);
  onTestFinished(() => rmSync(short, { recursive: true, force: true }));
  await expect(startRedisServer(path)).rejects.toThrow('is not a directory of this user alone');
});

test('a redis-server that ends at its start is told at once, with where it says why', async () => {
  const path = directory();
  mkdirSync(join(path, 'appendonlydir'));
  writeFileSync(join(path, 'appendonlydir', 'appendonly.aof.manifest'), 'nonsense\n');
  await expect(startRedisServer(path)).rejects.toThrow(join(path, 'redis-server.log'));
  expect(readFileSync(join(path, 'redis-server.log'), 'utf8')).toContain('manifest');
});

function pathOfSocket(url: string): string {
  const address = redisAddressSchema.parse(url);
  return address.kind === 'socket' ? address.path : '';
}
