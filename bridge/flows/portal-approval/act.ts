import type { ApproveRequest } from '../../ledger/approve-runs.ts';
import type { ChangeRecord } from '../../model/change.ts';
import { messageOf, NotYet, OutcomeUnknown, RequestRefused } from '../../model/errors.ts';
import { audit, wordFor } from '../shared/audited.ts';
import type { FlowContext } from '../shared/context.ts';
import { observe } from '../shared/observe.ts';
import { note } from '../shared/tell.ts';
import { type Applied, type DecisionPlan, NOT_OURS, type RunPlan, type Write } from './plan.ts';
import * as texts from './texts.ts';
import { writeDecision, type Written } from './write.ts';

/**
 * Does what needs the change's turn, so that the next portal decision on it reads what this one wrote. A refusal by
 * ServiceNow refuses the run. Throws NotYet while another run has the turn, and whatever the clients throw.
 */
export async function inTurn(
  ctx: FlowContext,
  runId: string,
  request: ApproveRequest,
  work: () => Promise<void>,
): Promise<void> {
  const { approveRuns } = ctx.ledger;
  if (!(await approveRuns.takeTurn(request.sysId, runId, ctx.clock(), ctx.settings.leaseMs))) {
    throw new NotYet(texts.TURN_IS_TAKEN, 250);
  }
  try {
    await approveRuns.describe(runId, request);
    await work();
  } catch (error) {
    if (!(error instanceof RequestRefused) || error.system !== 'ServiceNow') throw error;
    await refuse(ctx, runId, texts.refusedByServiceNow(error.message));
  }
  // Not in a `finally`: after an error the write may still be under way, and the turn lapses by itself.
  await approveRuns.endTurn(request.sysId, runId);
}

/** Carries a plan out. Throws NotYet where another worker writes, and whatever ServiceNow's client throws. */
export async function act(
  ctx: FlowContext,
  runId: string,
  plan: DecisionPlan | Extract<RunPlan, { kind: 'forget' }>,
): Promise<void> {
  const { approveRuns } = ctx.ledger;
  if (plan.kind === 'write') return write(ctx, runId, plan);
  if (plan.kind === 'refuse') return refuse(ctx, runId, plan.reason);
  if (plan.kind === 'applied') return applied(ctx, runId, plan);
  ctx.log.warn({ run: runId }, texts.ignored(plan.reason));
  await approveRuns.forget(runId);
}

async function write(ctx: FlowContext, runId: string, plan: Write): Promise<void> {
  const { ledger, clock, settings } = ctx;
  const { request, record, remark } = plan;
  const { approveRuns } = ledger;
  const started = clock();
  if (!(await approveRuns.beginWriting(runId, request.sysId, record.version, started, settings.leaseMs))) {
    throw new NotYet(texts.BEING_WRITTEN, 1_000);
  }
  await auditRequest(ctx, request, '', request.reason || '(none given)');
  const written = await call(ctx, runId, plan);
  if (written.kind === 'refused') return refuse(ctx, runId, written.reason);
  await observe(ctx, written.record, 'read', started);
  await watchOverlap(ctx, record, written.record);
  const outcome = written.kind === 'decided' ? texts.decided(record, request, remark) : written.outcome;
  await auditRequest(ctx, request, ':done', outcome);
  await approveRuns.applied(runId, written.record.version, outcome, clock());
}

/** ServiceNow shows what was asked for: where an unanswered write of this run did it, the audit says so. */
async function applied(ctx: FlowContext, runId: string, { version, outcome }: Applied): Promise<void> {
  if (version !== NOT_OURS) await auditRun(ctx, runId, ':done', outcome);
  await ctx.ledger.approveRuns.applied(runId, version, outcome, ctx.clock());
}

/** The attempt stands in the audit as refused. */
async function refuse(ctx: FlowContext, runId: string, reason: string): Promise<void> {
  await auditRun(ctx, runId, ':refused', reason);
  await ctx.ledger.approveRuns.refused(runId, reason, ctx.clock());
}

/** A run that asked for nothing, or for nothing that makes sense, has nothing to be audited. */
async function auditRun(ctx: FlowContext, runId: string, suffix: string, reason: string): Promise<void> {
  const run = await ctx.ledger.approveRuns.get(runId);
  const { sys_id: sysId, decision, actor = '', via } = run ?? {};
  if (sysId === undefined || decision === undefined) return;
  const request = { sysId, decision, actor, reason, ...(via === undefined ? {} : { via }) };
  await auditRequest(ctx, request, suffix, reason);
}

async function auditRequest(
  ctx: FlowContext,
  request: ApproveRequest,
  suffix: string,
  reason: string,
): Promise<void> {
  const { decision, sysId: subject } = request;
  const action = `decide:${decision}${suffix}`;
  await audit(ctx, { actor: texts.actorAndVia(request), action, subject, reason });
}

async function call(ctx: FlowContext, runId: string, plan: Write): Promise<Written> {
  try {
    return await writeDecision(ctx, plan);
  } catch (error) {
    // After an unknown outcome the write may still be under way: then the lease has to lapse by itself.
    if (error instanceof OutcomeUnknown) await ctx.ledger.approveRuns.maybeWritten(runId);
    else await ctx.ledger.approveRuns.notWritten(runId);
    // A refusal is told where its run is refused.
    const word = wordFor(error);
    if (word !== 'refused') await auditRequest(ctx, plan.request, `:${word}`, messageOf(error));
    throw error;
  }
}

/** ServiceNow has no conditional write: somebody may have saved the change between our read and our write. */
async function watchOverlap(ctx: FlowContext, before: ChangeRecord, after: ChangeRecord): Promise<void> {
  if (after.version <= before.version + 1) return;
  const text = texts.overlap(before, after);
  ctx.log.warn({ change: before.sysId }, text);
  await note(ctx, before.sysId, 'overlap', text);
}
