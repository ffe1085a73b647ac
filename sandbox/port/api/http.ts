import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { invalid, PortError, unauthorized } from './errors.ts';
import { createMeter, type RateLimit } from './limits.ts';
import type { Actor } from '../state/model.ts';
import type { Organisation } from '../state/organisation.ts';
import { iso } from '../state/store.ts';

export type Env = { Bindings: HttpBindings; Variables: { actor: Actor } };

const ONE_MEBIBYTE = 1024 * 1024;
const flag = z.enum(['true', 'false']).optional();
const GATEWAY_PAGE =
  '<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>';

/** Answers every PortError in Port's shape and hides everything else behind a 500. */
export function answerError(error: Error, c: Context): Response {
  if (error instanceof PortError) return c.json(error.body(), error.status);
  return c.json({ ok: false, error: 'internal_error', message: error.message }, 500);
}

/** 413 over 1 MiB, declared or chunked. The body is read to its end, so that the caller gets to see the answer. */
export function limitBody(): MiddlewareHandler<Env> {
  return async (c, next) => {
    const body = await c.req.arrayBuffer();
    if (body.byteLength > ONE_MEBIBYTE) {
      throw new PortError(413, 'payload_too_large', 'The request body is larger than 1 MiB');
    }
    await next();
  };
}

/** Keeps a record of the latest requests, at most `limit`; client secrets are blanked. */
export function recordRequests(org: Organisation, limit: number): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (limit === 0) return next();
    const url = new URL(c.req.url);
    const record = {
      at: iso(org.clock),
      method: c.req.method,
      path: url.pathname,
      query: url.search,
      status: 0,
      body: await loggedBody(c),
    };
    org.store.requests.push(record);
    if (org.store.requests.length > limit) org.store.requests.shift();
    await next();
    record.status = held.has(c.req.raw) ? 0 : c.res.status;
    return undefined;
  };
}

const held = new WeakSet<Request>();

async function loggedBody(c: Context): Promise<unknown> {
  const text = await c.req.text();
  if (text === '') return undefined;
  try {
    return JSON.parse(text, (key, value: unknown) => (key === 'clientSecret' ? '******' : value));
  } catch {
    return text;
  }
}

/** Counts requests, shows the usage in headers and refuses with 429 when it is exceeded. */
export function limitRate(
  org: Organisation,
  limits: { entities: RateLimit; other: RateLimit },
): MiddlewareHandler<Env> {
  const entities = createMeter(limits.entities, org.clock);
  const other = createMeter(limits.other, org.clock);
  return async (c, next) => {
    const usage = /\/entities\b/.test(c.req.path) ? entities() : other();
    c.header('x-ratelimit-limit', String(usage.limit));
    c.header('x-ratelimit-period', String(usage.period));
    c.header('x-ratelimit-remaining', String(usage.remaining));
    c.header('x-ratelimit-reset', String(usage.reset));
    if (usage.exceeded) throw tooMany();
    await next();
  };
}

/** Lets the waiting faults strike, in the order: slow, silent before, broken, and silent after. */
export function strikeFaults(org: Organisation): MiddlewareHandler<Env> {
  return async (c, next) => {
    const subject = `${c.req.method} ${c.req.path}${new URL(c.req.url).search}`;
    const slow = org.faults.take('latency', subject);
    if (slow !== undefined) await wait(slow.ms, org.closing);
    const before = org.faults.take('timeout-before-effect', subject);
    if (before !== undefined) return hold(c, org, before.holdMs);
    const broken = brokenAnswer(c, org, subject);
    if (broken !== undefined) return broken;
    const after = org.faults.take('timeout-after-effect', subject);
    await next();
    if (after !== undefined) await hold(c, org, after.holdMs);
    return undefined;
  };
}

function brokenAnswer(c: Context<Env>, org: Organisation, subject: string): Response | undefined {
  if (org.faults.take('html', subject) !== undefined) {
    return new Response(GATEWAY_PAGE, { status: 502, headers: { 'content-type': 'text/html' } });
  }
  if (org.faults.take('500', subject) !== undefined) {
    return c.json({ ok: false, error: 'internal_error', message: 'Something went wrong' }, 500);
  }
  const limited = org.faults.take('429', subject);
  if (limited !== undefined) {
    const base = limited.format === 'epoch' ? Math.floor(org.clock() / 1000) : 0;
    c.header('x-ratelimit-remaining', '0');
    c.header('x-ratelimit-reset', String(base + limited.reset));
    throw tooMany();
  }
  const signsIn = c.req.path.endsWith('/auth/access_token');
  if (!signsIn && org.faults.take('expired-token', subject) !== undefined) {
    org.tokens.revokeAll();
    throw unauthorized('The access token has expired');
  }
  return undefined;
}

function tooMany(): PortError {
  return new PortError(429, 'rate_limit_exceeded', 'Too many requests; wait until x-ratelimit-reset');
}

// Withholds the answer until the caller gives up, the time is over, or the server closes.
async function hold(c: Context<Env>, org: Organisation, holdMs: number | undefined): Promise<Response> {
  held.add(c.req.raw);
  const { socket } = c.env.incoming;
  await new Promise<void>((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = holdMs === undefined ? undefined : setTimeout(finish, holdMs);
    socket.once('close', finish);
    org.closing.addEventListener('abort', finish, { once: true });
  });
  socket.destroy();
  return c.body(null, 504);
}

function wait(ms: number, closing: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    closing.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

/** Only a valid token passes; the rest of the request then acts for its owner. */
export function authenticate(org: Organisation): MiddlewareHandler<Env> {
  return async (c, next) => {
    c.set('actor', org.tokens.resolve(c.req.header('authorization')));
    await next();
  };
}

/** The JSON body. @throws PortError 422 when it is not JSON */
export async function readJson(c: Context): Promise<unknown> {
  try {
    const body: unknown = await c.req.json();
    return body;
  } catch {
    throw invalid('The body is not valid JSON');
  }
}

/** A boolean query parameter; absent means false. @throws PortError 422 */
export function queryFlag(c: Context, name: string): boolean {
  const parsed = flag.safeParse(c.req.query(name));
  if (!parsed.success) throw invalid(`"${name}" must be true or false`);
  return parsed.data === 'true';
}

/** A whole number in a range. @throws PortError 422 */
export function queryNumber(c: Context, name: string, fallback: number, min: number, max: number): number {
  const text = c.req.query(name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw invalid(`"${name}" must be a whole number from ${min} to ${max}`);
  }
  return value;
}
