import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const APP = fileURLToPath(new URL('../servicenow-app', import.meta.url));
const SOURCES = ['src', 'now.config.json', 'package.json'];

/**
 * Builds the ServiceNow app with the official SDK where its output is missing or older than its sources.
 * `say` is told when that is about to happen (it takes some 15 s). Throws where the build fails.
 */
export function ensureAppBuilt(say: (text: string) => void): void {
  if (newest(['dist/app']) >= newest(SOURCES)) return;
  say('Building the ServiceNow app with the official SDK…');
  const built = spawnSync('npm', ['run', '--silent', 'build'], { cwd: APP, encoding: 'utf8' });
  if (built.status === 0) return;
  throw new Error(`The ServiceNow app does not build.\n${built.stdout}${built.stderr}`);
}

/** The latest modification (ms) below these paths of the app; 0 where there is nothing. */
function newest(paths: readonly string[]): number {
  return Math.max(0, ...paths.map((path) => newestBelow(join(APP, path))));
}

function newestBelow(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestBelow(join(path, name))));
}
