import { Hono } from 'hono';
import { z } from 'zod';
import { type Caller, requireRole } from '../http/auth.ts';
import { ProblemError } from '../http/problem.ts';
import { newSyncId } from '../ledger/syncs.ts';
import { audited } from './audit.ts';
import type { OperatorContext } from './context.ts';
import { presentSync } from './presenters/sync.ts';
import { reasonSchema } from './reason.ts';

const SYNC_ID = /^(delta|full)-[0-9a-f-]{36}$/;
const syncSchema = z.object({
  mode: z.enum(['delta', 'full']),
  reason: reasonSchema.default('asked for by an operator'),
});

/** `/v1/syncs`: asks for a read of ServiceNow, and tells how far it got. */
export function syncRoutes(operator: OperatorContext): Hono<Caller> {
  const { ledger, clock, queues, doorkeeper } = operator;
  const view = async (id: string) => {
    const sync = SYNC_ID.test(id) ? await ledger.syncs.get(id) : undefined;
    if (sync === undefined) throw new ProblemError('not-found', 'There is no sync with this id.');
    return presentSync(sync);
  };
  return new Hono<Caller>()
    .post('/', requireRole(doorkeeper, 'operate'), async (c) => {
      const { mode, reason } = await operator.bodies.parse(c, syncSchema);
      const id = newSyncId(mode);
      const start = async (): Promise<void> => {
        await ledger.syncs.create(mode, clock(), id);
        await queues.enqueue('reconcile', id);
      };
      const fact = { action: `sync:${mode}`, subject: id, reason };
      await audited(operator, c, fact, start, () => 'It is queued.');
      return c.json(await view(id), 202, { location: `/v1/syncs/${id}` });
    })
    .get('/:id', requireRole(doorkeeper, 'read'), async (c) => c.json(await view(c.req.param('id'))));
}
