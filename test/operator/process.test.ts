import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { connectFast } from '../../queue/connection.ts';
import { FLOWS } from '../../bridge/flows/index.ts';
import { MAX_ATTEMPTS } from '../../bridge/model/retry.ts';
import { openQueues } from '../../queue/queues.ts';
import { hasRedisServer } from '../../queue/redis-server.ts';
import { signPort } from '../security/signed.ts';
import { until } from '../support/until.ts';
import { environment } from './support.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = join(ROOT, 'bridge/main.ts');

/** A started process: what it has said, and how it ended. */
type Started = {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: () => number | NodeJS.Signals | undefined;
};

function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv, cwd = ROOT): Started {
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let ended: number | NodeJS.Signals | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  child.on('close', (code, signal) => (ended = code ?? signal ?? undefined));
  onTestFinished(async () => {
    if (ended === undefined) child.kill('SIGKILL');
    await until('the process is gone', () => ended !== undefined);
  });
  return { child, output: () => output, ended: () => ended };
}

/** The bridge as it is run, on the tests' Redis. */
function startMain(more: NodeJS.ProcessEnv = {}): Started & { readonly prefix: string } {
  const prefix = `p-${randomUUID().slice(0, 13)}`;
  const env = { ...environment(), BRIDGE_ROLE: 'all', REDIS_URL: inject('redisUrl'), REDIS_PREFIX: prefix };
  return { ...start(process.execPath, [MAIN], { ...env, ...more }), prefix };
}

/** How long (ms) a process may take to come up where every core is busy with something else. */
const START_MS = 45_000;

async function urlOf(started: Started): Promise<string> {
  const isUp = () => {
    const line = started
      .output()
      .split('\n')
      .find((each) => each.includes('The bridge is up.'));
    return line === undefined ? undefined : z.object({ url: z.string() }).parse(JSON.parse(line)).url;
  };
  return until('the bridge is up', isUp, START_MS);
}

/** A system that answers nothing until it is told to. */
async function slowSystem(): Promise<{ url: string; calls: () => number; answerAll: () => void }> {
  const held: { end: () => void }[] = [];
  let calls = 0;
  let open = false;
  const server = createServer((_request: IncomingMessage, response) => {
    calls += 1;
    const end = (): void => void response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
    if (open) end();
    else held.push({ end });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const answerAll = (): void => {
    open = true;
    for (const each of held.splice(0)) each.end();
  };
  return { url: `http://127.0.0.1:${port}`, calls: () => calls, answerAll };
}

async function refusesConnections(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', () => resolve(true));
  });
}

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends an idle bridge at once, with exit 0', async (signal) => {
  const bridge = startMain();
  const url = await urlOf(bridge);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  bridge.child.kill(signal);
  expect(await until('the end', () => bridge.ended(), 10_000)).toBe(0);
  expect(bridge.output()).toContain('Stopping: no new work is taken.');
  expect(bridge.output()).toContain('The bridge has stopped.');
});

test('told to end in the middle of a job, it takes no more requests, ends the job, and then itself', async () => {
  const portal = await slowSystem();
  const bridge = startMain({ PORT_API_URL: `${portal.url}/v1` });
  const url = await urlOf(bridge);
  const body = '{"runId":"r_1"}';
  const headers = { 'content-type': 'application/json', ...signPort(body) };
  await fetch(`${url}/webhooks/port/approve`, { method: 'POST', body, headers });
  await until('the job asks the portal', () => portal.calls() > 0);
  bridge.child.kill('SIGTERM');
  await until('no more requests', () => refusesConnections(url));
  expect(bridge.ended()).toBeUndefined();
  portal.answerAll();
  expect(await until('the end', () => bridge.ended())).toBe(0);
  const redis = await connectFast(inject('redisUrl'), 5_000);
  const queues = openQueues(
    redis,
    bridge.prefix,
    FLOWS.map((flow) => flow.name),
    MAX_ATTEMPTS,
  );
  onTestFinished(async () => {
    await queues.close();
    redis.disconnect();
  });
  // Given back in good order: nobody has to wait until a lock lapses.
  expect(await queues.counts('portal-approval')).toMatchObject({ active: 0, delayed: 1 });
});

