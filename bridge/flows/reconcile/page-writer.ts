import type { Observation } from '../../ledger/changes.ts';
import type { ChangeRecord } from '../../model/change.ts';
import type { FlowContext } from '../shared/context.ts';
import { tellContradiction } from '../shared/observe.ts';
import type { Entity } from '../../outbound/port.ts';
import { entityOf, fingerprintOf } from '../shared/portal-entity.ts';
import { portalShape } from '../shared/portal-shape.ts';

/** Records observed or confirmed in one script: few round trips, and no script that holds Redis up. */
const CHUNK = 100;
/** Pages that may be on their way to the portal at the same time. */
const PAGES_AT_ONCE = 3;

/**
 * Brings the pages of a sync into the ledger and to the portal, in bulk and without a job for each record. What fails
 * alone becomes a job of its own; what a crash leaves behind is owed in the ledger.
 */
export class PageWriter {
  readonly #ctx: FlowContext;
  readonly #syncId: string;
  readonly #writing = new Set<Promise<void>>();
  #error: unknown;

  constructor(ctx: FlowContext, syncId: string) {
    this.#ctx = ctx;
    this.#syncId = syncId;
  }

  /**
   * Puts a page that was asked for at `asked` (ms) into the ledger and begins to write the portal. Waits while too
   * many pages are on their way. Throws what an earlier page threw.
   */
  async take(records: readonly ChangeRecord[], asked: number): Promise<void> {
    const due = await this.#observe(records, asked);
    const { syncs } = this.#ctx.ledger;
    await syncs.countPage(this.#syncId, records.length, due.length);
    while (this.#writing.size >= PAGES_AT_ONCE) await Promise.race(this.#writing);
    this.#throwEarlier();
    const writing = this.#write(due)
      .catch((error: unknown) => {
        this.#error ??= error;
      })
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  /** Waits until all that was taken is written. Throws what a page threw. */
  async finish(): Promise<void> {
    await Promise.all(this.#writing);
    this.#throwEarlier();
  }

  #throwEarlier(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  /** The records that the portal may not show yet. */
  async #observe(records: readonly ChangeRecord[], asked: number): Promise<Due[]> {
    const { ledger, clock, settings, enqueue } = this.#ctx;
    const due: Due[] = [];
    for (const chunk of chunksOf(records)) {
      const how = { eventsBefore: asked - settings.settleMs, cut: true };
      const seen = await ledger.changes.observeAll(chunk, true, 'reconcile', clock(), how);
      for (const [at, observation] of seen.entries()) {
        const record = chunk[at];
        if (record === undefined) continue;
        if (observation.outcome === 'contradicted') await tellContradiction(this.#ctx, record);
        if (observation.needsDecision) await enqueue('decision', record.sysId);
        if (observation.outcome === 'stale') await this.#askForNewer(record, observation);
        else if (!observation.isShown) due.push({ record, ...observation });
      }
    }
    return due;
  }

  /** An event told a newer version than the page: that one is what the portal has to show. */
  async #askForNewer(record: ChangeRecord, { isShown }: Observation): Promise<void> {
    if (!isShown) await this.#ctx.enqueue('change-sync', record.sysId);
  }

  async #write(due: readonly Due[]): Promise<void> {
    const { port } = this.#ctx;
    const shape = await portalShape(this.#ctx);
    const entities = await Promise.all(due.map(({ record }) => entityOf(this.#ctx, record, shape)));
    const wanted = due.flatMap(({ record, portalHash, portalDoubts: doubts, outcome }, at) => {
      const entity = entities[at];
      if (entity === undefined) return [];
      const fingerprint = fingerprintOf(entity);
      const isNews = fingerprint !== portalHash;
      return [{ record, entity, fingerprint, doubts, isNews, isKeptCut: outcome !== 'same' }];
    });
    const news = wanted.filter((each) => each.isNews);
    const outcomes = await port.upsertMany(news.map((each) => each.entity));
    const failed = new Set(news.filter((_, at) => outcomes[at] !== true).map((each) => each.record.sysId));
    const written = wanted.filter((each) => !failed.has(each.record.sysId));
    for (const chunk of chunksOf(written)) await this.#confirm(chunk);
    for (const sysId of failed) await this.#ctx.enqueue('change-sync', sysId);
  }

  async #confirm(chunk: readonly Written[]): Promise<void> {
    const { ledger, clock, enqueue } = this.#ctx;
    const outcomes = await ledger.changes.confirmPortalAll(chunk);
    const at = clock();
    await ledger.timeline.addMany(
      chunk
        .filter((each) => each.isNews)
        .map((each) => ({ sysId: each.record.sysId, line: lineOf(each, at) })),
    );
    for (const [index, outcome] of outcomes.entries()) {
      const written = chunk[index];
      // A newer version was written meanwhile, and this one over it.
      if (outcome === 'overtaken' && written !== undefined)
        await enqueue('change-sync', written.record.sysId);
    }
  }
}

type Due = Observation & { readonly record: ChangeRecord };
type Written = {
  readonly record: ChangeRecord;
  readonly entity: Entity;
  readonly fingerprint: string;
  readonly doubts: number;
  readonly isNews: boolean;
  readonly isKeptCut: boolean;
};

function lineOf({ record, entity }: Written, at: number): { at: number; what: string; text: string } {
  const { approval, state } = entity.properties;
  const text = `The portal shows version ${record.version}: approval ${String(approval)}, state ${String(state)}.`;
  return { at, what: 'portal', text };
}

function chunksOf<T>(items: readonly T[]): T[][] {
  const chunks: T[][] = [];
  for (let at = 0; at < items.length; at += CHUNK) chunks.push(items.slice(at, at + CHUNK));
  return chunks;
}
