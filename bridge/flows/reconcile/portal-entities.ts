import type { Sync } from '../../ledger/syncs.ts';
import { sysIdSchema } from '../../model/change.ts';
import { RequestRefused } from '../../model/errors.ts';
import type { ShownEntity } from '../../outbound/port.ts';
import type { FlowContext } from '../shared/context.ts';
import { fingerprintOf } from '../shared/portal-entity.ts';
import { lacksFurther, type PortalShape, portalShape } from '../shared/portal-shape.ts';

/** A check that would delete more than this share of the portal's entities stops: something else is wrong. */
const DELETE_CAP = 0.1;
/** Up to so many deletions the share does not count. */
const DELETE_FLOOR = 10;

/** What the portal's entities, page by page, were found to be. */
type Found = {
  /** The sys_ids that the portal shows. */
  readonly shown: Set<string>;
  /** Those that ServiceNow did not show during the read. */
  readonly unseen: string[];
};

/**
 * After a full read: entities whose change is gone are deleted, each only after ServiceNow has said so of that
 * record; changes that the portal does not show, or shows altered, are written again. Throws RequestRefused
 * over the cap.
 */
export async function checkPortalEntities(ctx: FlowContext, sync: Sync): Promise<void> {
  const shape = await portalShape(ctx, 0);
  const found = await readPortal(ctx, sync, await outgrown(ctx, shape));
  const missing = await missingAmong(ctx, found.unseen);
  if (missing.length > Math.max(DELETE_FLOOR, found.shown.size * DELETE_CAP)) {
    throw new RequestRefused(
      'ServiceNow',
      404,
      `${missing.length} of ${found.shown.size} portal entities have no change request any more: too many to believe, so none was deleted. Check what the integration user may read (and SERVICENOW_CHANGE_QUERY), then sync again.`,
    );
  }
  await removeGone(ctx, sync, await goneAmong(ctx, missing));
  for await (const sysIds of ctx.ledger.syncs.remembered(sync.id)) {
    for (const sysId of sysIds) if (!found.shown.has(sysId)) await writeAgain(ctx, sysId);
  }
  await ctx.ledger.syncs.keepShape(JSON.stringify(shape));
}

type Outgrown = (entity: ShownEntity) => boolean;

/** Which entities were written while the blueprint declared something else. */
async function outgrown({ ledger }: FlowContext, shape: PortalShape): Promise<Outgrown> {
  const last = await ledger.syncs.lastShape();
  if (last === undefined) return (entity) => lacksFurther(shape, entity.properties);
  const isOther = last !== JSON.stringify(shape);
  return () => isOther;
}

/** Entities that are no changes are not ours to judge. */
async function readPortal(ctx: FlowContext, sync: Sync, isOutgrown: Outgrown): Promise<Found> {
  const shown = new Set<string>();
  const unseen: string[] = [];
  let from: string | undefined;
  do {
    const page = await ctx.port.listEntities(from);
    const ours = page.entities.filter((entity) => sysIdSchema.safeParse(entity.identifier).success);
    const sysIds = ours.map((entity) => entity.identifier);
    for (const sysId of sysIds) shown.add(sysId);
    unseen.push(...(await ctx.ledger.syncs.notRemembered(sync.id, sysIds)));
    for (const sysId of await alteredAmong(ctx, ours, isOutgrown)) await writeAgain(ctx, sysId);
    from = page.next;
  } while (from !== undefined);
  return { shown, unseen };
}

/**
 * Those that somebody changed after the bridge confirmed them, or that could show more by now. What is still on its way
 * is not altered.
 */
async function alteredAmong(
  ctx: FlowContext,
  entities: readonly ShownEntity[],
  isOutgrown: Outgrown,
): Promise<string[]> {
  const known = await ctx.ledger.changes.shownInPortal(entities.map((entity) => entity.identifier));
  const altered = entities.filter((entity, at) => {
    const fingerprint = known[at];
    return fingerprint !== undefined && (isOutgrown(entity) || fingerprintOf(entity) !== fingerprint);
  });
  return altered.map((entity) => entity.identifier);
}

/** Those that ServiceNow leaves out where many are asked for. Access rules may hide some of them. */
async function missingAmong(ctx: FlowContext, sysIds: readonly string[]): Promise<string[]> {
  const still = await ctx.servicenow.readChanges(sysIds);
  return sysIds.filter((sysId) => !still.has(sysId));
}

/** Those of which ServiceNow, asked for each alone, says that it has no such change. */
async function goneAmong(ctx: FlowContext, sysIds: readonly string[]): Promise<string[]> {
  const gone: string[] = [];
  for (const sysId of sysIds) {
    if ((await ctx.servicenow.readChange(sysId)) === undefined) gone.push(sysId);
  }
  return gone;
}

async function removeGone(ctx: FlowContext, sync: Sync, gone: readonly string[]): Promise<void> {
  const { changes, syncs } = ctx.ledger;
  const known = await changes.getMany(gone);
  const unknown = gone.filter((_, at) => known[at] === undefined);
  for (const outcome of await ctx.port.deleteEntities(unknown)) if (outcome !== true) throw outcome;
  for (const change of known) {
    if (change === undefined) continue;
    const { sysId } = change.record;
    await changes.remove(change.record, 'reconcile', ctx.clock());
    await ctx.enqueue('decision', sysId);
    await ctx.enqueue('change-sync', sysId);
  }
  await syncs.count(sync.id, 'deleted', gone.length);
}

async function writeAgain(ctx: FlowContext, sysId: string): Promise<void> {
  await ctx.ledger.changes.distrustPortal(sysId, ctx.clock());
  await ctx.enqueue('change-sync', sysId);
}
