import type { ApproveRequest } from '../../ledger/approve-runs.ts';
import type { ChangeRecord } from '../../model/change.ts';
import { NotYet, OutcomeUnknown, RequestRefused } from '../../model/errors.ts';
import type { FlowContext } from '../shared/context.ts';
import { observe } from '../shared/observe.ts';
import { note } from '../shared/tell.ts';
import type { DecisionPlan, RunPlan } from './plan.ts';
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
  if (plan.kind === 'write') return write(ctx, runId, plan.request, plan.record);
  if (plan.kind === 'refuse') return refuse(ctx, runId, plan.reason);
  if (plan.kind === 'applied') return approveRuns.applied(runId, plan.version, plan.outcome, ctx.clock());
  ctx.log.warn({ run: runId }, texts.ignored(plan.reason));
  await approveRuns.forget(runId);
}

async function write(
  ctx: FlowContext,
  runId: string,
  request: ApproveRequest,
  record: ChangeRecord,
): Promise<void> {
  const { ledger, clock, settings } = ctx;
  const { approveRuns } = ledger;
  const started = clock();
  if (!(await approveRuns.beginWriting(runId, request.sysId, record.version, started, settings.leaseMs))) {
    throw new NotYet(texts.BEING_WRITTEN, 1_000);
  }
  await audit(ctx, request, '', request.reason || '(none given)');
  const written = await call(ctx, runId, request, record);
  if (written.kind === 'refused') return refuse(ctx, runId, written.reason);
  await observe(ctx, written.record, 'read', started);
  await watchOverlap(ctx, record, written.record);
  const outcome = written.kind === 'decided' ? texts.decided(record, request) : written.outcome;
  await audit(ctx, request, ':done', outcome);
  await approveRuns.applied(runId, written.record.version, outcome, clock());
}

/** The attempt stands in the audit as refused. */
async function refuse(ctx: FlowContext, runId: string, reason: string): Promise<void> {
  const { approveRuns } = ctx.ledger;
  const { sys_id: sysId, decision, actor = '', via } = (await approveRuns.get(runId)) ?? {};
  if (sysId !== undefined && decision !== undefined) {
    const request = { sysId, decision, actor, reason, ...(via === undefined ? {} : { via }) };
    await audit(ctx, request, ':refused', reason);
  }
  await approveRuns.refused(runId, reason, ctx.clock());
}

async function audit(
  ctx: FlowContext,
  request: ApproveRequest,
  suffix: string,
  reason: string,
): Promise<void> {
  await ctx.ledger.audit.append({
    at: ctx.clock(),
    actor: texts.actorAndVia(request),
    action: `decide:${request.decision}${suffix}`,
    subject: request.sysId,
    reason,
  });
}

async function call(
  ctx: FlowContext,
  runId: string,
  request: ApproveRequest,
  record: ChangeRecord,
): Promise<Written> {
  try {
    return await writeDecision(ctx, request, record);
  } catch (error) {
    // After an unknown outcome the write may still be under way: then the lease has to lapse by itself.
    if (error instanceof OutcomeUnknown) await ctx.ledger.approveRuns.maybeWritten(runId);
    else await ctx.ledger.approveRuns.notWritten(runId);
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
