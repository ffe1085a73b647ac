import type { Trigger } from '../../ledger/triggers.ts';
import {
  CredentialsRefused,
  messageOf,
  NotYet,
  OutcomeUnknown,
  RequestRefused,
  UpstreamUnavailable,
} from '../../model/errors.ts';
import type { FlowContext } from '../shared/context.ts';
import { adopt } from '../shared/adopt.ts';
import type { End, Go, Plan } from './plan.ts';
import { tellHeld } from './tell.ts';
import * as texts from './texts.ts';

/**
 * Carries a plan out. Answers whether the record has come to an end that has to be told: false where a later attempt
 * has it. Throws NotYet, and whatever GitLab's client throws.
 */
export async function act(ctx: FlowContext, trigger: Trigger, plan: Plan): Promise<void> {
  if (plan.kind === 'wait') throw new NotYet(plan.why, plan.ms);
  if (plan.kind === 'held') return hold(ctx, trigger, plan);
  if (plan.kind === 'adopt') return adopt(ctx, trigger.id, trigger.attempt, plan.pipeline);
  if (plan.kind === 'go') return callGitLab(ctx, trigger, plan);
  await end(ctx, trigger.id, trigger.attempt, plan);
}

/** Told once for each reason; the record waits, and is looked at again. Throws NotYet. */
async function hold(
  ctx: FlowContext,
  trigger: Trigger,
  { reason, ms }: Extract<Plan, { kind: 'held' }>,
): Promise<void> {
  if (trigger.status !== 'held' || trigger.reason !== reason) {
    await tellHeld(ctx, trigger, reason);
    await ctx.ledger.triggers.moveTo(trigger.id, trigger.attempt, 'held', reason, ctx.clock());
  }
  throw new NotYet(reason, ms);
}

async function callGitLab(ctx: FlowContext, trigger: Trigger, plan: Go): Promise<void> {
  const { ledger, clock, settings } = ctx;
  if (plan.described !== undefined) await ledger.triggers.describe(trigger.id, plan.described);
  if (plan.request !== undefined) await ledger.triggers.keepRequest(trigger.id, plan.request);
  const attempt = await ledger.triggers.begin(trigger, plan.route, clock(), settings.leaseMs);
  if (attempt === undefined) throw new NotYet(texts.TAKEN_BY_ANOTHER, 500);
  await audit(ctx, trigger, 'trigger', texts.calls(plan.route, attempt));
  try {
    const pipeline = await ctx.gitlab.trigger(plan.route, { ...plan.payload, decision_id: trigger.id });
    await adopt(ctx, trigger.id, attempt, pipeline);
    await audit(ctx, trigger, 'trigger:done', texts.started(pipeline.id, pipeline.url));
  } catch (error) {
    await audit(ctx, trigger, suffixed(error), messageOf(error));
    if (error instanceof OutcomeUnknown) {
      await ledger.triggers.releaseLease(trigger.id, attempt, clock());
      throw error;
    }
    if (error instanceof UpstreamUnavailable || error instanceof CredentialsRefused) {
      await ledger.triggers.moveTo(trigger.id, attempt, 'pending', error.message, clock());
      throw error;
    }
    if (!(error instanceof RequestRefused)) throw error;
    await end(ctx, trigger.id, attempt, { kind: 'parked', reason: texts.refused(error, plan.route) });
  }
}

async function audit(ctx: FlowContext, { id }: Trigger, action: string, reason: string): Promise<void> {
  await ctx.ledger.audit.append({ at: ctx.clock(), actor: 'Changebridge', action, subject: id, reason });
}

function suffixed(error: unknown): string {
  if (error instanceof OutcomeUnknown) return 'trigger:unknown';
  return error instanceof RequestRefused ? 'trigger:refused' : 'trigger:failed';
}

async function end(
  ctx: FlowContext,
  id: string,
  attempt: number,
  { kind, reason, isAlien }: End,
): Promise<void> {
  if (isAlien === true) await ctx.ledger.triggers.silence(id);
  await ctx.ledger.triggers.moveTo(id, attempt, kind, reason, ctx.clock());
}
