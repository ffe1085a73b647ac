import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startRedisServer } from '../../queue/redis-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    redisUrl: string;
  }
}

/** Builds the ServiceNow app where it is out of date, and starts one private Redis for the run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  buildApp();
  const directory = mkdtempSync(join(tmpdir(), 'changebridge-test-'));
  const redis = await startRedisServer(directory);
  project.provide('redisUrl', redis.url);
  return async () => {
    await redis.stop();
    rmSync(directory, { recursive: true, force: true });
  };
}

function buildApp(): void {
  const sources = ['src', 'now.config.json', 'package.json'].map((name) => join('servicenow-app', name));
  if (newest(['servicenow-app/dist/app']) >= newest(sources)) return;
  const built = spawnSync('npm', ['run', 'build', '-w', 'servicenow-app'], { stdio: 'inherit' });
  if (built.status !== 0) throw new Error('The ServiceNow app does not build: see above.');
}

/** The latest modification (ms) below these paths; 0 where there is nothing. */
function newest(paths: readonly string[]): number {
  return Math.max(0, ...paths.map(newestBelow));
}

function newestBelow(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return newest(readdirSync(path).map((name) => join(path, name)));
}
