import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { startPort, type PortOptions, type PortStandIn } from '../server.ts';

export const CLIENT_ID = 'client';
export const CLIENT_SECRET = 'client-secret';
export const PORTAL_DIR = fileURLToPath(new URL('../../../portal', import.meta.url));

const token = z.object({ accessToken: z.string() });
const address = z.object({ port: z.number() });

export interface Answer {
  status: number;
  headers: Headers;
  json: unknown;
}

export type Call = (method: string, path: string, body?: unknown) => Promise<Answer>;

/** A stand-in for one test; it is closed when the test ends. */
export async function standIn(
  options: Partial<PortOptions> = {},
): Promise<{ port: PortStandIn; call: Call }> {
  const port = await startPort({ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, ...options });
  onTestFinished(() => port.close());
  return { port, call: await signedIn(port) };
}

/** A caller of the API with the stand-in's own token. */
export async function signedIn(port: PortStandIn): Promise<Call> {
  const authorization = `Bearer ${await accessToken(port)}`;
  return (method, path, body) => request(`${port.url}${path}`, method, body, { authorization });
}

export async function accessToken(port: PortStandIn): Promise<string> {
  const credentials = { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET };
  const answer = await request(`${port.url}/auth/access_token`, 'POST', credentials);
  return token.parse(answer.json).accessToken;
}

export async function request(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const content = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, json: isJson ? JSON.parse(content) : content };
}

export interface Received {
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** A backend that keeps what it receives and answers with `status`. */
export async function receiver(status = 202): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request_, response) => {
    let body = '';
    request_.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request_.on('end', () => {
      received.push({ path: request_.url ?? '', headers: request_.headers, body });
      response.writeHead(status, { 'content-type': 'application/json' }).end('{"seen":true}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => stop(server));
  return { url: `http://127.0.0.1:${address.parse(server.address()).port}`, received };
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/** The value at a path inside an answer; fails the test when it is not a string. */
export function text(value: unknown, ...path: (string | number)[]): string {
  return z.string().parse(at(value, ...path));
}

export function at(value: unknown, ...path: (string | number)[]): unknown {
  const container = z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]);
  return path.reduce<unknown>(
    (inner, key) => Object.entries(container.parse(inner)).find(([name]) => name === String(key))?.[1],
    value,
  );
}

/** A blueprint with one property of each kind that matters here. */
export const SAMPLE = {
  identifier: 'sample',
  title: 'Sample',
  schema: {
    properties: {
      name: { type: 'string' },
      active: { type: 'boolean' },
      level: { type: 'string', enum: ['low', 'high'], enumColors: { low: 'green', high: 'red' } },
      since: { type: 'string', format: 'date-time' },
    },
    required: [],
  },
  relations: { parent: { target: 'sample', many: false, required: false } },
};

/** A self-service action without entity that calls `url`. */
export function sampleAction(url: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    identifier: 'do_it',
    title: 'Do it',
    trigger: {
      type: 'self-service',
      operation: 'CREATE',
      userInputs: { properties: { size: { type: 'number' }, note: { type: 'string' } }, required: [] },
    },
    invocationMethod: { type: 'WEBHOOK', url, body: { runId: '{{ .run.id }}' } },
    ...changes,
  };
}
