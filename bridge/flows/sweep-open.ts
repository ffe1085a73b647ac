import type { FlowName } from '../model/jobs.ts';
import type { FlowContext } from './context.ts';

/** A record that has been open for longer than this (ms) gets another run, in case its job was lost. */
const OPEN_FOR_MS = 30_000;
/** How many records of a flow one sweep asks for. */
const AT_MOST = 200;

/** Names the records that are open since before a moment, the oldest first, at most `limit`. */
type OpenBefore = (before: number, limit: number) => Promise<string[]>;

/**
 * Level-triggered safety net: whatever the ledger knows to be unfinished is asked for again. What is a dead
 * letter waits for an operator.
 */
export async function sweepOpen(ctx: FlowContext): Promise<void> {
  const { changes, triggers, approveRuns, gates, runReports } = ctx.ledger;
  const open: readonly (readonly [FlowName, OpenBefore])[] = [
    ['change-sync', (before, limit) => changes.dirtyBefore(before, limit)],
    ['pipeline-trigger', (before, limit) => triggers.openBefore(before, limit)],
    ['portal-approval', (before, limit) => approveRuns.openBefore(before, limit)],
    ['gate', (before, limit) => gates.openBefore(before, limit)],
    ['run-report', (before, limit) => runReports.openBefore(before, limit)],
  ];
  for (const [flow, openBefore] of open) {
    for (const key of await living(ctx, flow, openBefore)) await ctx.enqueue(flow, key, { ifIdle: true });
  }
}

/** Dead letters stay open and grow old, so they come first: the page grows until it holds enough others. */
async function living(ctx: FlowContext, flow: FlowName, openBefore: OpenBefore): Promise<string[]> {
  const before = ctx.clock() - OPEN_FOR_MS;
  for (let limit = AT_MOST; ; limit *= 2) {
    const keys = await openBefore(before, limit);
    const alive = await ctx.ledger.deadLetters.without(flow, keys);
    if (alive.length >= AT_MOST || keys.length < limit) return alive.slice(0, AT_MOST);
  }
}
