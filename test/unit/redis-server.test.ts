import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { connectFast } from '../../queue/connection.ts';
import { startRedisServer } from '../../queue/redis-server.ts';

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

test('F13: the private Redis writes every command to disk, and never evicts', async () => {
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
