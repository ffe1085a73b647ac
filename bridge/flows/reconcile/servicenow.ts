import type { Sync } from '../../ledger/syncs.ts';
import { type ChangeRecord, field } from '../../model/change.ts';
import { toIsoDate, toRawDate } from '../../model/time.ts';
import type { ChangePage } from '../../outbound/change-rows.ts';
import type { FlowContext } from '../shared/context.ts';
import { PageWriter } from './page-writer.ts';
import { checkPortalEntities } from './portal-entities.ts';

/** How far back (ms) a delta reads again: rows of a second may be committed after that second was read. */
const OVERLAP_MS = 60_000;

/** Reads what was updated since the last look, or everything, and brings the ledger and the portal in step. */
export async function readServiceNow(ctx: FlowContext, sync: Sync): Promise<void> {
  const cursor = await ctx.ledger.syncs.cursor();
  if (sync.mode === 'full' || cursor === undefined) await readEverything(ctx, sync);
  else await readDelta(ctx, sync, cursor.updatedOn);
}

/** Changed rows by keyset: an offset would skip rows that move while it reads. */
async function readDelta(ctx: FlowContext, sync: Sync, cursor: string): Promise<void> {
  const writer = new PageWriter(ctx, sync.id);
  const since = Date.parse(toIsoDate(cursor) ?? new Date(0).toISOString()) - OVERLAP_MS;
  const first = { updatedOn: toRawDate(since), sysId: '' };
  const query = (from: typeof first): string =>
    deltaQuery(ctx.settings.changeQuery, from.updatedOn, from.sysId);
  await forEachPage(ctx, sync.id, first, query, placeInTime, async (records, asked, place) => {
    await writer.take(records, asked);
    await ctx.ledger.syncs.moveCursor(place);
  });
  await writer.finish();
}

async function readEverything(ctx: FlowContext, sync: Sync): Promise<void> {
  const { syncs } = ctx.ledger;
  const writer = new PageWriter(ctx, sync.id);
  const base = and(ctx.settings.changeQuery);
  const query = (position: string): string => `${base}sys_id>${position}^ORDERBYsys_id`;
  await forEachPage(ctx, sync.id, sync.position, query, sysIdOf, async (records, asked, position) => {
    await writer.take(records, asked);
    await syncs.remember(
      sync.id,
      records.map((record) => record.sysId),
    );
    await syncs.update(sync.id, { position });
  });
  // What is still on its way to the portal must not look as if somebody had removed it there.
  await writer.finish();
  const { unreadable } = { unreadable: 0, ...(await syncs.get(sync.id)) };
  if (unreadable === 0) await ctx.ledger.warnings.clear('unreadable-changes');
  await startCursor(ctx, sync);
  await checkPortalEntities(ctx, sync);
}

function placeInTime(record: ChangeRecord): { updatedOn: string; sysId: string } {
  return { updatedOn: field(record, 'sys_updated_on'), sysId: record.sysId };
}

function sysIdOf(record: ChangeRecord): string {
  return record.sysId;
}

/**
 * Hands every page to `take`, in order, with when (ms) it was asked for and the place after it. The next page is
 * read while one is taken.
 */
async function forEachPage<Place>(
  ctx: FlowContext,
  syncId: string,
  first: Place,
  query: (place: Place) => string,
  after: (last: ChangeRecord) => Place,
  take: (records: readonly ChangeRecord[], asked: number, place: Place) => Promise<void>,
): Promise<void> {
  const read = (place: Place) => settled(readableRows(ctx, syncId, query(place)));
  let next = read(first);
  for (;;) {
    const outcome = await next;
    if ('error' in outcome) throw outcome.error;
    const { records, asked } = outcome.value;
    const last = records.at(-1);
    if (last === undefined) return;
    const place = after(last);
    next = read(place);
    await take(records, asked, place);
  }
}

/** A promise that is awaited later must not count as unhandled where it fails before. */
async function settled<T>(promise: Promise<T>): Promise<{ readonly value: T } | { readonly error: unknown }> {
  try {
    return { value: await promise };
  } catch (error) {
    return { error };
  }
}

/**
 * The next rows from a keyset's start that may be read; none where the end is reached. A page that access rules
 * hide entirely gives no key to go on from, so it goes on by offset, in half pages: rows that move away meanwhile
 * must not draw others into what was passed.
 */
async function readableRows(
  ctx: FlowContext,
  syncId: string,
  query: string,
): Promise<{ readonly records: readonly ChangeRecord[]; readonly asked: number }> {
  const { pageRows } = ctx.settings;
  for (let offset = 0; ; offset += pageRows / 2) {
    const asked = ctx.clock();
    const page = await ctx.servicenow.pageOfChanges(query, pageRows, offset);
    await tellUnreadable(ctx, syncId, page.unreadable);
    if (page.records.length > 0 || !page.more) return { records: page.records, asked };
  }
}

/** A row that makes no sense is skipped and told; it does not keep the others from being read. */
async function tellUnreadable(
  ctx: FlowContext,
  syncId: string,
  rows: ChangePage['unreadable'],
): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  await ctx.ledger.syncs.count(syncId, 'unreadable', rows.length);
  for (const row of rows)
    ctx.log.error({ sync: syncId, ...row }, 'A change request of ServiceNow cannot be read.');
  const text = `A sync skipped rows of change_request that make no sense, such as ${first.sysId ?? 'one without a sys_id'} (${first.reason}). Mend or delete them in ServiceNow, then run a full sync.`;
  await ctx.ledger.warnings.raise('unreadable-changes', text);
}

/** After a full read, deltas begin at its start: what changed meanwhile is read again. */
async function startCursor(ctx: FlowContext, sync: Sync): Promise<void> {
  if ((await ctx.ledger.syncs.cursor()) !== undefined) return;
  await ctx.ledger.syncs.moveCursor({ updatedOn: toRawDate(sync.created_at), sysId: '' });
}

function and(query: string): string {
  return query === '' ? '' : `${query}^`;
}

/** The base filter stands in each group: `^NQ` begins a new query. */
function deltaQuery(base: string, updatedOn: string, sysId: string): string {
  const later = `${and(base)}sys_updated_on>${updatedOn}`;
  const same = `${and(base)}sys_updated_on=${updatedOn}^sys_id>${sysId}`;
  return `${later}^NQ${same}^ORDERBYsys_updated_on^ORDERBYsys_id`;
}
