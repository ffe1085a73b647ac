import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { connectFast } from './connection.ts';
import { socketUrl } from './redis-address.ts';

/** A private redis-server of this process: its address, and the way to end it. */
export type RedisServer = { readonly url: string; readonly pid: number; readonly stop: () => Promise<void> };

/** A Redis as durable as the private one, for a machine that has Docker. */
export const REDIS_IN_DOCKER =
  'docker run -d -p 127.0.0.1:6379:6379 redis:7 redis-server --appendonly yes --appendfsync always --maxmemory-policy noeviction';

const HOW_TO_GET_IT = `There is no redis-server on this machine. Get it in one of these ways:
  Debian or Ubuntu   apt-get install redis-server
  macOS              brew install redis
  Docker             ${REDIS_IN_DOCKER}
or let REDIS_URL name a Redis that runs elsewhere.`;

/** Whether a redis-server binary can be run. */
export function hasRedisServer(): boolean {
  return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** How long (ms) a redis-server may take to load its data and answer. */
const START_MS = 30_000;

/** The longest path (bytes) of a unix socket that Linux (107) and macOS (103) both take. */
const LONGEST_SOCKET_PATH = 103;
const SOCKET = 'redis.sock';
const LOG = 'redis-server.log';

const directoryReply = z.tuple([z.literal('dir'), z.string()]);

/**
 * Starts a redis-server that only this user can reach: on a unix socket in a directory of mode 0700, without a
 * port. It is durable (`appendfsync always`), never evicts, and keeps its data in `directory`, unreadable for
 * others. Where one still runs on this directory (its bridge was killed), that one is taken over: two must never
 * share their data. Throws an Error that says how to get one where the binary is missing, and what to do where
 * the directory or the socket is somebody else's.
 */
export async function startRedisServer(directory: string): Promise<RedisServer> {
  if (!hasRedisServer()) throw new Error(HOW_TO_GET_IT);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const data = realpathSync(directory);
  keepPrivate(data);
  const socket = socketFor(data);
  const url = socketUrl(socket);
  const pid = (await isListening(socket)) ? await pidOfServerOn(data, url) : await launch(data, socket);
  return { url, pid, stop: () => stop(pid, data, socket) };
}

/** Takes from everybody else what an earlier start, or somebody's hand, left readable. */
function keepPrivate(directory: string): void {
  try {
    chmodSync(directory, 0o700);
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const inside = path.join(directory, entry.name);
      if (entry.isDirectory()) keepPrivate(inside);
      else if (entry.isFile()) chmodSync(inside, 0o600);
    }
  } catch (cause) {
    throw new Error(
      `${directory} cannot be made private to this user: give it to the one who starts Redis.`,
      {
        cause,
      },
    );
  }
}

/** In the data's own directory; where that makes its path too long, in a directory of this user among the temporary ones. */
function socketFor(data: string): string {
  const inside = path.join(data, SOCKET);
  if (Buffer.byteLength(inside) <= LONGEST_SOCKET_PATH) return inside;
  const name = createHash('sha256').update(data).digest('hex').slice(0, 16);
  const short = path.join(tmpdir(), `changebridge-${name}`);
  const socket = path.join(short, SOCKET);
  if (Buffer.byteLength(socket) > LONGEST_SOCKET_PATH)
    throw new Error(`${socket} is too long for a unix socket: set TMPDIR to a shorter directory.`);
  mkdirSync(short, { recursive: true, mode: 0o700 });
  const found = lstatSync(short);
  // Everybody may make such a directory, or a link of this name, beforehand.
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0)
    throw new Error(`${short} is not a directory of this user alone (mode 0700): remove it, or set TMPDIR.`);
  return socket;
}

/** Whether somebody listens on the socket; what has its name and is no socket is removed. */
async function isListening(socket: string): Promise<boolean> {
  const found = lstatSync(socket, { throwIfNoEntry: false });
  if (found === undefined) return false;
  if (!found.isSocket()) {
    rmSync(socket, { recursive: true });
    return false;
  }
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.once('connect', () => resolve(true)).once('error', () => resolve(false));
    probe.once('connect', () => probe.destroy());
  });
}

async function launch(data: string, socket: string): Promise<number> {
  const settings = {
    port: '0',
    unixsocket: JSON.stringify(socket),
    unixsocketperm: '700',
    dir: JSON.stringify(data),
    appendonly: 'yes',
    appendfsync: 'always',
    save: '""',
    'maxmemory-policy': 'noeviction',
    loglevel: 'warning',
    logfile: LOG,
  };
  // Its own process group: Ctrl-C must end the bridge first, and Redis after it.
  const child = spawn('sh', ['-c', 'umask 077; exec redis-server -'], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.stdin.end(
    Object.entries(settings)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(''),
  );
  const ended = new AbortController();
  child.once('exit', () => ended.abort());
  try {
    return await pidOfServerOn(data, socketUrl(socket), ended.signal);
  } catch (cause) {
    if (!ended.signal.aborted) throw cause;
    throw new Error(`redis-server ended at its start: ${path.join(data, LOG)} says why.`, { cause });
  }
}

/** Whoever listens has to be a redis-server on this very directory: asks it, and answers its process id. */
async function pidOfServerOn(data: string, url: string, ended?: AbortSignal): Promise<number> {
  const redis = await connectFast(url, START_MS, ended);
  try {
    const [, directory] = directoryReply.parse(await redis.call('CONFIG', 'GET', 'dir'));
    if (realpathSync(directory) !== data)
      throw new Error(`A redis-server for ${directory} listens where the one for ${data} should: end it.`);
    return Number(/^process_id:(\d+)/m.exec(await redis.info('server'))?.[1]);
  } finally {
    redis.disconnect();
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function stop(pid: number, data: string, socket: string): Promise<void> {
  if (isAlive(pid)) process.kill(pid, 'SIGTERM');
  while (isAlive(pid)) await sleep(10);
  const home = path.dirname(socket);
  if (home !== data) rmSync(home, { recursive: true, force: true });
}
