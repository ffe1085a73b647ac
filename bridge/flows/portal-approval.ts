import { z } from 'zod';
import type { Ledger } from '../ledger/ledger.ts';
import type { ReplayEffect } from '../model/jobs.ts';
import type { ApproveRun, ApproveRequest } from '../ledger/approve-runs.ts';
import { type ChangeRecord, field, nameOf, sysIdSchema } from '../model/change.ts';
import { awaitsDecision, toApprovalStatus, toDecision } from '../model/decision.ts';
import { NotYet, OutcomeUnknown, RequestRefused } from '../model/errors.ts';
import type { Run } from '../outbound/port.ts';
import { writeDecision, type Written } from './approval-modes.ts';
import type { FlowContext } from './shared/context.ts';
import type { Flow } from './shared/flow.ts';
import { tagsOf } from './shared/deployment.ts';
import { observe, readAndObserve } from './shared/observe.ts';
import { note, report } from './shared/tell.ts';

/**
 * Carries one portal approval to ServiceNow, at most once. The webhook only said "look at this run": what counts
 * is the run as the portal's API tells it, and the change as ServiceNow shows it right before the write.
 */
export const portalApproval = {
  name: 'portal-approval',
  concurrency: 8,
  run: carryDecision,
  owes: true,
  replayEffect,
} as const satisfies Flow;

async function carryDecision(ctx: FlowContext, runId: string): Promise<void> {
  const approval = await ctx.ledger.approveRuns.get(runId);
  if (approval === undefined || !(await ctx.ledger.owed.isOwed('portal-approval', runId))) return;
  if (approval.status === 'applied' || approval.status === 'refused') {
    await tellOutcome(ctx, approval);
    return;
  }
  const run = await ctx.port.readRun(runId);
  const unusable = runProblem(ctx, run);
  if (run === undefined || unusable !== undefined) {
    const why = unusable ?? 'The portal knows no such run.';
    if (approval.status === 'writing') await closeUnanswered(ctx, approval, why);
    else await forget(ctx, runId, why);
    return;
  }
  const wish = await wishOf(ctx, run);
  if (typeof wish === 'string') {
    await refuse(ctx, runId, wish);
    return;
  }
  const { leaseMs } = ctx.settings;
  if (!(await ctx.ledger.approveRuns.takeTurn(wish.sysId, runId, ctx.clock(), leaseMs))) {
    throw new NotYet('Another portal decision on this change is being written.', 250);
  }
  await take(ctx, approval, run, wish);
  // Not in a `finally`: after an error the write may still be under way, and the turn lapses by itself.
  await ctx.ledger.approveRuns.endTurn(wish.sysId, runId);
}

async function take(ctx: FlowContext, approval: ApproveRun, run: Run, wish: ApproveRequest): Promise<void> {
  try {
    await carry(ctx, approval, run, wish);
  } catch (error) {
    if (!(error instanceof RequestRefused) || error.system !== 'ServiceNow') throw error;
    await refuse(ctx, approval.runId, `ServiceNow did not take the decision. ${error.message}`);
  }
}

async function carry(ctx: FlowContext, approval: ApproveRun, run: Run, wish: ApproveRequest): Promise<void> {
  const { runId } = approval;
  await ctx.ledger.approveRuns.describe(runId, wish);
  const record = await readAndObserve(ctx, wish.sysId);
  if (record === undefined) {
    const reason = `ServiceNow has no change ${wish.sysId}, or does not show it to the bridge.`;
    await refuse(ctx, runId, reason);
    return;
  }
  // Whatever else happens: what was just read may be news to the portal and to the pipeline.
  await ctx.enqueue('change-sync', wish.sysId);
  await decide(ctx, approval, run, wish, record);
}

/** Why this run is no order to decide anything. Nothing is written to a run of which this is true. */
function runProblem(ctx: FlowContext, run: Run | undefined): string | undefined {
  if (run === undefined) return 'The portal knows no such run.';
  if (run.action !== ctx.settings.approveAction)
    return `The run is of the action ${run.action}, which decides nothing.`;
  if (run.status !== 'IN_PROGRESS') return `The run is ${run.status} in the portal.`;
  return undefined;
}

const inputsSchema = z.looseObject({
  approval_status: z.enum(['approved', 'declined', 'rejected']),
  reason: z.string().max(2000).nullish(),
});

