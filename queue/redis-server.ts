import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { z } from 'zod';
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

/** How long (ms) a redis-server may take to load its data and answer. */
const START_MS = 30_000;

/** What a later start needs to know of a redis-server that outlived its bridge. */
const noteSchema = z.object({ pid: z.number(), url: z.string() });

/**
 * Starts a redis-server on a free port of the loopback interface, with a password of its own, durable
 * (`appendfsync always`) and never evicting, with its data in `directory`. Where one still runs on this
 * directory (its bridge was killed), that one is taken over: two must never share their data.
 * Throws an Error that says how to get one where the binary is missing.
 */
export async function startRedisServer(directory: string): Promise<RedisServer> {
  if (!hasRedisServer()) throw new Error(HOW_TO_GET_IT);
  mkdirSync(directory, { recursive: true });
  const noteFile = path.join(directory, 'server.json');
  return (await takeOver(noteFile)) ?? launch(directory, noteFile);
}

async function launch(directory: string, noteFile: string): Promise<RedisServer> {
  const password = randomBytes(24).toString('hex');
  const port = await freePort();
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    requirepass: password,
    dir: JSON.stringify(path.resolve(directory)),
    appendonly: 'yes',
    appendfsync: 'always',
    save: '""',
    'maxmemory-policy': 'noeviction',
    loglevel: 'warning',
  };
  // Its own process group: Ctrl-C must end the bridge first, and Redis after it.
  const child = spawn('redis-server', ['-'], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  // By standard input, so that the password shows in no process list.
  child.stdin.end(
    Object.entries(settings)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(''),
  );
  const url = `redis://:${password}@127.0.0.1:${port}`;
  const probe = await connectFast(url, START_MS);
  probe.disconnect();
  const pid = child.pid ?? 0;
  writeFileSync(noteFile, JSON.stringify({ pid, url }), { mode: 0o600 });
  return { url, pid, stop: () => stop(pid, noteFile) };
}

async function takeOver(noteFile: string): Promise<RedisServer | undefined> {
  const note = readNote(noteFile);
  if (note === undefined || !isAlive(note.pid)) return undefined;
  // Should another program have got the number, nothing answers at the address with the password.
  const probe = await connectFast(note.url, START_MS).catch(() => undefined);
  if (probe === undefined) return undefined;
  probe.disconnect();
  return { ...note, stop: () => stop(note.pid, noteFile) };
}

function readNote(noteFile: string): z.output<typeof noteSchema> | undefined {
  try {
    return noteSchema.parse(JSON.parse(readFileSync(noteFile, 'utf8')));
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function stop(pid: number, noteFile: string): Promise<void> {
  if (isAlive(pid)) process.kill(pid, 'SIGTERM');
  while (isAlive(pid)) await new Promise((wake) => setTimeout(wake, 10));
  rmSync(noteFile, { force: true });
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
