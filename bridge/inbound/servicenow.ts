import { Hono } from 'hono';
import { z } from 'zod';
import type { HttpEnv } from '../http/env.ts';
import { parseJson } from '../http/json.ts';
import { changeRecordSchema, untoldFields } from '../model/change.ts';
import { accept } from './accept.ts';
import type { InboundContext } from './context.ts';
import { refuse, standardParts } from './proof.ts';
import { signingKeys, verifyStandard } from './signatures.ts';

/** The app asks whether the bridge is there and knows the secret. */
const pingSchema = z.looseObject({ event: z.literal('ping') });
const eventSchema = z.object({
  event: z.enum(['change.created', 'change.updated', 'change.deleted']),
  occurred_at: z.string().optional(),
  record: changeRecordSchema,
});

/** `POST /webhooks/servicenow`: an event of the scoped app's outbox, signed as Standard Webhooks. */
export function servicenowRoutes(inbound: InboundContext): Hono<HttpEnv> {
  const { config, ledger, enqueue, clock } = inbound;
  const keys = signingKeys(config.SERVICENOW_WEBHOOK_SECRETS);
  return new Hono<HttpEnv>().post('/servicenow', async (c) => {
    const body = await inbound.bodies.usual.readJson(c);
    const parts = standardParts(c);
    const secret = verifyStandard(keys, parts, body, clock());
    const { id } = parts;
    if (secret === undefined || id === undefined) throw refuse(inbound, 'servicenow', c, parts);
    const message = parseJson(body, z.union([pingSchema, eventSchema]));
    if (message.event === 'ping') {
      // A bridge that could not store a message must not seem well.
      await ledger.ping();
      inbound.onWebhook('servicenow', 'ping', secret);
      return c.json({ version: inbound.version, time: new Date(clock()).toISOString(), secret });
    }
    const { event, record } = message;
    const isComplete = untoldFields(record, config.SERVICENOW_TAGS_FIELD).length === 0;
    const delivered = { id, record, isComplete, isDeletion: event === 'change.deleted' };
    return accept(
      inbound,
      'servicenow',
      async () => {
        const received = await ledger.events.receive(delivered, clock);
        // A repetition too: the wake-up of the first time may have been lost.
        const { sysId } = record;
        await Promise.all([
          received.needsSync ? enqueue('change-sync', sysId) : undefined,
          received.needsDecision ? enqueue('decision', sysId) : undefined,
        ]);
        return received.isKnown ? 'duplicate' : 'accepted';
      },
      secret,
    );
  });
}
