import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context, MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { type AnyFault, faultKind } from './faults.ts';
import type { Bindings } from './listen.ts';

const duration = z.number().nonnegative().max(600_000);

/**
 * The misbehaviours of any HTTP service: it is slow, or it never answers. The two timeouts differ in whether
 * the request took effect. `mode` is what they do where a fault does not say it.
 */
export function httpFaultKinds(mode: 'reset' | 'hang') {
  const withheld = { mode: z.enum(['reset', 'hang']).default(mode), holdMs: duration.optional() };
  return [
    faultKind('latency', { ms: duration.default(1000) }),
    faultKind('timeout-before-effect', withheld),
    faultKind('timeout-after-effect', withheld),
  ] as const;
}

/** How a service refuses: with which of its faults this request, and in which words. */
export type Refusals<Fault extends AnyFault> = {
  readonly kinds: (c: Context) => readonly Fault['kind'][];
  readonly answer: (c: Context, fault: Fault) => Response;
};

type Switch<Fault> = { strike: (subject: string, kinds: readonly string[]) => Fault | undefined };

/** What an HTTP fault's `match` is compared with: "METHOD /path?query". */
export function subjectOf(c: Context): string {
  const { url, method } = c.req;
  return `${method} ${url.slice(url.indexOf('/', url.indexOf('//') + 2))}`;
}

/** Middleware that plays the faults, in this order: slow, refused or silent, and silent after the effect. */
export function httpFaults<Fault extends AnyFault>(
  faults: Switch<Fault>,
  refusals: Refusals<Fault>,
): MiddlewareHandler<Bindings> {
  return async (c, next) => {
    const subject = subjectOf(c);
    const slow = faults.strike(subject, ['latency']);
    if (slow !== undefined) await sleep(slow.ms);
    const before = faults.strike(subject, ['timeout-before-effect', ...refusals.kinds(c)]);
    if (before?.kind === 'timeout-before-effect') return noAnswer(c.env, before);
    if (before !== undefined) return refusals.answer(c, before);
    await next();
    const after = faults.strike(subject, ['timeout-after-effect']);
    if (after !== undefined) c.res = await noAnswer(c.env, after);
    return undefined;
  };
}

/** Delays every answer by `ms` milliseconds, as a far-away service does. */
export function fixedLatency(ms: number): MiddlewareHandler {
  return async (_, next) => {
    if (ms > 0) await sleep(ms);
    await next();
  };
}

/** Leaves the client without an answer: resets its connection, or first holds it open. */
async function noAnswer({ incoming }: HttpBindings, { mode, holdMs }: AnyFault): Promise<Response> {
  const { socket } = incoming;
  if (mode === 'hang' && !socket.destroyed) {
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const over = new AbortController();
    await (holdMs === undefined
      ? closed
      : Promise.race([closed, sleep(holdMs, undefined, { signal: over.signal }).catch(() => {})]));
    over.abort();
  }
  socket.destroy();
  return RESPONSE_ALREADY_SENT;
}
