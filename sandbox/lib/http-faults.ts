import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context, MiddlewareHandler } from 'hono';
import type { Bindings } from './listen.ts';
import type { Fault, FaultSwitch } from './faults.ts';

/** The misbehaviours of any HTTP service. The two timeouts differ in whether the request took effect. */
export const HTTP_FAULTS = [
  'latency',
  '429',
  '500',
  '502',
  'timeout-before-effect',
  'timeout-after-effect',
] as const;

export type HttpFault = (typeof HTTP_FAULTS)[number];

export type HttpFaultAnswers = Record<'429' | '500' | '502', (c: Context) => Response>;

/**
 * Middleware that plays the HTTP faults; a fault's subject is "METHOD /path?query".
 * `answers` gives the service's own way of saying 429, 500 and 502.
 */
export function httpFaults<Kind extends string>(
  faults: FaultSwitch<Kind | HttpFault>,
  answers: HttpFaultAnswers,
): MiddlewareHandler<Bindings> {
  return async (c, next) => {
    const url = new URL(c.req.url);
    const subject = `${c.req.method} ${url.pathname}${url.search}`;
    const delay = faults.take(subject, 'latency');
    if (delay !== undefined) await sleep(delay.ms ?? 1000);
    const before = faults.take(subject, 'timeout-before-effect', '429', '500', '502');
    if (before?.kind === 'timeout-before-effect') return noAnswer(c.env, before);
    if (before?.kind === '429') return answers['429'](c);
    if (before?.kind === '500') return answers['500'](c);
    if (before?.kind === '502') return answers['502'](c);
    await next();
    const after = faults.take(subject, 'timeout-after-effect');
    if (after === undefined) return undefined;
    c.res = await noAnswer(c.env, after);
    return undefined;
  };
}

/** Leaves the client without an answer: resets its connection, or holds it open until one side closes. */
export async function noAnswer(env: HttpBindings, fault: Pick<Fault<string>, 'mode'>): Promise<Response> {
  const { incoming } = env;
  if (fault.mode !== 'hang') {
    incoming.socket.destroy();
    return RESPONSE_ALREADY_SENT;
  }
  if (!incoming.socket.destroyed) {
    await new Promise<void>((resolve) => incoming.socket.once('close', () => resolve()));
  }
  return RESPONSE_ALREADY_SENT;
}
