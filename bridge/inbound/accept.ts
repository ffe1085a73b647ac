import type { Acceptance } from '../intake/portal.ts';
import { messageOf } from '../model/errors.ts';
import type { InboundContext } from './context.ts';

/** Stores and enqueues. What `store` throws goes on to the sender as an error: then nothing was accepted. */
export async function storeFirst(
  inbound: InboundContext,
  source: string,
  store: () => Promise<Acceptance>,
  secret?: number,
): Promise<Acceptance> {
  try {
    const acceptance = await store();
    inbound.onWebhook(source, acceptance, secret);
    return acceptance;
  } catch (error) {
    inbound.onWebhook(source, 'unstored');
    throw error;
  }
}

/** Stores and enqueues, then answers 202. */
export async function accept(
  inbound: InboundContext,
  source: string,
  store: () => Promise<Acceptance>,
  secret?: number,
): Promise<Response> {
  const status = await storeFirst(inbound, source, store, secret);
  return Response.json({ status }, { status: 202 });
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
