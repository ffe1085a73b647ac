import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { connectFast } from './connection.ts';

/** A private redis-server of this process: its address, and the way to end it. */
export type RedisServer = { readonly url: string; readonly pid: number; readonly stop: () => Promise<void> };

const HOW_TO_GET_IT = `There is no redis-server on this machine. Get it in one of these ways:
  Debian or Ubuntu   apt-get install redis-server
  macOS              brew install redis
  Docker             docker run -d -p 6379:6379 redis:7 redis-server --appendonly yes --appendfsync always --maxmemory-policy noeviction
or let REDIS_URL name a Redis that runs elsewhere.`;

/** Whether a redis-server binary can be run. */
export function hasRedisServer(): boolean {
  return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;
}

/**
 * Starts a redis-server on a free port of the loopback interface, durable (`appendfsync always`) and never
 * evicting, with its data in `directory`. Throws an Error that says how to get one where the binary is missing.
 */
export async function startRedisServer(directory: string): Promise<RedisServer> {
  if (!hasRedisServer()) throw new Error(HOW_TO_GET_IT);
  mkdirSync(directory, { recursive: true });
  const port = await freePort();
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: directory,
    appendonly: 'yes',
    appendfsync: 'always',
    save: '',
    'maxmemory-policy': 'noeviction',
    loglevel: 'warning',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  // Its own process group: Ctrl-C must end the bridge first, and Redis after it.
  const child = spawn('redis-server', args, { stdio: 'ignore', detached: true });
  const url = `redis://127.0.0.1:${port}`;
  const probe = await connectFast(url, 10_000);
  probe.disconnect();
  return { url, pid: child.pid ?? 0, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
