import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { hasRedisServer } from '../../queue/redis-server.ts';

/**
 * Where redis-server is missing and this is root on a Debian-like system: says so and installs Debian's package.
 * Anywhere else it does nothing; starting Redis then explains how to get one.
 */
export function installRedisOnDebian(isRoot: boolean, say: (text: string) => void): void {
  if (hasRedisServer() || !isRoot || !existsSync('/usr/bin/apt-get')) return;
  say('There is no redis-server here: installing Debian’s package redis-server.');
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update'], ['install', '--yes', '--no-install-recommends', 'redis-server']]) {
    const done = spawnSync('apt-get', args, { env, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`apt-get ${args.join(' ')} failed:\n${done.stderr}`);
  }
}
