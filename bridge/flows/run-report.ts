import type { Report } from '../ledger/run-reports.ts';
import { RequestRefused } from '../model/errors.ts';
import type { FlowContext } from './shared/context.ts';
import type { Flow } from './shared/flow.ts';
import { isAutomation, routeOfRun } from './shared/sent-here.ts';

/**
 * Tells one run of the portal what is still owed to it, in order. A run that has ended in the portal is frozen:
 * it is not written to again.
 */
export const runReport = { name: 'run-report', concurrency: 8, run, owes: true } as const satisfies Flow;

const FROZEN = 'The run has ended in the portal; what it had not been told yet is dropped.';

async function run(ctx: FlowContext, runId: string): Promise<void> {
  const { runReports } = ctx.ledger;
  for (;;) {
    const owed = await runReports.next(runId);
    if (owed === undefined) return;
    if (!(await deliver(ctx, runId, owed.report))) {
      const dropped = await runReports.freeze(runId, ctx.clock());
      ctx.log.info({ run: runId, dropped }, FROZEN);
      return;
    }
    await runReports.delivered(runId, owed.raw);
  }
}

/** False where the run has ended in the portal, or is gone. */
async function deliver(ctx: FlowContext, runId: string, report: Report): Promise<boolean> {
  if (!(await isUnderWay(ctx, runId))) return false;
  try {
    await write(ctx, runId, report);
    return true;
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    // Its answer may have been lost the first time, or somebody ended the run just now.
    if (!(await isUnderWay(ctx, runId))) return false;
    throw error;
  }
}

/** Runs that are of other actions, and were not sent here, are nobody's to write to, whatever names them. */
async function isUnderWay(ctx: FlowContext, runId: string): Promise<boolean> {
  const { approveAction, deployActions } = ctx.settings;
  const found = await ctx.port.readRun(runId);
  if (found?.status !== 'IN_PROGRESS') return false;
  if ([approveAction, ...deployActions].includes(found.action) || routeOfRun(found) !== undefined)
    return true;
  return isAutomation(found) && (await ctx.ledger.portalCalls.get(runId)) !== undefined;
}

async function write(ctx: FlowContext, runId: string, report: Report): Promise<void> {
  const { message, ends, label, link, externalRunId } = report;
  if (link !== undefined || externalRunId !== undefined) {
    await ctx.port.updateRun(runId, {
      ...(link === undefined ? {} : { link }),
      ...(externalRunId === undefined ? {} : { externalRunId }),
    });
  }
  if (message === undefined) return;
  await ctx.port.logRun(runId, {
    message,
    ...(ends === undefined ? {} : { terminationStatus: ends }),
    ...(label === undefined ? {} : { statusLabel: label }),
  });
}
