import type { Change } from '../ledger/changes.ts';
import { field, nameOf } from '../model/change.ts';
import { isFinished } from '../ledger/triggers.ts';
import { initialStatus } from './old-decisions.ts';
import { hashOf, toEntity } from './portal-entity.ts';
import { type FlowContext, note, readAndObserve } from './context.ts';
import { tellWithdrawn } from './withdrawn.ts';

/**
 * Brings the rest of the world in step with the newest known version of one change: records the decision that
 * it shows, and makes the portal's entity equal to it. Can be run at any time, any number of times.
 */
export async function changeSync(ctx: FlowContext, sysId: string): Promise<void> {
  const change = await newest(ctx, sysId);
  if (change === undefined) return;
  if (change.deleted) {
    await removeFromPortal(ctx, change);
    await tellWithdrawn(ctx, change);
    return;
  }
  await recordDecision(ctx, change);
  await writePortal(ctx, change);
  await tellWithdrawn(ctx, change);
}

/** The ledger's change, after a look at ServiceNow where the ledger knows that it does not know enough. */
async function newest(ctx: FlowContext, sysId: string): Promise<Change | undefined> {
  const { changes } = ctx.ledger;
  const change = await changes.get(sysId);
  if (change !== undefined && !change.refresh && !change.deleted) return change;
  const record = await readAndObserve(ctx, sysId);
  await changes.clearRefresh(sysId);
  if (record === undefined && change === undefined) await changes.forget(sysId);
  if (record === undefined && change !== undefined && !change.deleted) {
    await note(ctx, sysId, 'unreadable', 'ServiceNow does not show this change to the integration user.');
  }
  return changes.get(sysId);
}

async function removeFromPortal(ctx: FlowContext, change: Change): Promise<void> {
  const { sysId, version } = change.record;
  await ctx.port.deleteEntity(sysId);
  await ctx.ledger.changes.confirmPortal(sysId, version, 'deleted', change.portalDoubts);
  await abandonParked(ctx, change.decision);
  if (change.portalHash !== 'deleted')
    await note(ctx, sysId, 'deleted', 'Deleted in ServiceNow and in the portal.');
}

/** A decision that waited for an operator has lost its change. */
async function abandonParked(ctx: FlowContext, id: string | undefined): Promise<void> {
  if (id === undefined) return;
  const gone = 'The change was deleted in ServiceNow.';
  if (await ctx.ledger.triggers.resolve(id, 'abandoned', gone, ctx.clock()))
    await ctx.enqueue('pipeline-trigger', id);
}

async function recordDecision(ctx: FlowContext, change: Change): Promise<void> {
  const { ledger, clock } = ctx;
  const { sysId } = change.record;
  const id = await ledger.triggers.recordDecision(sysId, await initialStatus(ctx, change), clock());
  if (id === undefined) return;
  if (id !== change.decision) {
    const approval = field(change.record, 'approval');
    const by = field(change.record, 'sys_updated_by');
    await note(
      ctx,
      sysId,
      'decision',
      `ServiceNow shows ${nameOf(change.record)} as ${approval} (last updated by ${by}).`,
    );
  }
  const trigger = await ledger.triggers.get(id);
  if (trigger !== undefined && !isFinished(trigger.status)) await ctx.enqueue('pipeline-trigger', id);
}

async function writePortal(ctx: FlowContext, change: Change): Promise<void> {
  const { changes } = ctx.ledger;
  const { sysId, version } = change.record;
  const entity = toEntity(change.record, ctx.settings.tagsField);
  const hash = hashOf(entity);
  if (hash !== change.portalHash) {
    await ctx.port.upsert(entity);
    const { approval, state } = entity.properties;
    await note(
      ctx,
      sysId,
      'portal',
      `The portal shows version ${version}: approval ${String(approval)}, state ${String(state)}.`,
    );
  }
  // A worker that was stalled may have written an older version, or written before somebody removed the entity.
  if ((await changes.confirmPortal(sysId, version, hash, change.portalDoubts)) === 'overtaken')
    await ctx.enqueue('change-sync', sysId);
}
