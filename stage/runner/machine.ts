import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Run } from './ci-local.ts';

/** What the jobs need of the process that runs them: Node's own `process`. */
export type Machine = {
  readonly execPath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly kill: (pid: number, signal: 'SIGKILL') => boolean;
};

/** Programs are looked for where this process finds its own. */
function directoriesOf({ env }: Machine): string[] {
  return (env['PATH'] ?? '').split(delimiter).filter((directory) => existsSync(directory));
}

/**
 * The PATH of a machine that runs jobs: an `apk` that installs nothing, the given programs in place of others, and
 * without those that the machine is to lack.
 */
export function makePath(
  home: string,
  { machine, without = [], programs = {} }: Pick<Run, 'machine' | 'without' | 'programs'>,
): string {
  const own = join(home, 'bin');
  mkdirSync(own);
  for (const [name, script] of Object.entries({ apk: '#!/bin/sh\n', ...programs })) {
    writeFileSync(join(own, name), script, { mode: 0o755 });
  }
  const system = directoriesOf(machine);
  if (without.length === 0) return [own, ...system].join(delimiter);
  const rest = join(home, 'rest');
  mkdirSync(rest);
  for (const directory of system) {
    for (const name of readdirSync(directory)) {
      if (without.includes(name) || existsSync(join(rest, name))) continue;
      symlinkSync(join(directory, name), join(rest, name));
    }
  }
  return `${own}${delimiter}${rest}`;
}
