import type { Gate } from '../../ledger/gates.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { ReplayEffect } from '../../model/jobs.ts';
import type { FlowContext } from '../shared/context.ts';
import type { Flow } from '../shared/flow.ts';
import { seekApproval } from './approval.ts';
import { findOrCreateChange } from './change.ts';
import { tellRefused, tellWaiting } from './tell.ts';
import { withdrawExpired } from './withdraw.ts';

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
  if (recorded === undefined) return;
  if (await ctx.ledger.owed.isOwed('gate', id)) await open(ctx, recorded);
  await withdraw(ctx, id);
}

async function open(ctx: FlowContext, recorded: Gate): Promise<void> {
  const { id } = recorded;
  if (recorded.status === 'opening') await findOrCreateChange(ctx, recorded);
  const ended = await ctx.ledger.gates.get(id);
  if (ended?.status === 'open') {
    await tellWaiting(ctx, ended);
    await seekApproval(ctx, ended);
    await ctx.ledger.owed.settle('gate', id);
  }
  if (ended?.status === 'refused') await tellRefused(ctx, ended);
}

/** A gate that is still being opened is withdrawn afterwards: its change may exist already. */
async function withdraw(ctx: FlowContext, id: string): Promise<void> {
  if (!(await ctx.ledger.gates.isExpired(id, ctx.clock()))) return;
  const expired = await ctx.ledger.gates.get(id);
  if (expired?.status === 'refused') await ctx.ledger.gates.settleExpiry(id);
  if (expired?.status === 'open' || expired?.status === 'withdrawn') await withdrawExpired(ctx, expired);
}

async function replayEffect(ledger: Ledger, id: string): Promise<ReplayEffect> {
  const status = (await ledger.gates.get(id))?.status;
  if (status === 'open') return 'already_applied';
  return status === 'refused' || status === 'withdrawn' ? 'superseded' : 'would_apply';
}
