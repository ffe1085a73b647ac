import { Hono } from 'hono';
import { z } from 'zod';
import { type Caller, requireRole } from '../http/auth.ts';
import { problem } from '../http/problem.ts';
import { readJson } from './body.ts';
import type { OperatorContext } from './context.ts';
import { pageOf } from './page.ts';

const SYNC_ID = /^(delta|full)-[0-9a-f-]{36}$/;
const reason = z.string().min(3).max(500);
const syncSchema = z.object({
  mode: z.enum(['delta', 'full']),
  reason: reason.default('asked for by an operator'),
});
const flowSchema = z.object({ reason });

/** `/v1/syncs`, `/v1/flows/{flow}/pause|resume`, `/v1/dead-letters` and `/v1/audit`. */
export function workRoutes(operator: OperatorContext): Hono<Caller> {
  const { ledger, clock, queues, config } = operator;
  const names = operator.flows.map((flow) => flow.name);
  const may = (role: 'read' | 'operate' | 'admin') => requireRole(config.OPERATOR_TOKENS, role);
  return new Hono<Caller>()
    .get('/dead-letters', may('read'), async (c) => c.json({ dead_letters: await ledger.deadLetters.list() }))
    .get('/audit', may('read'), async (c) => {
      const page = pageOf(c.req.query('cursor'), c.req.query('limit'));
      const { entries, intact } = await ledger.audit.read(page.offset, page.limit);
      return c.json({ entries, intact, next: page.next(entries.length) });
    })
    .post('/syncs', may('operate'), async (c) => {
      const body = await readJson(c, syncSchema);
      if (body instanceof Response) return body;
      const id = await ledger.syncs.create(body.mode, clock());
      const actor = c.get('operator').name;
      await ledger.audit.append({
        at: clock(),
        actor,
        action: `sync:${body.mode}`,
        subject: id,
        reason: body.reason,
      });
      await queues.enqueue('reconcile', id);
      return c.json(await ledger.syncs.get(id), 202, { location: `/v1/syncs/${id}` });
    })
    .get('/syncs/:id', may('read'), async (c) => {
      const id = z.string().regex(SYNC_ID).safeParse(c.req.param('id'));
      const sync = id.success ? await ledger.syncs.get(id.data) : undefined;
      return sync === undefined ? problem('not-found', 'There is no sync with this id.') : c.json(sync);
    })
    .post('/flows/:flow/:verb{pause|resume}', may('admin'), async (c) => {
      const flow = z.enum(names).safeParse(c.req.param('flow'));
      if (!flow.success) return problem('not-found', `The flows are ${names.join(', ')}.`);
      const body = await readJson(c, flowSchema);
      if (body instanceof Response) return body;
      const verb = c.req.param('verb');
      const actor = c.get('operator').name;
      await ledger.audit.append({
        at: clock(),
        actor,
        action: verb,
        subject: flow.data,
        reason: body.reason,
      });
      await (verb === 'pause' ? queues.pause(flow.data) : queues.resume(flow.data));
      return c.json({ flow: flow.data, ...(await queues.counts(flow.data)) });
    });
}
