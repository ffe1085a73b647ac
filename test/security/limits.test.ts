import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Hono } from 'hono';
import { expect, inject, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { BodyReader, type BodyLimits } from '../../bridge/http/body.ts';
import type { HttpEnv } from '../../bridge/http/env.ts';
import { errorHandler } from '../../bridge/http/errors.ts';
import { LISTEN_LIMITS, listen, type ListenLimits } from '../../bridge/http/listen.ts';
import { createLog } from '../../bridge/log.ts';
import { environment } from '../operator/support.ts';
import { until } from '../support/until.ts';
import { exchange, rawConnection, untilClosed } from './raw.ts';

const MIB = 1024 * 1024;
const MAIN = fileURLToPath(new URL('../../bridge/main.ts', import.meta.url));

/** A server with one route that reads a body as every route does, and answers its length. */
async function bodyServer(limits: Partial<ListenLimits>, bodies: BodyLimits) {
  const reader = new BodyReader(bodies);
  const log = createLog('fatal', { write: () => undefined });
  const app = new Hono<HttpEnv>()
    .onError(errorHandler(log, () => false))
    .post('/', async (c) => c.text(String((await reader.read(c)).length)));
  const server = await listen(app, '127.0.0.1', 0, { checkMs: 20, ...limits });
  onTestFinished(() => server.close(0));
  return { url: server.url, reader };
}

const SMALL: BodyLimits = { bodyBytes: 1_000, heldBytes: 10_000 };

function head(headers: string): string {
  return `POST / HTTP/1.1\r\nhost: x\r\n${headers}\r\n\r\n`;
}

test('the deadlines are 10 s for headers, 15 s for a request, 75 s between requests; 2,000 connections', () => {
  expect(LISTEN_LIMITS).toMatchObject({
    headersMs: 10_000,
    requestMs: 15_000,
    idleMs: 75_000,
    connections: 2_000,
  });
});

test('a client that never ends its headers, or never begins, is cut off at the deadline', async () => {
  const { url } = await bodyServer({ headersMs: 200, requestMs: 60_000 }, SMALL);
  const silent = untilClosed(await rawConnection(url));
  const slow = await rawConnection(url);
  slow.write('POST / HTTP/1.1\r\nhost:');
  expect(await untilClosed(slow)).toMatch(/^(HTTP\/1\.1 408 |$)/);
  await silent;
});

test('a slow body is cut off at its deadline, and nothing of it is held any longer', async () => {
  const { url, reader } = await bodyServer({ headersMs: 300, requestMs: 300 }, SMALL);
  const slow = await rawConnection(url);
  slow.write(`${head('content-length: 900')}{"a`);
  await until('the body is being read', () => reader.heldBytes > 0);
  expect(await untilClosed(slow)).toMatch(/^(HTTP\/1\.1 408 |$)/);
  await until('nothing is held', () => reader.heldBytes === 0);
});

test('an idle connection is closed after its deadline, and not between two quick requests', async () => {
  const { url } = await bodyServer({ idleMs: 300 }, SMALL);
  const socket = await rawConnection(url);
  let answers = '';
  socket.setEncoding('utf8').on('data', (part: string) => (answers += part));
  socket.write(`${head('content-length: 2')}{}`);
  await until('the first answer', () => answers.includes('200 OK'));
  socket.write(`${head('content-length: 3')}{ }`);
  await until('the second answer', () => answers.match(/200 OK/g)?.length === 2);
  await until('the end', () => socket.destroyed || socket.readableEnded);
});

test('no more connections are taken than the cap, and the next one when there is room', async () => {
  const { url } = await bodyServer({ connections: 3 }, SMALL);
  const held = await Promise.all([1, 2, 3].map(() => rawConnection(url)));
  expect(await untilClosed(await rawConnection(url))).toBe('');
  held[0]?.destroy();
  await until('room', async () =>
    (await exchange(url, head('content-length: 0\r\nconnection: close'))).includes('200 OK'),
  );
});

test('a declared length that is too large is refused before a byte of the body is read', async () => {
  const { url, reader } = await bodyServer({}, SMALL);
  const socket = await rawConnection(url);
  socket.write(head('content-length: 1001'));
  expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 413 /);
  expect(reader.heldBytes).toBe(0);
});

test('a body without a declared length is read no further than its limit', async () => {
  const { url, reader } = await bodyServer({}, SMALL);
  const socket = await rawConnection(url);
  socket.write(head('transfer-encoding: chunked'));
  socket.write(`400\r\n${'x'.repeat(0x400)}\r\n`);
  expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 413 /);
  expect(reader.heldBytes).toBe(0);
});

