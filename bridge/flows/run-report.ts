import type { Report } from '../ledger/run-reports.ts';
import { RequestRefused } from '../model/errors.ts';
import type { FlowContext } from './shared/context.ts';
import type { Flow } from './shared/flow.ts';

/**
 * Tells one run of the portal what is still owed to it, in order. A run that has ended in the portal is frozen:
 * it is not written to again.
 */
export const runReport = { name: 'run-report', concurrency: 8, run, owes: true } as const satisfies Flow;

async function run(ctx: FlowContext, runId: string): Promise<void> {
  for (;;) {
    const owed = await ctx.ledger.runReports.next(runId);
    if (owed === undefined) return;
    if (!(await deliver(ctx, runId, owed.report))) {
      const dropped = await ctx.ledger.runReports.freeze(runId, ctx.clock());
      ctx.log.info(
        { run: runId, dropped },
        'The run has ended in the portal; what was still to be told is dropped.',
      );
      return;
    }
    await ctx.ledger.runReports.delivered(runId, owed.raw);
  }
}

/** False where the run is frozen or gone. */
async function deliver(ctx: FlowContext, runId: string, report: Report): Promise<boolean> {
  const run = await ctx.port.readRun(runId);
  if (run === undefined || run.status !== 'IN_PROGRESS') return false;
  try {
    const facts = {
      ...(report.link === undefined ? {} : { link: report.link }),
      ...(report.externalRunId === undefined ? {} : { externalRunId: report.externalRunId }),
    };
    if (Object.keys(facts).length > 0) await ctx.port.updateRun(runId, facts);
    if (report.message === undefined) return true;
    await ctx.port.logRun(runId, {
      message: report.message,
      ...(report.ends === undefined ? {} : { terminationStatus: report.ends }),
      ...(report.label === undefined ? {} : { statusLabel: report.label }),
    });
    return true;
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    // Its answer may have been lost the first time, or somebody ended the run just now.
    const now = await ctx.port.readRun(runId);
    if (now === undefined || now.status !== 'IN_PROGRESS') return false;
    throw error;
  }
}
