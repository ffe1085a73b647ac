import { Hono } from 'hono';
import { type Caller, requireRole } from '../http/auth.ts';
import type { Change } from '../ledger/changes.ts';
import { sysIdSchema } from '../model/change.ts';
import { problem } from '../http/problem.ts';
import type { OperatorContext } from './context.ts';
import { pageOf } from './page.ts';

/** `/v1/changes`: where every change stands, and how it came there. */
export function changeRoutes(operator: OperatorContext): Hono<Caller> {
  const { ledger } = operator;
  return new Hono<Caller>()
    .use(requireRole(operator.config.OPERATOR_TOKENS, 'read'))
    .get('/', async (c) => {
      const page = pageOf(c.req.query('cursor'), c.req.query('limit'));
      const ids = await ledger.changes.recent(page.offset, page.limit);
      const changes = await Promise.all(ids.map((id) => ledger.changes.get(id)));
      const shown = changes.filter((change) => change !== undefined).map(summary);
      return c.json({ changes: shown, next: page.next(ids.length) });
    })
    .get('/:id', async (c) => {
      const change = await find(operator, c.req.param('id'));
      if (change === undefined) return problem('not-found', 'The bridge has not seen this change.');
      const decision = change.decision === undefined ? null : await ledger.triggers.get(change.decision);
      const approvals = await ledger.approveRuns.ofChange(change.record.sysId);
      const timeline = await ledger.timeline.read(change.record.sysId);
      return c.json({
        ...summary(change),
        record: change.record.fields,
        decision,
        portal_approvals: approvals,
        last: timeline.at(-1) ?? null,
      });
    })
    .get('/:id/timeline', async (c) => {
      const change = await find(operator, c.req.param('id'));
      if (change === undefined) return problem('not-found', 'The bridge has not seen this change.');
      const lines = await ledger.timeline.read(change.record.sysId);
      return c.json({ timeline: lines.map((line) => ({ ...line, at: new Date(line.at).toISOString() })) });
    });
}

async function find(operator: OperatorContext, id: string): Promise<Change | undefined> {
  const sysId = sysIdSchema.safeParse(id).success ? id : await operator.ledger.changes.sysIdOf(id);
  return sysId === undefined ? undefined : operator.ledger.changes.get(sysId);
}

function summary(change: Change): Record<string, unknown> {
  const { record } = change;
  return {
    sys_id: record.sysId,
    number: record.fields.number ?? null,
    version: record.version,
    approval: record.fields.approval ?? null,
    state: record.fields.state ?? null,
    short_description: record.fields.short_description ?? null,
    deleted: change.deleted,
    portal_version: change.portalVersion < 0 ? null : change.portalVersion,
    in_step: change.portalVersion >= record.version,
    decision_id: change.decision ?? null,
    seen_at: new Date(change.seenAt).toISOString(),
  };
}
