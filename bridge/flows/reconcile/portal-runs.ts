import type { FlowContext } from '../shared/context.ts';

/** The portal does not repeat a lost webhook: its run just stays open. */
export async function feedLostRuns(ctx: FlowContext): Promise<void> {
  const runs = await ctx.port.openRuns(ctx.settings.approveAction);
  for (const run of runs) {
    await ctx.ledger.approveRuns.record(run.id, ctx.clock());
    await ctx.enqueue('portal-approval', run.id);
  }
}
