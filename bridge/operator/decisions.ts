import { Hono } from 'hono';
import { z } from 'zod';
import { type Caller, requireRole } from '../http/auth.ts';
import { ProblemError } from '../http/problem.ts';
import { type Trigger, TRIGGER_STATUSES } from '../ledger/triggers.ts';
import { audited } from './audit.ts';
import type { OperatorContext } from './context.ts';
import { pageOf } from './page.ts';
import { presentDecision } from './presenters/decision.ts';
import { reasonSchema } from './reason.ts';

const resolveSchema = z.object({
  action: z.enum(['trigger', 'abandon']),
  reason: reasonSchema,
});

/** `/v1/decisions`: every decision and deploy request, and an operator's word on the parked ones. */
export function decisionRoutes(operator: OperatorContext): Hono<Caller> {
  const { ledger, clock, queues, doorkeeper } = operator;
  return new Hono<Caller>()
    .get('/', requireRole(doorkeeper, 'read'), async (c) => {
      const page = pageOf(c.req.query('cursor'), c.req.query('limit'));
      const status = z.enum(TRIGGER_STATUSES).optional().safeParse(c.req.query('status'));
      if (!status.success)
        throw new ProblemError('malformed', `status must be one of ${TRIGGER_STATUSES.join(', ')}.`);
      const found = await ledger.triggers.recent(page.offset, page.limit, status.data);
      return c.json({ decisions: found.map(presentDecision), next: page.next(found.length) });
    })
    .get('/:id', requireRole(doorkeeper, 'read'), async (c) =>
      c.json(presentDecision(await find(operator, c.req.param('id')))),
    )
    .post('/:id/resolve', requireRole(doorkeeper, 'operate'), async (c) => {
      const { action, reason } = await operator.bodies.parse(c, resolveSchema);
      const trigger = await find(operator, c.req.param('id'));
      const { id } = trigger;
      const actor = c.get('operator').name;
      const resolve = () => resolveParked(operator, trigger, action, `${actor}: ${reason}`);
      const fact = { action: `resolve:${action}`, subject: id, reason };
      await audited(operator, c, fact, resolve, (status) => `The decision is ${status}.`);
      await queues.enqueue('pipeline-trigger', id);
      if (trigger.sys_id !== undefined) {
        const text = `${actor} resolved the parked decision with "${action}": ${reason}`;
        await ledger.timeline.add(trigger.sys_id, { at: clock(), what: 'resolved', text });
      }
      return c.json(presentDecision(await find(operator, id)));
    });
}

/** Answers what the decision is from now on. Throws `conflict` where it is not parked. */
async function resolveParked(
  { ledger, clock }: OperatorContext,
  { id, status }: Trigger,
  action: 'trigger' | 'abandon',
  reason: string,
): Promise<'pending' | 'abandoned'> {
  const to = action === 'trigger' ? 'pending' : 'abandoned';
  if (await ledger.triggers.resolve(id, to, reason, clock())) return to;
  throw new ProblemError('conflict', `The decision is ${status}; only a parked one can be resolved.`);
}

/** The decision with this id. Throws `not-found`. */
async function find({ ledger }: OperatorContext, id: string): Promise<Trigger> {
  const trigger = await ledger.triggers.get(id);
  if (trigger === undefined) throw new ProblemError('not-found', 'There is no decision with this id.');
  return trigger;
}
