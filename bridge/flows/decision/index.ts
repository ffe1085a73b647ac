import type { Change } from '../../ledger/changes.ts';
import { type InitialStatus, isFinished, type Trigger } from '../../ledger/triggers.ts';
import { field } from '../../model/change.ts';
import { whyHeld } from '../../model/standing.ts';
import type { FlowContext } from '../shared/context.ts';
import type { Flow } from '../shared/flow.ts';
import { note } from '../shared/tell.ts';
import { initialStatus } from './initial-status.ts';
import * as texts from './texts.ts';
import { tellWithdrawn } from './withdrawn.ts';

/**
 * Finds out which decision stands on a change, from what the ledger knows alone, records it and hands it to its
 * pipeline. It has a queue of its own, so that no decision waits behind the portal's entities.
 */
export const decision = { name: 'decision', concurrency: 16, run, owes: true } as const satisfies Flow;

async function run(ctx: FlowContext, sysId: string): Promise<void> {
  const change = await ctx.ledger.changes.get(sysId);
  if (change === undefined) return ctx.ledger.owed.settle('decision', sysId);
  if (change.deleted) await abandonParked(ctx, change.decision);
  const revision = change.deleted ? change.revision : await recordStanding(ctx, change);
  await tellWithdrawn(ctx, change);
  if (!(await ctx.ledger.changes.settleDecision(sysId, revision))) await ctx.enqueue('decision', sysId);
}

/** Records the decision that stands. Answers the change's revision as of which it was looked at. */
async function recordStanding(ctx: FlowContext, change: Change): Promise<number> {
  const { ledger, clock } = ctx;
  const { sysId } = change.record;
  const initial = async (each: Change): Promise<InitialStatus> => {
    await auditDecision(ctx, each);
    return initialStatus(ctx, each);
  };
  const standing = await ledger.triggers.recordDecision(sysId, initial, clock());
  if (standing.id === undefined) return standing.revision;
  if (standing.isNew) await noteDecision(ctx, change);
  const trigger = await ledger.triggers.get(standing.id);
  if (trigger !== undefined && (!isFinished(trigger.status) || (await reopenMoved(ctx, trigger, change))))
    await ctx.enqueue('pipeline-trigger', standing.id);
  return standing.revision;
}

/** Written before the decision is recorded: where another worker is faster, it stands there twice. */
async function auditDecision(ctx: FlowContext, { record }: Change): Promise<void> {
  await ctx.ledger.audit.append({
    at: ctx.clock(),
    actor: `ServiceNow (${field(record, 'sys_updated_by')})`,
    action: `decision:${field(record, 'approval')}`,
    subject: record.sysId,
    reason: texts.decisionSeen(record),
  });
}

async function noteDecision(ctx: FlowContext, { record }: Change): Promise<void> {
  await note(ctx, record.sysId, 'decision', texts.decisionSeen(record));
}

/** Answers whether a decision that was parked after the end of its window begins again, because its dates were moved. */
async function reopenMoved(ctx: FlowContext, trigger: Trigger, { record }: Change): Promise<boolean> {
  const { id, status, decision: decided, parked_for: parkedFor, reason } = trigger;
  if (status !== 'parked' || parkedFor !== 'window' || decided === undefined) return false;
  const held = whyHeld(decided, record, { now: ctx.clock(), window: ctx.settings.changeWindow });
  if (held?.reason === reason) return false;
  return ctx.ledger.triggers.reopen(id, texts.DATES_MOVED, ctx.clock());
}

/** A decision that waited for an operator has lost its change. */
async function abandonParked(ctx: FlowContext, id: string | undefined): Promise<void> {
  if (id === undefined) return;
  if (await ctx.ledger.triggers.resolve(id, 'abandoned', texts.DELETED, ctx.clock()))
    await ctx.enqueue('pipeline-trigger', id);
}
