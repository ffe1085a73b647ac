import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../ledger/changes.ts';
import { type ChangeRecord, field } from '../model/change.ts';
import { NotYet, RequestRefused } from '../model/errors.ts';
import { concernsDecision } from '../model/standing.ts';
import { parseTags } from '../model/tags.ts';
import type { Entity } from '../outbound/port.ts';
import type { FlowContext } from './shared/context.ts';
import { tagsOf } from './shared/deployment.ts';
import type { Flow } from './shared/flow.ts';
import { readAndObserve, untilReadCounts } from './shared/observe.ts';
import { entityOf, fingerprintOf } from './shared/portal-entity.ts';
import { lacksColumns, type PortalShape, portalShape } from './shared/portal-shape.ts';
import { note } from './shared/tell.ts';

/**
 * Makes the portal's entity equal to the newest known version of one change. Can be run at any time, any number of
 * times.
 */
export const changeSync = {
  name: 'change-sync',
  // Full bulk requests to the portal can form on every connection at once.
  concurrency: 320,
  run,
  owes: true,
} as const satisfies Flow;

async function run(ctx: FlowContext, sysId: string): Promise<void> {
  const { changes } = ctx.ledger;
  const known = await changes.get(sysId);
  if (known === undefined || known.refresh || known.deleted || mustBeReadAgain(known)) {
    return syncAfterRead(ctx, sysId, known);
  }
  const shape = await portalShape(ctx);
  if (isBehind(known) && lacksColumns(shape, known.record)) return syncAfterRead(ctx, sysId, known);
  await writePortal(ctx, known, known.record, shape);
}

/** The portal has to be written, and the ledger no longer has the long texts. */
function mustBeReadAgain(change: Change): boolean {
  return change.isCut && isBehind(change);
}

/** The portal does not show the newest version, or nobody knows what it shows. */
function isBehind({ portalHash, portalVersion, record }: Change): boolean {
  return portalHash === undefined || portalVersion < record.version;
}

/** Looks at ServiceNow first, where the ledger knows that it does not know enough. */
async function syncAfterRead(ctx: FlowContext, sysId: string, known: Change | undefined): Promise<void> {
  const { changes } = ctx.ledger;
  const record = await readAndObserve(ctx, sysId);
  const change = await changes.get(sysId);
  const left = record === undefined || change === undefined ? 0 : untilReadCounts(ctx, record, change);
  if (left === 0) await changes.clearRefresh(sysId);
  if (record === undefined && known !== undefined && !known.deleted) {
    await note(ctx, sysId, 'unreadable', 'ServiceNow does not show this change to the integration user.');
  }
  if (change === undefined) return ctx.ledger.owed.settle('change-sync', sysId);
  if (change.deleted) return removeFromPortal(ctx, change);
  const whole = record?.version === change.record.version ? record : change.record;
  await writePortal(ctx, change, whole, await portalShape(ctx));
  if (left > 0)
    throw new NotYet('ServiceNow does not show yet what an event told: looking again.', left + 50);
}

async function removeFromPortal(ctx: FlowContext, change: Change): Promise<void> {
  const { record } = change;
  await ctx.port.deleteEntity(record.sysId);
  await ctx.ledger.changes.confirmPortal(record, 'deleted', change.portalDoubts);
  if (change.portalHash !== 'deleted')
    await note(ctx, record.sysId, 'deleted', 'Deleted in ServiceNow and in the portal.');
}

/** `whole` is the change's newest version with its long texts, where anybody has them. */
async function writePortal(
  ctx: FlowContext,
  change: Change,
  whole: ChangeRecord,
  shape: PortalShape,
): Promise<void> {
  const { changes } = ctx.ledger;
  const { sysId, version } = change.record;
  let entity = await entityOf(ctx, whole, shape);
  // Its long texts or further columns are not at hand, and need not be.
  const isShown = !isBehind(change) && (change.isCut || lacksColumns(shape, whole));
  let fingerprint = (isShown ? change.portalHash : undefined) ?? fingerprintOf(entity);
  if (fingerprint !== change.portalHash) {
    entity = await upsert(ctx, whole, entity);
    fingerprint = fingerprintOf(entity);
    const { approval, state } = entity.properties;
    const text = `The portal shows version ${version}: approval ${String(approval)}, state ${String(state)}.`;
    await note(ctx, sysId, 'portal', text);
  }
  // The first change that names a run gets it: so this one says so as soon as it is seen.
  if (parseTags(field(whole, ctx.settings.tagsField)).deployRun !== undefined) await tagsOf(ctx, whole);
  // A worker that was stalled may have written an older version, or written before somebody removed the entity.
  if ((await changes.confirmPortal(change.record, fingerprint, change.portalDoubts)) === 'overtaken')
    await ctx.enqueue('change-sync', sysId);
}

/** Answers what was written: a service that the portal does not have costs the relation to it, not the change. */
async function upsert(ctx: FlowContext, whole: ChangeRecord, entity: Entity): Promise<Entity> {
  const how = { urgent: concernsDecision(whole) };
  try {
    await ctx.port.upsert(entity, how);
    return entity;
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    // The blueprint may have changed since it was read.
    const shape = await portalShape(ctx, 0);
    const { relations: _none, ...plain } = await entityOf(ctx, whole, shape);
    if (isDeepStrictEqual(plain, entity)) throw error;
    await ctx.port.upsert(plain, how);
    return plain;
  }
}
