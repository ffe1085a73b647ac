import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { confirm, isCancel } from '@clack/prompts';
import { environmentOver } from './environment.ts';
import { runCli } from './run.ts';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '');
const readFile = (path: string): string => readFileSync(path, 'utf8');

process.exitCode = await runCli(process.argv.slice(2), {
  root,
  env: environmentOver(process.env, root, readFile),
  readFile,
  writeFile: (path, lines) => pipeline(lines, createWriteStream(path, { flags: 'wx', mode: 0o600 })),
  readLines: (path) => createInterface({ input: createReadStream(path), crlfDelay: Infinity }),
  fetch,
  clock: Date.now,
  pause: (ms) => pause(ms),
  isTerminal: process.stdin.isTTY && process.stdout.isTTY,
  confirm: async (message) => {
    const answer = await confirm({ message, initialValue: false });
    return !isCancel(answer) && answer;
  },
  say: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
});
