import { Hono } from 'hono';
import { type Caller, requireRole } from '../http/auth.ts';
import { ProblemError } from '../http/problem.ts';
import type { Change } from '../ledger/changes.ts';
import { sysIdSchema } from '../model/change.ts';
import type { OperatorContext } from './context.ts';
import { pageOf } from './page.ts';
import { presentApproveRun } from './presenters/approve-run.ts';
import { presentChange, presentRecord } from './presenters/change.ts';
import { presentDecision } from './presenters/decision.ts';
import { presentLine } from './presenters/timeline-line.ts';

/** `/v1/changes`: where every change stands, and how it came there. */
export function changeRoutes(operator: OperatorContext): Hono<Caller> {
  const { ledger } = operator;
  return new Hono<Caller>()
    .use(requireRole(operator.doorkeeper, 'read'))
    .get('/', async (c) => {
      const page = pageOf(c.req.query('cursor'), c.req.query('limit'));
      const ids = await ledger.changes.recent(page.offset, page.limit);
      const changes = await Promise.all(ids.map((id) => ledger.changes.get(id)));
      const shown = changes.filter((change) => change !== undefined).map(presentChange);
      return c.json({ changes: shown, next: page.next(ids.length) });
    })
    .get('/:id', async (c) => {
      const change = await find(operator, c.req.param('id'));
      const { sysId } = change.record;
      const decision = change.decision === undefined ? undefined : await ledger.triggers.get(change.decision);
      const approvals = await ledger.approveRuns.ofChange(sysId);
      const last = (await ledger.timeline.read(sysId)).at(-1);
      return c.json({
        ...presentChange(change),
        record: presentRecord(change),
        decision: decision === undefined ? null : presentDecision(decision),
        portal_approvals: approvals.map(presentApproveRun),
        last: last === undefined ? null : presentLine(last),
      });
    })
    .get('/:id/timeline', async (c) => {
      const change = await find(operator, c.req.param('id'));
      const lines = await ledger.timeline.read(change.record.sysId);
      return c.json({ timeline: lines.map(presentLine) });
    });
}

/** The change with this number or sys_id. Throws `not-found`. */
async function find({ ledger }: OperatorContext, id: string): Promise<Change> {
  const sysId = sysIdSchema.safeParse(id).success ? id : await ledger.changes.sysIdOf(id);
  const change = sysId === undefined ? undefined : await ledger.changes.get(sysId);
  if (change === undefined) throw new ProblemError('not-found', 'The bridge has not seen this change.');
  return change;
}
