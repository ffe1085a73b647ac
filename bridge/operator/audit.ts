import { Hono } from 'hono';
import type { Context } from 'hono';
import { type Caller, requireRole } from '../http/auth.ts';
import type { OperatorContext } from './context.ts';
import { pageOf } from './page.ts';
import { presentAuditEntry } from './presenters/audit-entry.ts';

/** `/v1/audit`: who did what to what, and why. */
export function auditRoutes(operator: OperatorContext): Hono<Caller> {
  return new Hono<Caller>().get('/', requireRole(operator.doorkeeper, 'read'), async (c) => {
    const page = pageOf(c.req.query('cursor'), c.req.query('limit'));
    const { entries, intact } = await operator.ledger.audit.read(page.offset, page.limit);
    return c.json({ entries: entries.map(presentAuditEntry), intact, next: page.next(entries.length) });
  });
}

/** Writes down what the caller is about to do. It is done only if this succeeds. */
export async function audit(
  operator: OperatorContext,
  c: Context<Caller>,
  fact: { readonly action: string; readonly subject: string; readonly reason: string },
): Promise<void> {
  await operator.ledger.audit.append({ at: operator.clock(), actor: c.get('operator').name, ...fact });
}
