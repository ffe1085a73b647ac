import type { Ledger } from '../ledger/ledger.ts';
import type { ReplayEffect } from '../model/jobs.ts';
import type { Sync } from '../ledger/syncs.ts';
import { actingPipeline } from '../ledger/triggers.ts';
import { type ChangeRecord, field } from '../model/change.ts';
import { messageOf, RequestRefused } from '../model/errors.ts';
import type { FlowContext } from './shared/context.ts';
import type { Flow } from './shared/flow.ts';
import { observe } from './shared/observe.ts';
import { note } from './shared/tell.ts';
import { toIsoDate, toRawDate } from '../model/time.ts';
import { sweepDeleted } from './sweep-deleted.ts';

/** Rows read in one request. */
const PAGE = 100;
/** How far back (ms) a delta reads again: rows of a second may be committed after that second was read. */
const OVERLAP_MS = 60_000;

/**
 * Reads from ServiceNow what may have been missed and feeds it to change sync: what was updated since the last
 * look (delta), or everything (full). Then it asks the portal and GitLab for news that were lost; trouble with
 * one of the three does not keep the others from being read. Key: the id of a sync; it goes on where it was.
 */
export const reconcile = {
  name: 'reconcile',
  concurrency: 2,
  run,
  owes: false,
  replayEffect,
  prepareReplay,
} as const satisfies Flow;

async function run(ctx: FlowContext, syncId: string): Promise<void> {
  const { syncs } = ctx.ledger;
  const sync = await syncs.get(syncId);
  if (sync === undefined || sync.status === 'done' || sync.status === 'failed') return;
  await syncs.update(syncId, { status: 'running' });
  try {
    await readServiceNow(ctx, sync);
  } catch (error) {
    const failed = error instanceof RequestRefused;
    await syncs.update(syncId, {
      message: messageOf(error),
      ...(failed ? { status: 'failed', ended_at: ctx.clock() } : {}),
    });
    throw error;
  } finally {
    await besides(ctx, 'the portal for open approve runs', () => feedLostRuns(ctx));
    await besides(ctx, 'GitLab for pipelines that have not ended', () => pollPipelines(ctx));
  }
  await syncs.update(syncId, { status: 'done', message: '', ended_at: ctx.clock() });
}

async function readServiceNow(ctx: FlowContext, sync: Sync): Promise<void> {
  const cursor = await ctx.ledger.syncs.cursor();
  if (sync.mode === 'full' || cursor === undefined) await readEverything(ctx, sync);
  else await readDelta(ctx, sync, cursor.updatedOn);
}

/** Does what is not the sync itself: its failure is told in the log, and the next sync tries again. */
async function besides(ctx: FlowContext, what: string, ask: () => Promise<void>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    ctx.log.warn({ error: messageOf(error) }, `A sync could not ask ${what}; the next one asks again.`);
  }
}

/** Changed rows by keyset: an offset would skip rows that move while it reads. */
async function readDelta(ctx: FlowContext, sync: Sync, cursor: string): Promise<void> {
  let updatedOn = toRawDate(Date.parse(toIsoDate(cursor) ?? new Date(0).toISOString()) - OVERLAP_MS);
  let sysId = '';
  for (;;) {
    const query = deltaQuery(ctx.settings.changeQuery, updatedOn, sysId);
    const page = await readableRows(ctx, query);
    const last = page.at(-1);
    if (last === undefined) return;
    await take(ctx, sync, page);
    updatedOn = field(last, 'sys_updated_on');
    sysId = last.sysId;
    await ctx.ledger.syncs.moveCursor({ updatedOn, sysId });
  }
}

/**
 * The next rows from a keyset's start that may be read; none where the end is reached. A page that access rules
 * hide entirely gives no key to go on from, so it goes on by offset, in half pages: rows that move away meanwhile
 * must not draw others into what was passed.
 */
async function readableRows(ctx: FlowContext, query: string): Promise<readonly ChangeRecord[]> {
  for (let offset = 0; ; offset += PAGE / 2) {
    const page = await ctx.servicenow.pageOfChanges(query, PAGE, offset);
    if (page.records.length > 0 || !page.more) return page.records;
  }
}

