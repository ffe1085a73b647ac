import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ensurePrograms } from './programs.ts';

/** Everything that decides whether a change lands. Stops at the first step that fails. */
const STEPS: readonly (readonly [title: string, ...commands: readonly (readonly string[])[]])[] = [
  [
    'ServiceNow app: build, lint, pack',
    ['run', 'build', '-w', 'servicenow-app'],
    ['run', 'lint', '-w', 'servicenow-app'],
    ['run', 'pack', '-w', 'servicenow-app'],
  ],
  ['Lint and format', ['run', 'lint']],
  ['Types', ['run', 'types']],
  ['The story, end to end', ['run', 'demo', '--', '--once']],
];

const summarySchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
});

function main(): number {
  const isRoot = process.getuid?.() === 0;
  ensurePrograms(['tests', 'demo'], { env: process.env, isRoot, say: (text) => console.log(text) });
  for (const [title, ...commands] of STEPS) {
    console.log(`\n== ${title}`);
    for (const args of commands) {
      const status = npm(args);
      if (status !== 0) {
        console.error(`\nnpm ${args.join(' ')} failed.`);
        return status;
      }
    }
  }
  console.log('\n== Tests');
  return runTests();
}

/** Runs the tests. The last line counts them: `N passed, N failed, N skipped`. */
function runTests(): number {
  const directory = mkdtempSync(join(tmpdir(), 'changebridge-verify-'));
  try {
    const file = join(directory, 'summary.json');
    const status = npm(['test', '--', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`]);
    const counts = summarySchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    const { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped } = counts;
    console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
    return status;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function npm(args: readonly string[]): number {
  return spawnSync('npm', args, { stdio: 'inherit' }).status ?? 1;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
