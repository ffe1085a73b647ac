import type { Ledger } from '../../ledger/ledger.ts';
import { isFinished, type Trigger } from '../../ledger/triggers.ts';
import { NotYet } from '../../model/errors.ts';
import type { ReplayEffect } from '../../model/jobs.ts';
import type { FlowContext } from '../shared/context.ts';
import type { Flow } from '../shared/flow.ts';
import { act } from './act.ts';
import { gather, gatherEarlier } from './gather.ts';
import { planAfter, planTrigger } from './plan.ts';
import { tell } from './tell.ts';
import * as texts from './texts.ts';

/**
 * Starts the pipeline of one trigger record, or its waiting job, effectively once: the record is taken with a numbered attempt,
 * GitLab is called, and the outcome is written only if the attempt still holds. Where an earlier attempt's
 * outcome is unknown, it looks before it repeats.
 */
export const pipelineTrigger = {
  name: 'pipeline-trigger',
  concurrency: 8,
  run,
  owes: true,
  replayEffect,
} as const satisfies Flow;

async function run(ctx: FlowContext, id: string): Promise<void> {
  const trigger = await ctx.ledger.triggers.get(id);
  if (trigger === undefined || !(await ctx.ledger.owed.isOwed('pipeline-trigger', id))) return;
  if (!isFinished(trigger.status)) await advance(ctx, trigger);
  const ended = await ctx.ledger.triggers.get(id);
  // A later attempt may have it meanwhile: then that one tells.
  if (ended !== undefined && isFinished(ended.status)) await tell(ctx, ended);
}

async function advance(ctx: FlowContext, trigger: Trigger): Promise<void> {
  const { settings, clock } = ctx;
  const leftMs = trigger.lease - clock();
  if (leftMs > 0) throw new NotYet(texts.HELD_BY_ANOTHER, leftMs + 50);
  const facts = await gather(ctx, trigger);
  const plan = planTrigger(trigger, facts, settings, clock());
  const earlier = await gatherEarlier(ctx, trigger, plan.kind === 'go' ? [plan.route.project] : []);
  const now = clock();
  await act(ctx, trigger, earlier === undefined ? plan : planAfter(earlier, plan, trigger, settings, now));
}

async function replayEffect(ledger: Ledger, id: string): Promise<ReplayEffect> {
  const status = (await ledger.triggers.get(id))?.status;
  if (status === 'triggered') return 'already_applied';
  if (status === 'superseded' || status === 'abandoned') return 'superseded';
  return status === 'parked' ? 'unsafe' : 'would_apply';
}
