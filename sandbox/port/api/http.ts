import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { invalid, PortError, tooMany } from './errors.ts';
import { createMeter, type RateLimits } from './limits.ts';
import type { Actor } from '../state/model.ts';
import type { Organisation } from '../state/organisation.ts';

export type Env = { Bindings: HttpBindings; Variables: { actor: Actor } };

const ONE_MEBIBYTE = 1024 * 1024;
const flag = z.enum(['true', 'false']).optional();

/** Answers every PortError in Port's shape and hides everything else behind a 500. */
export function answerError(error: Error, c: Context): Response {
  if (error instanceof PortError) return c.json(error.body(), error.status);
  return c.json({ ok: false, error: 'internal_error', message: error.message }, 500);
}

/** 413 over 1 MiB, declared or chunked. The body is read to its end, so that the caller gets to see the answer. */
export function limitBody(): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (Buffer.byteLength(await c.req.text()) > ONE_MEBIBYTE) {
      throw new PortError(413, 'payload_too_large', 'The request body is larger than 1 MiB');
    }
    await next();
  };
}

/** Counts requests, shows the usage in headers and refuses with 429 when it is exceeded. */
export function limitRate(org: Organisation, limits: RateLimits): MiddlewareHandler<Env> {
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
