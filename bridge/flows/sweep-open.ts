import type { FlowName } from '../model/jobs.ts';
import type { FlowContext } from './context.ts';

/** A record that has been open for longer than this (ms) gets another run, in case its job was lost. */
const OPEN_FOR_MS = 30_000;
const AT_MOST = 200;

/**
 * Level-triggered safety net: whatever the ledger knows to be unfinished is asked for again. What is a dead
 * letter waits for an operator.
 */
export async function sweepOpen(ctx: FlowContext): Promise<void> {
  const { changes, triggers, approvals, gates, runs, deadLetters } = ctx.ledger;
  const before = ctx.clock() - OPEN_FOR_MS;
  const open: readonly (readonly [FlowName, string[]])[] = [
    ['change-sync', await changes.dirtyBefore(before, AT_MOST)],
    ['pipeline-trigger', await triggers.openBefore(before, AT_MOST)],
    ['portal-approval', await approvals.openBefore(before, AT_MOST)],
    ['gate', await gates.openBefore(before, AT_MOST)],
    ['run-report', await runs.openBefore(before, AT_MOST)],
  ];
  for (const [flow, keys] of open) {
    for (const key of keys) {
      if (!(await deadLetters.has(flow, key))) await ctx.enqueue(flow, key, { ifIdle: true });
    }
  }
}
