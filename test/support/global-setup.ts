import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startRedisServer } from '../../queue/redis-server.ts';
import { ensureAppBuilt } from '../../stage/build-app.ts';
import { ensurePrograms } from '../../tools/programs.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    redisUrl: string;
  }
}

/**
 * Gets the machine and the ServiceNow app ready where they are not, and starts one private Redis for the run. With
 * REDIS_URL the tests use that one; each leaves its keys there, under a prefix of its own.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  getMachineReady();
  ensureAppBuilt(say);
  const given = process.env['REDIS_URL'] ?? '';
  if (given !== '') {
    project.provide('redisUrl', given);
    return async () => {};
  }
  const directory = mkdtempSync(join(quickDirectory(), 'changebridge-test-'));
  const redis = await startRedisServer(directory);
  project.provide('redisUrl', redis.url);
  return async () => {
    await redis.stop();
    rmSync(directory, { recursive: true, force: true });
  };
}

const IN_MEMORY = '/dev/shm';
const ENOUGH_BYTES = 1024 ** 3;

/**
 * Redis syncs every write. A disk that others keep busy stands still for seconds now and then, and what is tried here
 * needs no disk: where Linux has a file system in memory, its data is there.
 */
function quickDirectory(): string {
  try {
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    return bavail * bsize > ENOUGH_BYTES ? IN_MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Ends the run with the message alone: thrown, it would drown in vitest's report of a run without tests. */
function getMachineReady(): void {
  try {
    ensurePrograms(['tests'], { env: process.env, isRoot: process.getuid?.() === 0, say });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
