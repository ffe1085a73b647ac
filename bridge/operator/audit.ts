import { Hono } from 'hono';
import type { Context } from 'hono';
import { stream } from 'hono/streaming';
import { z } from 'zod';
import { audited as auditedBy } from '../http/audited.ts';
import { type Caller, requireRole } from '../http/auth.ts';
import { ProblemError } from '../http/problem.ts';
import { sysIdSchema } from '../model/change.ts';
import { AUDIT_FORMS, exported, subjectsOf, timeOf } from './audit-export.ts';
import type { OperatorContext } from './context.ts';
import { pageOf } from './page.ts';
import { presentAuditEntry } from './presenters/audit-entry.ts';

const formSchema = z.enum(['jsonl', 'csv']).default('jsonl');

/** `/v1/audit`: who did what to what, and why; whether the log is as it was written; and the log itself. */
export function auditRoutes(operator: OperatorContext): Hono<Caller> {
  const { ledger } = operator;
  return new Hono<Caller>()
    .use(requireRole(operator.doorkeeper, 'read'))
    .get('/', async (c) => {
      const page = pageOf(c.req.query('cursor'), c.req.query('limit'));
      const { entries, intact } = await ledger.audit.read(page.offset, page.limit);
      return c.json({ entries: entries.map(presentAuditEntry), intact, next: page.next(entries.length) });
    })
    .get('/verify', async (c) => {
      const { end, findings } = await ledger.audit.check();
      return c.json({ intact: findings.length === 0, entries: end.entries, last: end.hash, findings });
    })
    .get('/export', async (c) => {
      const form = formSchema.safeParse(c.req.query('format'));
      if (!form.success) throw new ProblemError('malformed', 'format must be jsonl or csv.');
      const change = c.req.query('change');
      const filter = {
        from: timeOf('from', c.req.query('from'), 0),
        until: timeOf('until', c.req.query('until'), Number.POSITIVE_INFINITY),
        isAbout:
          change === undefined ? () => true : await subjectsOf(ledger, await sysIdOf(operator, change)),
      };
      const { type } = AUDIT_FORMS[form.data];
      c.header('content-type', type);
      return stream(c, async (out) => {
        for await (const piece of exported(ledger, filter, AUDIT_FORMS[form.data])) await out.write(piece);
      });
    });
}

/** Throws `not-found`. */
async function sysIdOf({ ledger }: OperatorContext, name: string): Promise<string> {
  const sysId = sysIdSchema.safeParse(name).success ? name : await ledger.changes.sysIdOf(name);
  if (sysId === undefined) throw new ProblemError('not-found', 'The bridge has not seen this change.');
  return sysId;
}

/** Audits what an operator asks for, before it is done and how it ended. */
export function audited<T>(
  { ledger, clock }: OperatorContext,
  c: Context<Caller>,
  fact: { readonly action: string; readonly subject: string; readonly reason: string },
  work: () => Promise<T>,
  outcomeOf: (result: T) => string,
): Promise<T> {
  const actor = c.get('operator').name;
  const { action, subject } = fact;
  return auditedBy(
    (suffix, reason) =>
      ledger.audit.append({ at: clock(), actor, action: `${action}${suffix}`, subject, reason }),
    fact.reason,
    work,
    outcomeOf,
  );
}
