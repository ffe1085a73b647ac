#!/usr/bin/env node
// Whoever calls this directly may have an older Node: the command runs on the one that the project brings, as
// `npm start` does.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const main = join(here, 'main.ts');
const own = join(
  here,
  '..',
  '..',
  'node_modules',
  '.bin',
  process.platform === 'win32' ? 'node.cmd' : 'node',
);
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major > 22 || (major === 22 && minor >= 18)) {
  await import('./main.ts');
} else if (existsSync(own)) {
  const { status, error } = spawnSync(own, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  if (error !== undefined) process.stderr.write(`${own} does not start: ${error.message}\n`);
  process.exitCode = status ?? 1;
} else {
  process.stderr.write(
    `changebridge needs Node 22.18 or newer, and this is ${process.versions.node}. Run npm ci: it brings one for Linux and Windows. Elsewhere install Node 24.\n`,
  );
  process.exitCode = 1;
}
