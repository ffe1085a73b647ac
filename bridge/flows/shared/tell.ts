import type { Report } from '../../ledger/run-reports.ts';
import type { FlowContext } from './context.ts';

/** Queues a report for a run of the portal. Told again, the same step is not written again. */
export async function report(ctx: FlowContext, runId: string | undefined, line: Report): Promise<void> {
  if (runId === undefined) return;
  await ctx.ledger.runReports.add(runId, line, ctx.clock());
  await ctx.enqueue('run-report', runId);
}

/** Adds a line to a change's timeline and to the log, with the change as correlation. */
export async function note(ctx: FlowContext, sysId: string, what: string, text: string): Promise<void> {
  ctx.log.info({ change: sysId, what }, text);
  await ctx.ledger.timeline.add(sysId, { at: ctx.clock(), what, text });
}
