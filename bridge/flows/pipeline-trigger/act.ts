import type { Trigger } from '../../ledger/triggers.ts';
import {
  CredentialsRefused,
  messageOf,
  NotYet,
  OutcomeUnknown,
  RequestRefused,
  UpstreamUnavailable,
} from '../../model/errors.ts';
import { adopt } from '../shared/adopt.ts';
import type { FlowContext } from '../shared/context.ts';
import { play } from './play.ts';
import type { Adopt, End, Go, HandOn, Hold, Plan, Play } from './plans.ts';
import { tellHeld } from './tell.ts';
import * as texts from './texts.ts';

/**
 * Carries a plan out. Answers whether the record has come to an end that has to be told: false where a later attempt
 * has it. Throws NotYet, and whatever GitLab's client throws.
 */
export async function act(ctx: FlowContext, trigger: Trigger, plan: Plan): Promise<void> {
  if (plan.kind === 'wait') throw new NotYet(plan.why, plan.ms);
  if (plan.kind === 'held') return hold(ctx, trigger, plan);
  if (plan.kind === 'adopt') return takeOver(ctx, trigger, plan);
  if (plan.kind === 'hand-on') return handOn(ctx, trigger, plan);
  if (plan.kind === 'go' || plan.kind === 'play') return callGitLab(ctx, trigger, plan);
  await end(ctx, trigger.id, trigger.attempt, plan);
}

/** Told once for each reason; the record waits, and is looked at again. Throws NotYet. */
async function hold(ctx: FlowContext, trigger: Trigger, { reason, ms }: Hold): Promise<void> {
  if (trigger.status !== 'held' || trigger.reason !== reason) {
    await tellHeld(ctx, trigger, reason);
    await ctx.ledger.triggers.moveTo(trigger.id, trigger.attempt, 'held', reason, ctx.clock());
  }
  throw new NotYet(reason, ms);
}

async function takeOver(ctx: FlowContext, trigger: Trigger, plan: Adopt): Promise<void> {
  await keep(ctx, trigger, plan);
  await adopt(ctx, trigger.id, trigger.attempt, plan.pipeline);
}

/** A pipeline acts for an approval; a rejection it only has to be left alone with. */
async function handOn({ ledger, clock }: FlowContext, trigger: Trigger, plan: HandOn): Promise<void> {
  const { id, attempt, decision } = trigger;
  const { own, line, described } = plan;
  await ledger.triggers.describe(id, { ...described, mode: own.mode, line });
  if (decision === 'rejected') await ledger.triggers.leftTo(id, attempt, own, clock());
  else await ledger.triggers.triggered(id, attempt, own, clock());
}

async function callGitLab(ctx: FlowContext, trigger: Trigger, plan: Go | Play): Promise<void> {
  const { ledger, clock, settings } = ctx;
  const { id } = trigger;
  await keep(ctx, trigger, plan);
  const route = plan.kind === 'go' ? plan.route : plan.own;
  const begun = clock();
  const attempt = await ledger.triggers.begin(trigger, route, begun, settings.leaseMs);
  if (attempt === undefined) throw new NotYet(texts.TAKEN_BY_ANOTHER, 500);
  const action = plan.kind === 'go' ? 'trigger' : 'play';
  await audit(ctx, trigger, action, asked(plan, attempt));
  try {
    const done =
      plan.kind === 'go'
        ? await start(ctx, id, plan, attempt)
        : await play(ctx, id, plan, { attempt, begun });
    await audit(ctx, trigger, `${action}:done`, done);
  } catch (error) {
    await audit(ctx, trigger, `${action}:${suffixOf(error)}`, messageOf(error));
    if (error instanceof OutcomeUnknown || error instanceof NotYet) {
      await ledger.triggers.releaseLease(id, attempt, clock());
      throw error;
    }
    if (error instanceof UpstreamUnavailable || error instanceof CredentialsRefused) {
      await ledger.triggers.moveTo(id, attempt, 'pending', error.message, clock());
      throw error;
    }
    if (!(error instanceof RequestRefused)) throw error;
    await end(ctx, id, attempt, refusal(error, plan));
  }
}

/** Everything that has to be known of the record, should this worker die in the middle of the call. */
async function keep({ ledger }: FlowContext, { id }: Trigger, plan: Go | Adopt | Play): Promise<void> {
  if (plan.kind === 'play') {
    const { own, job, described } = plan;
    const line = texts.played(own, job.name);
    return ledger.triggers.describe(id, {
      ...described,
      mode: own.mode,
      job_id: job.id,
      job_name: job.name,
      line,
    });
  }
  if (plan.described !== undefined) await ledger.triggers.describe(id, plan.described);
  if (plan.request !== undefined) await ledger.triggers.keepRequest(id, plan.request);
}

/** Starts a pipeline. Answers what was done. */
async function start(ctx: FlowContext, id: string, plan: Go, attempt: number): Promise<string> {
  const pipeline = await ctx.gitlab.trigger(plan.route, { ...plan.payload, decision_id: id });
  await adopt(ctx, id, attempt, pipeline);
  return texts.started(pipeline.id, pipeline.url);
}

function asked(plan: Go | Play, attempt: number): string {
  return plan.kind === 'go' ? texts.calls(plan.route, attempt) : texts.plays(plan.own, plan.job, attempt);
}

/** What a run asked for by itself, its own person can mend; anything else is an operator's. */
function refusal(error: RequestRefused, plan: Go | Play): End {
  if (plan.kind === 'play') return { kind: 'parked', reason: texts.notPlayed(error, plan.own, plan.job) };
  const { route, request } = plan;
  return request?.pipeline === undefined
    ? { kind: 'parked', reason: texts.refused(error, route) }
    : { kind: 'abandoned', reason: texts.refusedAsked(error, route) };
}

async function audit(ctx: FlowContext, { id }: Trigger, action: string, reason: string): Promise<void> {
  await ctx.ledger.audit.append({ at: ctx.clock(), actor: 'Changebridge', action, subject: id, reason });
}

function suffixOf(error: unknown): string {
  if (error instanceof OutcomeUnknown) return 'unknown';
  return error instanceof RequestRefused ? 'refused' : 'failed';
}

async function end(
  ctx: FlowContext,
  id: string,
  attempt: number,
  { kind, reason, isAlien, parkedFor }: End,
): Promise<void> {
  if (isAlien === true) await ctx.ledger.triggers.silence(id);
  await ctx.ledger.triggers.moveTo(id, attempt, kind, reason, ctx.clock(), parkedFor);
}