/** What the run wants, by its own properties; a sentence where that makes no sense. */
async function wishOf(ctx: FlowContext, run: Run): Promise<ApproveRequest | string> {
  const inputs = inputsSchema.safeParse(run.properties);
  if (!inputs.success) return 'The run does not say "approved" or "declined" in approval_status.';
  const sysId = sysIdSchema.safeParse(run.entity);
  if (!sysId.success) return 'The run does not belong to a change request (its entity is no sys_id).';
  const actorId = run.createdBy ?? '';
  const actor = actorId === '' ? undefined : await emailOf(ctx, actorId);
  return {
    sysId: sysId.data,
    decision: toDecision(inputs.data.approval_status),
    actor: actor ?? (actorId || 'an unknown portal user'),
    reason: inputs.data.reason ?? '',
    ...(run.impersonatedBy ? { via: run.impersonatedBy } : {}),
  };
}

async function emailOf(ctx: FlowContext, userId: string): Promise<string | undefined> {
  try {
    return await ctx.port.emailOf(userId);
  } catch (error) {
    if (error instanceof RequestRefused) return undefined;
    throw error;
  }
}

async function decide(
  ctx: FlowContext,
  approval: ApproveRun,
  run: Run,
  wish: ApproveRequest,
  record: ChangeRecord,
): Promise<void> {
  const { runId } = approval;
  const current = field(record, 'approval');
  if (current === wish.decision) {
    await alreadyDecided(ctx, approval, wish, record);
    return;
  }
  if (!awaitsDecision(current)) {
    const text = `${nameOf(record)} awaits no decision: ServiceNow shows it as "${current}", last updated by ${field(record, 'sys_updated_by')} at ${field(record, 'sys_updated_on')} UTC. Nothing was written.`;
    await refuse(ctx, runId, text);
    return;
  }
  const self = wish.decision === 'approved' ? await selfApproval(ctx, run, record) : undefined;
  if (self !== undefined) {
    await refuse(ctx, runId, self);
    return;
  }
  await write(ctx, runId, wish, record);
}

/**
 * ServiceNow shows what was wished. After an unanswered write it may be our own, which only the record can tell:
 * it is the next version, and the bridge's account wrote it.
 */
async function alreadyDecided(
  ctx: FlowContext,
  approval: ApproveRun,
  wish: ApproveRequest,
  record: ChangeRecord,
): Promise<void> {
  const { runId, status, base_version: base = record.version } = approval;
  const by = field(record, 'sys_updated_by');
  const { userName } = ctx.servicenow;
  if (status === 'writing' && record.version > base && (userName === undefined || by === userName)) {
    await apply(ctx, runId, record.version, doneText(record, wish));
    return;
  }
  const text =
    status === 'writing'
      ? `${nameOf(record)} is ${toApprovalStatus(wish.decision)} in ServiceNow. Whether by this request, which ServiceNow did not answer, or by ${by} cannot be told.`
      : `${nameOf(record)} had already been ${toApprovalStatus(wish.decision)} by ${by}; nothing was written.`;
  await apply(ctx, runId, -1, text);
}

/** The run has ended while its write was unanswered: the record is closed by what ServiceNow shows now. */
async function closeUnanswered(ctx: FlowContext, approval: ApproveRun, why: string): Promise<void> {
  const { runId, sys_id: sysId, decision, actor = '', reason = '' } = approval;
  const record = sysId === undefined ? undefined : await readAndObserve(ctx, sysId);
  if (record === undefined || sysId === undefined || decision === undefined) return refuse(ctx, runId, why);
  if (field(record, 'approval') !== decision) return refuse(ctx, runId, why);
  return alreadyDecided(ctx, approval, { sysId, decision, actor, reason }, record);
}

async function write(
  ctx: FlowContext,
  runId: string,
  wish: ApproveRequest,
  record: ChangeRecord,
): Promise<void> {
  const { ledger, clock, settings } = ctx;
  if (
    !(await ledger.approveRuns.beginWriting(runId, wish.sysId, record.version, clock(), settings.leaseMs))
  ) {
    throw new NotYet('Another worker is writing this decision to ServiceNow.', 1_000);
  }
  await ledger.audit.append({
    at: clock(),
    actor: wish.via === undefined ? wish.actor : `${wish.actor} (through ${wish.via})`,
    action: `decide:${wish.decision}`,
    subject: record.sysId,
    reason: wish.reason || '(none given)',
  });
  let written: Written;
  try {
    written = await writeDecision(ctx, wish, record);
  } catch (error) {
    // After an unknown outcome the write may still be under way: then the lease has to lapse by itself.
    if (error instanceof OutcomeUnknown) await ledger.approveRuns.maybeWritten(runId);
    else await ledger.approveRuns.notWritten(runId);
    throw error;
  }
  if (written.kind === 'refused') {
    await refuse(ctx, runId, written.reason);
    return;
  }
  await observe(ctx, written.record, 'read', clock());
  await watchOverlap(ctx, record, written.record);
  const text = written.kind === 'decided' ? doneText(record, wish) : written.text;
  await apply(ctx, runId, written.record.version, text);
}

