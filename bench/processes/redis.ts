import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Scope } from '../scope.ts';
import { until } from '../until.ts';
import { freePort, spawnProgram } from './spawned.ts';

/** A private redis-server that syncs every write to disk, as production does. */
export type PrivateRedis = {
  readonly url: string;
  /** How many commands it has run, those inside scripts included. */
  readonly commands: () => Promise<number>;
  /** `used_memory` in bytes. */
  readonly usedMemory: () => Promise<number>;
};

/** Starts a redis-server with a directory of its own, both gone when the scope ends. */
export async function startRedis(scope: Scope): Promise<PrivateRedis> {
  const directory = mkdtempSync(join(tmpdir(), 'changebridge-bench-'));
  const port = await freePort();
  const settings = [
    ['port', String(port)],
    ['bind', '127.0.0.1'],
    ['dir', directory],
    ['appendonly', 'yes'],
    ['appendfsync', 'always'],
    ['save', ''],
    ['maxmemory-policy', 'noeviction'],
  ].flatMap(([name, value]) => [`--${name}`, value ?? '']);
  const path = process.env['PATH'] ?? '';
  const server = spawnProgram('redis-server', settings, { PATH: path }, join(directory, 'redis.log'));
  const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => 50 });
  // Until it listens each attempt fails; the deadline below tells when that is too long.
  client.on('error', () => undefined);
  scope.onClose(async () => {
    client.disconnect();
    await server.end('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });
  void client.connect().catch(() => undefined);
  await until(
    'redis-server answers',
    async () => {
      if (server.hasEnded()) throw new Error(`redis-server cannot be run: ${server.output()}`);
      return client.status === 'ready';
    },
    10_000,
  );
  const figure = async (section: string, name: string): Promise<number> => {
    const found = new RegExp(`^${name}:(\\d+)`, 'm').exec(await client.info(section));
    return Number(found?.[1]);
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    commands: () => figure('stats', 'total_commands_processed'),
    usedMemory: () => figure('memory', 'used_memory'),
  };
}
