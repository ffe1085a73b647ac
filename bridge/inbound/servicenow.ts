import { Hono } from 'hono';
import { z } from 'zod';
import { changeRecordSchema, untoldFields } from '../model/change.ts';
import { parseBody } from '../http/body.ts';
import { unauthorized } from '../http/problem.ts';
import { accept, type InboundContext, markReceipt, rawJson } from './context.ts';
import { verifyStandard } from './signatures.ts';

const eventSchema = z.object({
  event: z.enum(['change.created', 'change.updated', 'change.deleted']),
  occurred_at: z.string().optional(),
  record: changeRecordSchema,
});

/** `POST /webhooks/servicenow`: an event of the scoped app's outbox, signed as Standard Webhooks. */
export function servicenowRoutes(inbound: InboundContext): Hono {
  const { config, ledger, enqueue, clock } = inbound;
  const store = async ({ event, record }: z.output<typeof eventSchema>): Promise<void> => {
    const complete = untoldFields(record, config.SERVICENOW_TAGS_FIELD).length === 0;
    if (event === 'change.deleted') {
      await ledger.changes.remove(record, 'event', clock());
      return enqueue('decision', record.sysId);
    }
    const seen = await ledger.changes.observe(record, complete, 'event', clock());
    if (seen.needsDecision) await enqueue('decision', record.sysId);
  };
  return new Hono().post('/servicenow', async (c) => {
    const body = await rawJson(c);
    if (body instanceof Response) return body;
    const id = c.req.header('webhook-id');
    const parts = {
      id,
      timestamp: c.req.header('webhook-timestamp'),
      signature: c.req.header('webhook-signature'),
    };
    const secret = verifyStandard(config.SERVICENOW_WEBHOOK_SECRETS, parts, body, clock());
    if (secret === undefined || id === undefined) {
      inbound.onWebhook('servicenow', 'refused');
      return unauthorized();
    }
    const event = parseBody(body.toString('utf8'), eventSchema);
    if (event instanceof Response) return event;
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
