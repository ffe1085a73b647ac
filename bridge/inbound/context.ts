import type { Context } from 'hono';
import type { z } from 'zod';
import type { Config } from '../config.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log } from '../log.ts';
import { messageOf } from '../model/errors.ts';
import type { Clock, Enqueue } from '../model/jobs.ts';
import { parseBody } from '../http/body.ts';
import { problem, unauthorized } from '../http/problem.ts';
import { verifyPort } from './signatures.ts';

/** What every inbound route is handed. */
export type InboundContext = {
  readonly config: Config;
  readonly ledger: Ledger;
  readonly enqueue: Enqueue;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of every webhook: for metrics. `secret` is which of the active secrets matched. */
  readonly onWebhook: (
    source: string,
    outcome: 'accepted' | 'duplicate' | 'refused' | 'unstored',
    secret?: number,
  ) => void;
};

/** The raw bytes of a JSON request; a problem answer where it is not declared as JSON. */
export async function rawJson(c: Context): Promise<Buffer | Response> {
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/([\w.+-]*\+)?json\s*(;|$)/i.test(type)) {
    return problem('unsupported-media-type', 'Send the body as application/json.');
  }
  return Buffer.from(await c.req.arrayBuffer());
}

/** Verifies the portal's signature and parses the body. */
export async function portBody<T>(
  inbound: InboundContext,
  c: Context,
  schema: z.ZodType<T>,
): Promise<T | Response> {
  const body = await rawJson(c);
  if (body instanceof Response) return body;
  const parts = { timestamp: c.req.header('x-port-timestamp'), signature: c.req.header('x-port-signature') };
  if (!verifyPort(inbound.config.PORT_CLIENT_SECRET, parts, body, inbound.clock())) {
    inbound.onWebhook('port', 'refused');
    return unauthorized();
  }
  return parseBody(body.toString('utf8'), schema);
}

/**
 * Stores and enqueues, then answers 202. Where Redis does not take it the answer is 503 with Retry-After: then
 * nothing was accepted, and the sender keeps it.
 */
export async function accept(
  inbound: InboundContext,
  source: string,
  store: () => Promise<'accepted' | 'duplicate'>,
  secret?: number,
): Promise<Response> {
  try {
    const status = await store();
    inbound.onWebhook(source, status, secret);
    return Response.json({ status }, { status: 202 });
  } catch (error) {
    inbound.onWebhook(source, 'unstored');
    inbound.log.error(
      { source, error: messageOf(error) },
      'A webhook could not be stored; its sender was asked to retry.',
    );
    return problem('unavailable', 'Redis is away, so nothing was accepted. Send it again.');
  }
}

/**
 * Remembers an accepted delivery, once its job is durable. The sender's answer does not wait for it: a repetition
 * that slips through a lost receipt changes nothing.
 */
export function markReceipt(inbound: InboundContext, source: string, id: string): void {
  inbound.ledger.receipts.mark(source, id, inbound.clock()).catch((error: unknown) => {
    inbound.log.warn({ source, error: messageOf(error) }, 'A receipt was not kept.');
  });
}
