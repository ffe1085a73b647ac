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

/** What the schedule asks the sweep for: unfinished records, and the next delta or full read. */
export const SWEEP_KEYS = { open: 'open', delta: 'delta', full: 'full' } as const;

/** Which function tells the story of which queue's jobs. */
export const FLOW_RUNNERS: Readonly<Record<FlowName, (ctx: FlowContext, key: string) => Promise<void>>> = {
  'change-sync': changeSync,
  'portal-approval': portalApproval,
  'pipeline-trigger': pipelineTrigger,
  'pipeline-result': pipelineResult,
  gate: openGate,
  'run-report': runReport,
  reconcile,
  sweep,
};

async function sweep(ctx: FlowContext, key: string): Promise<void> {
  if (key === SWEEP_KEYS.open) return sweepOpen(ctx);
  if (key === SWEEP_KEYS.delta || key === SWEEP_KEYS.full) return scheduledSync(ctx, key);
}

/**
 * Sees that the schedule's one sync of this mode goes on until it is done: the tick itself reads nothing, and adds
 * nothing where that sync waits or runs. Before there is a cursor, the first full read is what both modes need.
 */
async function scheduledSync(ctx: FlowContext, wanted: 'delta' | 'full'): Promise<void> {
  const { syncs } = ctx.ledger;
  const mode = (await syncs.cursor()) === undefined ? 'full' : wanted;
  await ctx.enqueue('reconcile', await syncs.scheduled(mode, ctx.clock()), { ifIdle: true });
}
