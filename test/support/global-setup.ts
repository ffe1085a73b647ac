import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startRedisServer } from '../../queue/redis-server.ts';
import { ensureAppBuilt } from '../../stage/build-app.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    redisUrl: string;
  }
}

/** Builds the ServiceNow app where it is out of date, and starts one private Redis for the run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  ensureAppBuilt((text) => process.stdout.write(`${text}\n`));
  const directory = mkdtempSync(join(tmpdir(), 'changebridge-test-'));
  const redis = await startRedisServer(directory);
  project.provide('redisUrl', redis.url);
  return async () => {
    await redis.stop();
    rmSync(directory, { recursive: true, force: true });
  };
}
