import { Hono } from 'hono';
import { z } from 'zod';
import type { HttpEnv } from '../http/env.ts';
import { parseJson } from '../http/json.ts';
import { changeRecordSchema, untoldFields } from '../model/change.ts';
import { accept, markReceipt } from './accept.ts';
import type { InboundContext } from './context.ts';
import { refuse, standardParts } from './proof.ts';
import { signingKeys, verifyStandard } from './signatures.ts';

const eventSchema = z.object({
  event: z.enum(['change.created', 'change.updated', 'change.deleted']),
  occurred_at: z.string().optional(),
  record: changeRecordSchema,
});

/** `POST /webhooks/servicenow`: an event of the scoped app's outbox, signed as Standard Webhooks. */
export function servicenowRoutes(inbound: InboundContext): Hono<HttpEnv> {
  const { config, ledger, enqueue, clock } = inbound;
  const keys = signingKeys(config.SERVICENOW_WEBHOOK_SECRETS);
  const store = async ({ event, record }: z.output<typeof eventSchema>): Promise<void> => {
    const complete = untoldFields(record, config.SERVICENOW_TAGS_FIELD).length === 0;
    if (event === 'change.deleted') {
      await ledger.changes.remove(record, 'event', clock());
      return enqueue('decision', record.sysId);
    }
    const seen = await ledger.changes.observe(record, complete, 'event', clock());
    if (seen.needsDecision) await enqueue('decision', record.sysId);
  };
  return new Hono<HttpEnv>().post('/servicenow', async (c) => {
    const body = await inbound.bodies.usual.readJson(c);
    const parts = standardParts(c);
    const secret = verifyStandard(keys, parts, body, clock());
    const { id } = parts;
    if (secret === undefined || id === undefined) throw refuse(inbound, 'servicenow', c, parts);
    const event = parseJson(body, eventSchema);
    const { record } = event;
    return accept(
      inbound,
      'servicenow',
      async () => {
        // Storing again what is stored changes nothing, so it need not wait for the receipt's answer.
        const [known] = await Promise.all([ledger.receipts.has('servicenow', id), store(event)]);
        if (known) return 'duplicate';
        await enqueue('change-sync', record.sysId);
        markReceipt(inbound, 'servicenow', id);
        return 'accepted';
      },
      secret,
    );
  });
}