/** ServiceNow has no conditional write: somebody may have saved the change between our read and our write. */
async function watchOverlap(ctx: FlowContext, before: ChangeRecord, after: ChangeRecord): Promise<void> {
  if (after.version <= before.version + 1) return;
  const text = `${nameOf(before)} was saved by somebody or something else at the same moment (version ${before.version} was read, ${after.version} is now there): look at its history if its approval surprises you.`;
  ctx.log.warn({ change: before.sysId }, text);
  await note(ctx, before.sysId, 'overlap', text);
}

function doneText(record: ChangeRecord, wish: ApproveRequest): string {
  const reason = wish.reason === '' ? '' : ` Reason: ${wish.reason}`;
  return `${nameOf(record)} is ${toApprovalStatus(wish.decision)} in ServiceNow, on behalf of ${wish.actor}.${reason}`;
}

/**
 * Why this person may not approve this change; declining one's own is no risk. People are compared by the
 * portal's user ids: who ran the approve action, and on whose behalf, against the same two of the deploy run.
 */
async function selfApproval(ctx: FlowContext, run: Run, record: ChangeRecord): Promise<string | undefined> {
  if (ctx.settings.selfApproval === 'allow') return undefined;
  const { deployRun } = await tagsOf(ctx, record);
  if (deployRun === undefined) return undefined;
  const request = await ctx.port.readRun(deployRun);
  if (request === undefined) {
    return `The portal has no run ${deployRun}, so nobody can tell who asked for this deployment. Decide ${nameOf(record)} in ServiceNow.`;
  }
  const requesters = [request.createdBy, request.impersonatedBy].filter(
    (id) => typeof id === 'string' && id !== '',
  );
  const deciders = [run.createdBy, run.impersonatedBy].filter((id) => typeof id === 'string' && id !== '');
  if (requesters.length === 0 || deciders.length === 0) {
    return 'The portal does not tell who asked for this deployment or who decides it, so the decision is refused.';
  }
  if (!deciders.some((id) => requesters.includes(id))) return undefined;
  return `Whoever asked for a deployment may not approve it (${nameOf(record)}). Somebody else has to decide.`;
}

async function apply(ctx: FlowContext, runId: string, version: number, text: string): Promise<void> {
  await ctx.ledger.approveRuns.applied(runId, version, text, ctx.clock());
  await tellOutcomeOf(ctx, runId);
}

async function refuse(ctx: FlowContext, runId: string, reason: string): Promise<void> {
  await ctx.ledger.approveRuns.refused(runId, reason, ctx.clock());
  await tellOutcomeOf(ctx, runId);
}

async function tellOutcomeOf(ctx: FlowContext, runId: string): Promise<void> {
  const approval = await ctx.ledger.approveRuns.get(runId);
  if (approval !== undefined) await tellOutcome(ctx, approval);
}

/** Tells the run and the timeline how it ended. Run again after a crash in between, it tells what is missing. */
async function tellOutcome(ctx: FlowContext, approval: ApproveRun): Promise<void> {
  const { runId, sys_id: sysId, outcome = '', status } = approval;
  const applied = status === 'applied';
  ctx.log.info({ run: runId, change: sysId, status }, outcome);
  if (sysId !== undefined) {
    await note(ctx, sysId, applied ? 'portal-approval' : 'portal-approval-refused', outcome);
    await ctx.enqueue('change-sync', sysId);
  }
  await report(ctx, runId, {
    step: 'end',
    message: `${applied ? '✅' : '❌'} ${outcome}`,
    ends: applied ? 'SUCCESS' : 'FAILURE',
    label: applied ? toApprovalStatus(approval.decision ?? 'rejected') : 'not decided',
  });
  await ctx.ledger.owed.settle('portal-approval', runId);
}

/** A run that is not ours to write to: it may be forged, ended, or not approved itself yet. */
async function forget(ctx: FlowContext, runId: string, reason: string): Promise<void> {
  ctx.log.warn({ run: runId }, `Portal approval ignored: ${reason}`);
  await ctx.ledger.approveRuns.forget(runId);
}

async function replayEffect(ledger: Ledger, runId: string): Promise<ReplayEffect> {
  const status = (await ledger.approveRuns.get(runId))?.status;
  return status === 'applied' ? 'already_applied' : status === 'refused' ? 'superseded' : 'would_apply';
}