test('a second signal changes nothing', async () => {
  const portal = await slowSystem();
  const bridge = startMain({ PORT_API_URL: `${portal.url}/v1` });
  const url = await urlOf(bridge);
  const body = '{"runId":"r_1"}';
  const headers = { 'content-type': 'application/json', ...signPort(body) };
  await fetch(`${url}/webhooks/port/approve`, { method: 'POST', body, headers });
  await until('the job asks the portal', () => portal.calls() > 0);
  bridge.child.kill('SIGTERM');
  await until('no more requests', () => refusesConnections(url));
  bridge.child.kill('SIGTERM');
  bridge.child.kill('SIGINT');
  portal.answerAll();
  expect(await until('the end', () => bridge.ended())).toBe(0);
  expect(bridge.output().match(/Stopping/g)).toHaveLength(1);
});

test('a client that never ends its request does not hold up the end', async () => {
  const bridge = startMain();
  const { hostname, port } = new URL(await urlOf(bridge));
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  socket.write('POST /webhooks/servicenow HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n');
  socket.write('content-length: 1000\r\n\r\n{');
  await until('the request is under way', () => socket.bytesWritten > 0 && !socket.connecting);
  await fetch(`http://${hostname}:${port}/livez`);
  bridge.child.kill('SIGTERM');
  expect(await until('the end', () => bridge.ended(), 30_000)).toBe(0);
});

test('npm start is the bridge itself: the signal reaches it, and it ends with 0', async () => {
  const prefix = `p-${randomUUID().slice(0, 13)}`;
  const env = { ...environment(), BRIDGE_ROLE: 'all', REDIS_URL: inject('redisUrl'), REDIS_PREFIX: prefix };
  const npm = start('npm', ['start'], env);
  const url = await urlOf(npm);
  npm.child.kill('SIGTERM');
  expect(await until('the end', () => npm.ended())).toBe(0);
  expect(npm.output()).toContain('The bridge has stopped.');
  expect(await refusesConnections(url)).toBe(true);
});

test('without REDIS_URL the bridge brings its own Redis, and takes it along when it ends', async ({
  skip,
}) => {
  skip(!hasRedisServer());
  const directory = workingDirectory();
  const bridge = start(process.execPath, [MAIN], { ...environment(), BRIDGE_ROLE: 'all' }, directory);
  await urlOf(bridge);
  expect(bridge.output()).toContain('a private redis-server keeps the data here');
  expect(redisProcesses(directory)).toHaveLength(1);
  bridge.child.kill('SIGTERM');
  expect(await until('the end', () => bridge.ended())).toBe(0);
  expect(redisProcesses(directory)).toHaveLength(0);
});

test('a start that fails leaves no Redis behind, and says in one line what to do', async ({ skip }) => {
  skip(!hasRedisServer());
  const directory = workingDirectory();
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void taken.close());
  const address = taken.address();
  const port = String(typeof address === 'object' && address !== null ? address.port : 0);
  const env = { ...environment(), BRIDGE_ROLE: 'all', BRIDGE_PORT: port };
  const bridge = start(process.execPath, [MAIN], env, directory);
  expect(await until('the end', () => bridge.ended())).toBe(1);
  expect(bridge.output()).toContain('BRIDGE_PORT');
  expect(bridge.output()).not.toContain('    at ');
  expect(redisProcesses(directory)).toHaveLength(0);
});

test('a bad configuration ends the start with 1 and the list of what to mend, and no stack', async () => {
  const bridge = startMain({ BRIDGE_PORT: 'many', PORT_CLIENT_ID: '' });
  expect(await until('the end', () => bridge.ended())).toBe(1);
  expect(bridge.output()).toBe(
    'The configuration has 2 problems:\n  BRIDGE_PORT must be a whole number from 0 to 65535\n  PORT_CLIENT_ID is missing\n',
  );
});

/** The process ids of the redis-servers that work in a directory. */
function redisProcesses(directory: string): number[] {
  const list = 'for p in $(pgrep redis-server); do echo "$p $(readlink /proc/$p/cwd)"; done';
  const found = spawnSync('sh', ['-c', list], { encoding: 'utf8' }).stdout.split('\n');
  return found.filter((line) => line.includes(` ${directory}`)).map((line) => Number(line.split(' ')[0]));
}

/** A working directory of one test; what still runs in it at the end is ended. */
function workingDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'changebridge-process-'));
  onTestFinished(() => {
    for (const pid of redisProcesses(directory)) process.kill(pid);
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}
