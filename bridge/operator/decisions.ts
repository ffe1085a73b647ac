import { Hono } from 'hono';
import { z } from 'zod';
import { type Caller, requireRole } from '../http/auth.ts';
import { type Trigger, TRIGGER_STATUSES, type TriggerStatus } from '../ledger/triggers.ts';
import { problem } from '../http/problem.ts';
import type { OperatorContext } from './context.ts';
import { cursorAt, type Page, pageOf } from './page.ts';
import { readJson } from './body.ts';

const resolveSchema = z.object({
  action: z.enum(['trigger', 'abandon']),
  reason: z.string().min(3).max(500),
});

/** `/v1/decisions`: every decision and deploy request, and an operator's word on the parked ones. */
export function decisionRoutes(operator: OperatorContext): Hono<Caller> {
  const { ledger, clock, queues, config } = operator;
  return new Hono<Caller>()
    .get('/', requireRole(config.OPERATOR_TOKENS, 'read'), async (c) => {
      const page = pageOf(c.req.query('cursor'), c.req.query('limit'));
      const status = z.enum(TRIGGER_STATUSES).optional().safeParse(c.req.query('status'));
      if (!status.success)
        return problem('malformed', `status must be one of ${TRIGGER_STATUSES.join(', ')}.`);
      return c.json(await listDecisions(operator, page, status.data));
    })
    .post('/:id/resolve', requireRole(config.OPERATOR_TOKENS, 'operate'), async (c) => {
      const body = await readJson(c, resolveSchema);
      if (body instanceof Response) return body;
      const id = c.req.param('id');
      const trigger = await ledger.triggers.get(id);
      if (trigger === undefined) return problem('not-found', 'There is no decision with this id.');
      const actor = c.get('operator').name;
      await ledger.audit.append({
        at: clock(),
        actor,
        action: `resolve:${body.action}`,
        subject: id,
        reason: body.reason,
      });
      const to = body.action === 'trigger' ? 'pending' : 'abandoned';
      if (!(await ledger.triggers.resolve(id, to, `${actor}: ${body.reason}`, clock()))) {
        return problem('conflict', `The decision is ${trigger.status}; only a parked one can be resolved.`);
      }
      await queues.enqueue('pipeline-trigger', id);
      if (trigger.sys_id !== undefined) {
        const text = `${actor} resolved the parked decision with "${body.action}": ${body.reason}`;
        await ledger.timeline.add(trigger.sys_id, { at: clock(), what: 'resolved', text });
      }
      return c.json(await ledger.triggers.get(id));
    });
}

/** How many records one request looks through for those of one status. */
const SCAN = 2_000;

/** A page of decisions, newest first. A rare status may stand far back: then `next` leads on from where it looked. */
async function listDecisions(
  operator: OperatorContext,
  page: Page,
  status: TriggerStatus | undefined,
): Promise<{ decisions: Trigger[]; next: string | null }> {
  const decisions: Trigger[] = [];
  let row = page.offset;
  while (row < page.offset + SCAN) {
    const found = await operator.ledger.triggers.recent(row, page.limit);
    for (const each of found) {
      row += 1;
      if (status === undefined || each.status === status) decisions.push(each);
      if (decisions.length === page.limit) return { decisions, next: cursorAt(row) };
    }
    if (found.length < page.limit) return { decisions, next: null };
  }
  return { decisions, next: cursorAt(row) };
}