async function readEverything(ctx: FlowContext, sync: Sync): Promise<void> {
  const { syncs } = ctx.ledger;
  let position = sync.position;
  for (;;) {
    const query = `${and(ctx.settings.changeQuery)}sys_id>${position}^ORDERBYsys_id`;
    const page = await readableRows(ctx, query);
    const last = page.at(-1);
    if (last === undefined) break;
    await take(ctx, sync, page);
    await syncs.remember(
      sync.id,
      page.map((record) => record.sysId),
    );
    position = last.sysId;
    await syncs.update(sync.id, { position });
  }
  await startCursor(ctx, sync);
  await sweepDeleted(ctx, sync);
}

/** After a full read, deltas begin at its start: what changed meanwhile is read again. */
async function startCursor(ctx: FlowContext, sync: Sync): Promise<void> {
  if ((await ctx.ledger.syncs.cursor()) !== undefined) return;
  await ctx.ledger.syncs.moveCursor({ updatedOn: toRawDate(sync.created_at), sysId: '' });
}

async function take(ctx: FlowContext, sync: Sync, page: readonly ChangeRecord[]): Promise<void> {
  const { changes, syncs } = ctx.ledger;
  let changed = 0;
  for (const record of page) {
    const { outcome } = await observe(ctx, record, 'reconcile', ctx.clock());
    const known = await changes.get(record.sysId);
    if (outcome !== 'stored' && (known === undefined || known.portalVersion >= known.record.version))
      continue;
    changed += 1;
    await ctx.enqueue('change-sync', record.sysId);
  }
  await syncs.count(sync.id, 'read', page.length);
  await syncs.count(sync.id, 'changed', changed);
}

/** The portal does not repeat a lost webhook: its run just stays open. */
async function feedLostRuns(ctx: FlowContext): Promise<void> {
  const runs = await ctx.port.openRuns(ctx.settings.approveAction);
  for (const run of runs) {
    await ctx.ledger.approveRuns.record(run.id, ctx.clock());
    await ctx.enqueue('portal-approval', run.id);
  }
}

/** GitLab does not repeat a lost hook: pipelines that have not ended are asked, those first that waited longest. */
async function pollPipelines(ctx: FlowContext): Promise<void> {
  if (!ctx.gitlab.canRead) return;
  const { triggers } = ctx.ledger;
  for (const id of await triggers.runningBefore(ctx.clock() - OVERLAP_MS, PAGE)) {
    // Asked or not: the next sync begins with the others.
    await triggers.polled(id, ctx.clock());
    const trigger = await triggers.get(id);
    const acting = trigger === undefined ? undefined : actingPipeline(trigger);
    if (acting === undefined) continue;
    try {
      await pollPipeline(ctx, id, acting);
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      await pollRefused(ctx, id, trigger?.sys_id, acting, error);
    }
  }
}

type Acting = { readonly project: string; readonly id: string };

async function pollPipeline(ctx: FlowContext, trigger: string, acting: Acting): Promise<void> {
  const found = await ctx.gitlab.readPipeline(acting.project, acting.id);
  const news = { status: found.status, url: found.url, trigger };
  await ctx.ledger.pipelines.observe(acting.project, found.id, news, ctx.clock());
  await ctx.enqueue('pipeline-result', `${acting.project}/${found.id}`);
}

/** A pipeline that was deleted will never tell how it ended: it is not asked again. */
async function pollRefused(
  ctx: FlowContext,
  trigger: string,
  sysId: string | undefined,
  acting: Acting,
  error: RequestRefused,
): Promise<void> {
  const facts = { trigger, ...acting, error: error.message };
  if (error.status !== 404) return ctx.log.warn(facts, 'GitLab does not tell how a pipeline is.');
  const text = `GitLab knows no pipeline ${acting.id} in project ${acting.project} any more (404), so nobody can tell how it ended. If it was not deleted, check what GITLAB_API_TOKEN may read.`;
  ctx.log.warn(facts, text);
  if (sysId !== undefined) await note(ctx, sysId, 'pipeline-gone', text);
  await ctx.ledger.triggers.unwatch(trigger);
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

/** A sync is known for a week. */
async function replayEffect(ledger: Ledger, syncId: string): Promise<ReplayEffect> {
  const sync = await ledger.syncs.get(syncId);
  if (sync === undefined) return 'superseded';
  return sync.status === 'done' ? 'already_applied' : 'would_apply';
}

/** A failed sync has its end in the ledger: it has to begin anew. */
async function prepareReplay(ledger: Ledger, syncId: string, now: number): Promise<void> {
  await ledger.syncs.restart(syncId, now);
}
