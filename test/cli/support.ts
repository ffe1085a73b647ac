import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import type { ExitCode, Host } from '../../bridge/cli/host.ts';
import { runCli } from '../../bridge/cli/run.ts';
import type { PortOptions } from '../../sandbox/port/options.ts';
import { type PortStandIn, startPort } from '../../sandbox/port/server.ts';

export const ROOT = path.resolve(import.meta.dirname, '../..');
const CLIENT = { clientId: 'client', clientSecret: 'client-secret-of-the-test' };

/** What a command line said, and how it ended. */
export type Ended = { readonly code: ExitCode; readonly said: string; readonly complained: string };
export type Machine = {
  readonly port: PortStandIn;
  /** Runs a command line on a machine with these settings, where nobody is at the terminal unless `answer` says so. */
  readonly run: (line: string, how?: { readonly env?: Env; readonly answer?: boolean }) => Promise<Ended>;
};
type Env = Readonly<Record<string, string>>;

/** An empty portal, and a machine that is set up for it. */
export async function machine(options: Partial<PortOptions> = {}): Promise<Machine> {
  const port = await startPort({ ...CLIENT, ...options });
  onTestFinished(() => port.close());
  const settings = {
    BRIDGE_PUBLIC_URL: 'https://bridge.example.com',
    PORT_API_URL: port.url,
    PORT_CLIENT_ID: CLIENT.clientId,
    PORT_CLIENT_SECRET: CLIENT.clientSecret,
  };
  return { port, run: (line, { env = {}, answer } = {}) => runOn({ ...settings, ...env }, line, answer) };
}

/** Runs a command line on a machine with these settings. */
export async function runOn(env: Env, line: string, answer?: boolean): Promise<Ended> {
  let said = '';
  let complained = '';
  const host: Host = {
    root: ROOT,
    env,
    readFile: (from) => (existsSync(from) ? readFileSync(from, 'utf8') : ''),
    writeFile: (to, lines) => pipeline(lines, createWriteStream(to, { flags: 'wx' })),
    readLines: (from) => createInterface({ input: createReadStream(from) }),
    fetch,
    pause: (ms) => pause(ms / 20),
    clock: Date.now,
    isTerminal: answer !== undefined,
    confirm: async (question) => {
      said += `${question}\n`;
      return answer === true;
    },
    say: (text) => {
      said += text;
    },
    complain: (text) => {
      complained += text;
    },
  };
  const code = await runCli(line.split(' '), host);
  return { code, said, complained };
}

/** A definition as the portal's API shows it. */
export async function shown(port: PortStandIn, pathname: string): Promise<Record<string, unknown>> {
  const answer = await call(port, 'GET', pathname);
  return z
    .record(z.string(), z.unknown())
    .parse(Object.values(answer).find((each) => typeof each === 'object'));
}

/** Somebody else changes something in the portal. */
export async function call(
  port: PortStandIn,
  method: string,
  pathname: string,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${await tokenOf(port)}` };
  const response = await fetch(`${port.url}${pathname}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const json: unknown = await response.json();
  if (!response.ok) throw new Error(`${method} ${pathname}: ${JSON.stringify(json)}`);
  return z.record(z.string(), z.unknown()).parse(json);
}

async function tokenOf(port: PortStandIn): Promise<string> {
  const response = await fetch(`${port.url}/auth/access_token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(CLIENT),
  });
  return z.object({ accessToken: z.string() }).parse(await response.json()).accessToken;
}

/** The writes that reached the portal, as `METHOD /path`. */
export function writes(port: PortStandIn): string[] {
  return port.requests
    .list()
    .filter(({ method, path: to }) => method !== 'GET' && !to.endsWith('/auth/access_token'))
    .map(({ method, path: to }) => `${method} ${to.replace(/^\/v1/, '')}`);
}
