import type { Sync } from '../ledger/syncs.ts';
import { sysIdSchema } from '../model/change.ts';
import { RequestRefused } from '../model/errors.ts';
import type { ShownEntity } from '../outbound/port.ts';
import type { FlowContext } from './shared/context.ts';
import { fingerprintOf } from './shared/portal-entity.ts';

/** A sweep that would delete more than this share of the portal's entities stops: something else is wrong. */
const DELETE_CAP = 0.1;
/** Up to so many deletions the share does not count. */
const DELETE_FLOOR = 10;

/**
 * After a full read: entities whose change is gone are deleted, each only after ServiceNow has said so of that
 * one record; changes that the portal does not show, or shows altered, are written again. Throws RequestRefused
 * over the cap.
 */
export async function sweepDeleted(ctx: FlowContext, sync: Sync): Promise<void> {
  const { syncs, changes } = ctx.ledger;
  const { shown, altered } = await shownInPortal(ctx);
  const unseen: string[] = [];
  for (const id of shown) {
    if (!(await syncs.remembers(sync.id, id))) unseen.push(id);
  }
  const gone: string[] = [];
  for (const id of unseen) {
    if ((await ctx.servicenow.readChange(id)) === undefined) gone.push(id);
  }
  if (gone.length > Math.max(DELETE_FLOOR, shown.size * DELETE_CAP)) {
    throw new RequestRefused(
      'ServiceNow',
      404,
      `${gone.length} of ${shown.size} portal entities have no change request any more: too many to believe, so none was deleted. Check what the integration user may read (and SERVICENOW_CHANGE_QUERY), then sync again.`,
    );
  }
  for (const id of gone) {
    const known = await changes.get(id);
    if (known === undefined) await ctx.port.deleteEntity(id);
    else {
      await changes.remove(known.record, 'reconcile', ctx.clock());
      await ctx.enqueue('decision', id);
      await ctx.enqueue('change-sync', id);
    }
    await syncs.count(sync.id, 'deleted', 1);
  }
  for (const id of await syncs.remembered(sync.id)) {
    if (shown.has(id) && !altered.has(id)) continue;
    await changes.distrustPortal(id, ctx.clock());
    await ctx.enqueue('change-sync', id);
  }
}

/**
 * The sys_ids that the portal shows, and which of them differ from what the bridge wrote there last. Entities that
 * are no changes are not ours to judge.
 */
async function shownInPortal(ctx: FlowContext): Promise<{ shown: Set<string>; altered: Set<string> }> {
  const shown = new Set<string>();
  const altered = new Set<string>();
  let from: string | undefined;
  do {
    const page = await ctx.port.listEntities(from);
    for (const entity of page.entities) {
      if (!sysIdSchema.safeParse(entity.identifier).success) continue;
      shown.add(entity.identifier);
      if (await isAltered(ctx, entity)) altered.add(entity.identifier);
    }
    from = page.next;
  } while (from !== undefined);
  return { shown, altered };
}

/** Whether somebody changed what the bridge has confirmed there. What is still on its way is not altered. */
async function isAltered(ctx: FlowContext, entity: ShownEntity): Promise<boolean> {
  const change = await ctx.ledger.changes.get(entity.identifier);
  if (change === undefined || change.deleted || change.portalVersion < change.record.version) return false;
  return fingerprintOf(entity) !== change.portalHash;
}
