import type { IncomingHttpHeaders } from 'node:http';
import type { Context } from 'hono';
import type { HttpEnv } from '../http/env.ts';
import type { ProblemError } from '../http/problem.ts';
import type { InboundContext } from './context.ts';
import { type SignedParts, whyRefused } from './signatures.ts';

/** The headers of a Standard Webhooks signature. */
export function standardParts(c: Context<HttpEnv>): SignedParts {
  const { headers } = c.env.incoming;
  return {
    id: one(headers, 'webhook-id'),
    timestamp: one(headers, 'webhook-timestamp'),
    signature: one(headers, 'webhook-signature'),
  };
}

/** The headers of the portal's signature. */
export function portParts(c: Context<HttpEnv>): Omit<SignedParts, 'id'> {
  const { headers } = c.env.incoming;
  return { timestamp: one(headers, 'x-port-timestamp'), signature: one(headers, 'x-port-signature') };
}

/** Counts and tells a webhook whose signature proves nothing; the error is its answer. */
export function refuse(
  inbound: InboundContext,
  source: string,
  c: Context<HttpEnv>,
  parts: Omit<SignedParts, 'id'>,
): ProblemError {
  inbound.onWebhook(source, 'refused');
  return inbound.refusals.webhook(c, whyRefused(parts, inbound.clock()));
}

/** Node gives only a few known headers as lists, and these are none of them. */
function one(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
