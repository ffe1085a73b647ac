import type { Change, Observation, Source } from '../../ledger/changes.ts';
import type { ChangeRecord } from '../../model/change.ts';
import type { FlowContext } from './context.ts';
import { note } from './tell.ts';
import * as texts from './texts.ts';

/**
 * Reads ServiceNow and puts what it says into the ledger. Undefined where the record does not exist, or may not be
 * read.
 */
export async function readAndObserve(ctx: FlowContext, sysId: string): Promise<ChangeRecord | undefined> {
  const asked = ctx.clock();
  const record = await ctx.servicenow.readChange(sysId);
  if (record === undefined) return undefined;
  await watchTagsColumn(ctx, record);
  await observe(ctx, record, 'read', asked);
  return record;
}

/** Puts a whole record that was asked for at `asked` (ms) into the ledger, and asks for what follows from it. */
export async function observe(
  ctx: FlowContext,
  record: ChangeRecord,
  source: Source,
  asked: number,
): Promise<Observation> {
  const eventsBefore = asked - ctx.settings.settleMs;
  const seen = await ctx.ledger.changes.observe(record, true, source, ctx.clock(), eventsBefore);
  if (seen.outcome === 'contradicted') await tellContradiction(ctx, record);
  const isNews = seen.outcome === 'stored' || seen.outcome === 'contradicted';
  if (isNews) await ctx.enqueue('change-sync', record.sysId);
  if (seen.needsDecision) await ctx.enqueue('decision', record.sysId);
  return seen;
}

/** Somebody who holds the webhook secret told something of a change that ServiceNow does not have. */
export async function tellContradiction(ctx: FlowContext, record: ChangeRecord): Promise<void> {
  const text = texts.contradiction(record);
  ctx.log.error({ change: record.sysId, version: record.version }, text);
  await note(ctx, record.sysId, 'contradiction', text);
}

/** ServiceNow leaves unknown fields out without a word: then every tag is lost, and somebody must be told. */
async function watchTagsColumn(ctx: FlowContext, record: ChangeRecord): Promise<void> {
  const { tagsField } = ctx.settings;
  const { warnings } = ctx.ledger;
  if (record.fields[tagsField] !== undefined) return warnings.clear('tags-column');
  const text = texts.noTagsColumn(tagsField);
  if (await warnings.raise('tags-column', text)) ctx.log.error({ column: tagsField }, text);
}

/**
 * How long (ms) until a read can tell whether an event's newer version exists, where the record just read is older;
 * 0 where it can tell already. A read that was asked for too early did not count, however late its answer came.
 */
export function untilReadCounts(ctx: FlowContext, record: ChangeRecord, known: Change): number {
  if (record.version >= known.record.version) return 0;
  const { settleMs, leaseMs } = ctx.settings;
  const now = ctx.clock();
  if (now > known.seenAt + settleMs + leaseMs) return 0;
  return Math.max(1, known.seenAt + settleMs - now);
}
