import { setTimeout as sleep } from 'node:timers/promises';
import { Hono } from 'hono';
import { z } from 'zod';
import { listen } from '../../lib/listen.ts';
import { startGitLab, type GitLabOptions, type GitLabStandIn, type ProjectOptions } from '../server.ts';

export const TRIGGER_TOKEN = 'glptt-test';
export const READ_TOKEN = 'glpat-read';
export const API_TOKEN = 'glpat-api';

type Overrides = Partial<Omit<GitLabOptions, 'projects'>> & { project?: Partial<ProjectOptions> };

/** A stand-in with one project (42, `shop/cart`) that is closed at the end of the `await using` block. */
export async function gitlab(overrides: Overrides = {}): Promise<GitLabStandIn & AsyncDisposable> {
  const { project, ...rest } = overrides;
  const standIn = await startGitLab({
    projects: [{ id: 42, path: 'shop/cart', triggerTokens: [TRIGGER_TOKEN], stageMs: 1, ...project }],
    apiTokens: [
      { token: READ_TOKEN, scopes: ['read_api'] },
      { token: API_TOKEN, scopes: ['api'] },
    ],
    ...rest,
  });
  return { ...standIn, [Symbol.asyncDispose]: standIn.close };
}

export type Call = { path: string; headers: Record<string, string>; text: string; json: unknown };
type Answer = { status: number; body?: object };

/** A server that keeps what it is sent and answers as told. */
export async function receiver(answer: (call: Call, nth: number) => Answer) {
  const calls: Call[] = [];
  const app = new Hono();
  app.all('*', async (c) => {
    const text = await c.req.text();
    const call = { path: new URL(c.req.url).pathname, headers: c.req.header(), text, json: parseJson(text) };
    calls.push(call);
    const { status, body = {} } = answer(call, calls.length);
    return new Response(JSON.stringify(body), { status });
  });
  const server = await listen(app);
  return { url: server.url, calls, close: server.close, [Symbol.asyncDispose]: server.close };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Polls until the condition holds; fails after 5 s with what was awaited. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Not within 5 s: ${what}`);
    await sleep(5);
  }
}

export async function ended(standIn: GitLabStandIn, id: number): Promise<string> {
  const status = () => standIn.pipelines()[id - 1]?.status ?? 'none';
  await until(`pipeline ${id} ends`, () => ['success', 'failed', 'canceled'].includes(status()));
  return status();
}

/** Triggers with a JSON body and returns the status and the parsed answer. */
export async function trigger(standIn: { url: string }, body: object, headers: Record<string, string> = {}) {
  const answer = await fetch(`${standIn.url}/api/v4/projects/42/trigger/pipeline`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ token: TRIGGER_TOKEN, ref: 'main', ...body }),
  });
  const json: unknown = await answer.json();
  return { status: answer.status, json };
}

export async function triggered(standIn: { url: string }, body: object): Promise<number> {
  const { json } = await trigger(standIn, body);
  return z.object({ id: z.number() }).parse(json).id;
}

export async function get(standIn: { url: string }, path: string, token: string | null = READ_TOKEN) {
  const headers: Record<string, string> = token === null ? {} : { 'PRIVATE-TOKEN': token };
  const answer = await fetch(`${standIn.url}/api/v4${path}`, { headers });
  const json: unknown = await answer.json();
  return { status: answer.status, json, headers: answer.headers };
}

/** Uses one of the stand-in's own controls. */
export function control(standIn: { url: string }, path: string, body: object): Promise<Response> {
  return fetch(`${standIn.url}/_sandbox${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

export function jobs(standIn: GitLabStandIn, id: number): Record<string, string> {
  const pipeline = standIn.pipelines()[id - 1];
  return Object.fromEntries((pipeline?.jobs ?? []).map((job) => [job.name, job.status]));
}
