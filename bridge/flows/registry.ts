import type { FlowName } from '../model/jobs.ts';
import { changeSync } from './change-sync.ts';
import type { FlowContext } from './context.ts';
import { openGate } from './gate.ts';
import { pipelineResult } from './pipeline-result.ts';
import { pipelineTrigger } from './pipeline-trigger.ts';
import { portalApproval } from './portal-approval.ts';
import { reconcile } from './reconcile.ts';
import { runReport } from './run-report.ts';
import { sweepOpen } from './sweep-open.ts';

/** Keys of the reconcile queue that stand for a schedule, not for one sync. */
export const SWEEP_KEY = 'sweep';
export const DELTA_KEY = 'delta';

/** Which function tells the story of which queue's jobs. */
export const FLOW_RUNNERS: Readonly<Record<FlowName, (ctx: FlowContext, key: string) => Promise<void>>> = {
  'change-sync': changeSync,
  'portal-approval': portalApproval,
  'pipeline-trigger': pipelineTrigger,
  'pipeline-result': pipelineResult,
  gate: openGate,
  'run-report': runReport,
  reconcile: runReconcile,
};

async function runReconcile(ctx: FlowContext, key: string): Promise<void> {
  if (key === SWEEP_KEY) return sweepOpen(ctx);
  if (key !== DELTA_KEY) return reconcile(ctx, key);
  return reconcile(ctx, await ctx.ledger.syncs.create('delta', ctx.clock()));
}
