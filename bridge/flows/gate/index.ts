import type { Ledger } from '../../ledger/ledger.ts';
import type { ReplayEffect } from '../../model/jobs.ts';
import type { FlowContext } from '../shared/context.ts';
import type { Flow } from '../shared/flow.ts';
import { findOrCreateChange } from './change.ts';
import { tellRefused, tellWaiting } from './tell.ts';

/**
 * Creates the change request for a gate that a pipeline asked for, tagged with the deployment it stands for.
 * Creating a record is not idempotent: the gate's id goes along as correlation_id, and before every create request
 * the flow looks for it.
 */
export const gate = {
  name: 'gate',
  concurrency: 4,
  run,
  owes: true,
  replayEffect,
} as const satisfies Flow;

async function run(ctx: FlowContext, id: string): Promise<void> {
  const recorded = await ctx.ledger.gates.get(id);
  if (recorded === undefined || !(await ctx.ledger.owed.isOwed('gate', id))) return;
  if (recorded.status === 'opening') await findOrCreateChange(ctx, recorded);
  const ended = await ctx.ledger.gates.get(id);
  if (ended?.status === 'open') await tellWaiting(ctx, ended);
  if (ended?.status === 'refused') await tellRefused(ctx, ended);
}

async function replayEffect(ledger: Ledger, id: string): Promise<ReplayEffect> {
  const status = (await ledger.gates.get(id))?.status;
  if (status === 'open') return 'already_applied';
  return status === 'refused' ? 'superseded' : 'would_apply';
}