test('a body comes whole, however it is cut: in one piece, byte by byte, in chunks of one byte', async () => {
  const { url, reader } = await bodyServer({}, SMALL);
  const lengthOf = async (parts: readonly string[]): Promise<string | undefined> => {
    const socket = await rawConnection(url);
    socket.setNoDelay(true);
    for (const part of parts) await new Promise((resolve) => socket.write(part, resolve));
    return (await untilClosed(socket)).split('\r\n').at(-1);
  };
  const close = 'connection: close';
  expect(await lengthOf([`${head(`content-length: 1000\r\n${close}`)}${'x'.repeat(1_000)}`])).toBe('1000');
  const bytes = Array.from({ length: 300 }, () => 'x');
  expect(await lengthOf([head(`content-length: 300\r\n${close}`), ...bytes])).toBe('300');
  const chunks = [...bytes.map((byte) => `1\r\n${byte}\r\n`), '0\r\n\r\n'];
  expect(
    await exchangeLength(url, `${head(`transfer-encoding: chunked\r\n${close}`)}${chunks.join('')}`),
  ).toBe('300');
  expect(reader.heldBytes).toBe(0);
});

async function exchangeLength(url: string, text: string): Promise<string | undefined> {
  // The answer itself is of one chunk or has a length; its last line is the body's.
  return (await exchange(url, text)).split('\r\n').findLast((line) => /^\d{3}$/.test(line));
}

test('bodies beyond the budget are answered 503 at once, with Retry-After; others go on when there is room', async () => {
  const { url, reader } = await bodyServer({}, { bodyBytes: 1_000, heldBytes: 3_000 });
  const held: Socket[] = [];
  for (let count = 0; count < 3; count += 1) {
    const socket = await rawConnection(url);
    socket.write(`${head('content-length: 1000\r\nconnection: close')}${'x'.repeat(999)}`);
    held.push(socket);
  }
  await until('the budget is spent', () => reader.heldBytes === 3_000);
  const refused = await exchange(url, `${head('content-length: 1000')}${'x'.repeat(999)}`);
  expect(refused).toMatch(/^HTTP\/1\.1 503 /);
  expect(refused).toMatch(/retry-after: 5/i);
  expect(refused).toContain('/docs/problems#busy');
  held[0]?.write('x');
  await until('room', () => reader.heldBytes === 2_000);
  const taken = await exchange(url, `${head('content-length: 500\r\nconnection: close')}${'x'.repeat(500)}`);
  expect(taken).toMatch(/^HTTP\/1\.1 200 /);
  for (const socket of held) socket.destroy();
  await until('nothing is held', () => reader.heldBytes === 0);
});

test('a length that is declared and not sent takes none of the budget from others', async () => {
  const { url, reader } = await bodyServer({}, { bodyBytes: 1_000, heldBytes: 1_000 });
  for (let count = 0; count < 20; count += 1) {
    (await rawConnection(url)).write(head('content-length: 1000'));
  }
  const answer = await exchange(url, `${head('content-length: 900\r\nconnection: close')}${'x'.repeat(900)}`);
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(reader.heldBytes).toBe(0);
});

/** The most memory (bytes) that a process has held so far. */
function peakOf(pid: number): number {
  const [, kib = ''] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}

/** The bridge as it is run. */
async function startMain(): Promise<{ url: string; pid: number }> {
  const env = {
    PATH: process.env['PATH'],
    ...environment(),
    REDIS_URL: inject('redisUrl'),
    REDIS_PREFIX: `l-${randomUUID().slice(0, 13)}`,
  };
  const child = spawn(process.execPath, ['--max-semi-space-size=4', MAIN], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lineSchema = z.looseObject({ msg: z.string(), url: z.string().optional() });
  const url = await new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { msg, url: found } = lineSchema.parse(JSON.parse(line));
      if (msg === 'The bridge is up.' && found !== undefined) resolve(found);
    });
  });
  return { url, pid: child.pid ?? 0 };
}

test.each(['content-length: 2097000', 'transfer-encoding: chunked'])(
  '600 connections that hold nearly 2 MB each, unverified (%s), leave the process under 256 MiB',
  async (framing) => {
    const { url, pid } = await startMain();
    const piece = Buffer.alloc(64 * 1024, 'x');
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), piece, Buffer.from('\r\n')]);
    const start = `POST /webhooks/gitlab HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${framing}\r\n\r\n`;
    let refused = 0;
    const hold = async (): Promise<void> => {
      const socket = await rawConnection(url);
      let isRefused = false;
      const count = (): void => {
        if (!isRefused) refused += 1;
        isRefused = true;
      };
      socket.setEncoding('latin1').on('data', (text: string) => {
        if (text.startsWith('HTTP/1.1 503 ')) count();
      });
      // On a busy machine its bytes come too slowly: then it is cut off.
      socket.on('close', count);
      socket.write(start);
      for (let sent = 0; sent < 31 && !socket.destroyed; sent += 1) {
        const more = framing.startsWith('content-length') ? piece : chunk;
        await new Promise<void>((resolve) => void socket.write(more, () => resolve()));
      }
    };
    const flood = Promise.all(Array.from({ length: 600 }, hold));
    await until('most are refused', () => refused > 500, 60_000);
    await flood;
    expect(peakOf(pid)).toBeLessThan(256 * MIB);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  },
);
