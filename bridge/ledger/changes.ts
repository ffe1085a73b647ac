import { z } from 'zod';
import { type ChangeRecord, cutRecord, field } from '../model/change.ts';
import { concernsDecision, type KnownApprovals } from '../model/standing.ts';
import { owedBy } from './owed.ts';
import { resultsOf, type Script, type Store } from './store.ts';

/** Who told the ledger of a version: an event, a read of one record, or a reconcile over many. */
export type Source = 'event' | 'read' | 'reconcile';

/**
 * What an observed version was: newer and kept, equal to what is kept, or older. `contradicted`: a read found
 * something else than an event had told, and was believed.
 */
export type Outcome = 'stored' | 'same' | 'stale' | 'contradicted';

export type Observation = {
  readonly outcome: Outcome;
  /** Whether the portal is known to show the newest version. */
  readonly isShown: boolean;
  /** Whether the decision on this change has to be looked at. */
  readonly needsDecision: boolean;
  /** The fingerprint of what the portal was given last. */
  readonly portalHash: string | undefined;
  /** How often the portal's entity was found missing or altered. */
  readonly portalDoubts: number;
};

/** The ledger's picture of one change. `version` and `portalVersion` are sys_mod_counts. */
export type Change = {
  readonly record: ChangeRecord;
  /** Long texts of the record are left out: the portal shows them, and ServiceNow has them. */
  readonly isCut: boolean;
  readonly deleted: boolean;
  /** A read of ServiceNow is wanted before the record is believed complete. */
  readonly refresh: boolean;
  readonly portalHash: string | undefined;
  readonly portalVersion: number;
  /** How often the portal's entity was found missing or altered. */
  readonly portalDoubts: number;
  /** The id of the newest decision seen. */
  readonly decision: string | undefined;
  /** The id of a decision on a version that ServiceNow turned out not to have. */
  readonly undone: string | undefined;
  /** What the approval was at each version that is remembered. */
  readonly approvals: KnownApprovals;
  /** Grows with each observation that told something new. */
  readonly revision: number;
  readonly firstSeenBy: Source;
  /** When (ms) the newest version was seen. */
  readonly seenAt: number;
};

/** What the portal was seen to be given for one version of a change. */
export type PortalConfirmation = {
  readonly record: ChangeRecord;
  readonly fingerprint: string;
  /** The change's `portalDoubts` from before the write. */
  readonly doubts: number;
  /** The ledger was given the record without its long texts. */
  readonly isKeptCut?: boolean;
};

const flag = z.stringbool().default(false);
const changeHash = z.object({
  version: z.coerce.number(),
  deleted: flag,
  cut: flag,
  refresh: flag,
  portal_hash: z.string().optional(),
  portal_version: z.coerce.number().default(-1),
  portal_doubts: z.coerce.number().default(0),
  decision: z.string().optional(),
  undone: z.string().optional(),
  revision: z.coerce.number().default(0),
  first_seen_by: z.enum(['event', 'read', 'reconcile']).default('event'),
  seen_at: z.coerce.number(),
});
const recordText = z.string().transform((text) => z.record(z.string(), z.string()).parse(JSON.parse(text)));
const observations = z.array(
  z
    .tuple([
      z.enum(['stored', 'same', 'stale', 'contradicted']),
      z.number(),
      z.number(),
      z.string(),
      z.coerce.number(),
    ])
    .transform(([outcome, shown, look, hash, portalDoubts]) => ({
      outcome,
      isShown: shown === 1,
      needsDecision: look === 1,
      portalHash: hash === '' ? undefined : hash,
      portalDoubts,
    })),
);
const confirmation = z.enum(['confirmed', 'overtaken']);

const APPROVAL = 'approval:';

function name(sysId: string): string {
  return `change:${sysId}`;
}

function recordOf(sysId: string): string {
  return `${name(sysId)}:record`;
}

/** Every change that was ever observed, each at its newest version (compare-and-set on sys_mod_count). */
export class Changes {
  readonly #store: Store;
  readonly #observe: Script;
  readonly #remove: Script;
  readonly #confirm: Script;
  readonly #settleDecision: Script;
  readonly #shown: Script;

  constructor(store: Store) {
    this.#store = store;
    this.#observe = store.script('observe-changes');
    this.#remove = store.script('remove-change');
    this.#confirm = store.script('confirm-portal');
    this.#settleDecision = store.script('settle-decision');
    this.#shown = store.script('shown-in-portal');
  }

  /**
   * Keeps the record if it is the newest; remembers its approval in any case. What was read counts more than what
   * only an event told before `eventsBefore` (ms): a higher version, or another approval of the same one.
   */
  async observe(
    record: ChangeRecord,
    complete: boolean,
    source: Source,
    now: number,
    eventsBefore = 0,
  ): Promise<Observation> {
    const [observation] = await this.observeAll([record], complete, source, now, { eventsBefore });
    if (observation === undefined) throw new Error('observe-changes.lua answered nothing.');
    return observation;
  }

  /**
   * `observe` for many records in one step; one answer a record, in the same order. With `cut`, their long texts are
   * not kept: who writes them to the portal has them.
   */
  async observeAll(
    records: readonly ChangeRecord[],
    complete: boolean,
    source: Source,
    now: number,
    how: { readonly eventsBefore?: number; readonly cut?: boolean } = {},
  ): Promise<Observation[]> {
    const answer = await this.#observe({
      changes: 'change:',
      seen: 'changes:seen',
      numbers: 'changes:numbers',
      owed_sync: owedBy('change-sync'),
      owed_decision: owedBy('decision'),
      source,
      now,
      events_before: how.eventsBefore ?? 0,
      rows: records.flatMap((record) => rowOf(how.cut === true ? cutRecord(record) : record, complete)),
    });
    return observations.parse(answer);
  }

  /** Marks the change as deleted in ServiceNow, unless a newer version is kept. */
  async remove(record: ChangeRecord, source: Source, now: number): Promise<'stored' | 'stale'> {
    const { sysId } = record;
    const answer = await this.#remove({
      changes: 'change:',
      seen: 'changes:seen',
      owed_sync: owedBy('change-sync'),
      owed_decision: owedBy('decision'),
      now,
      source,
      sys_id: sysId,
      version: record.version,
      record: JSON.stringify(record.fields),
    });
    return z.enum(['stored', 'stale']).parse(answer);
  }

  /** Asks that the next sync reads ServiceNow first. */
  async askRefresh(sysId: string, now: number): Promise<void> {
    await this.#store.redis
      .multi()
      .hset(this.#store.key(name(sysId)), 'refresh', 1)
      .zadd(this.#store.key(owedBy('change-sync')), 'NX', now, sysId)
      .exec();
  }

  async clearRefresh(sysId: string): Promise<void> {
    await this.#store.redis.hdel(this.#store.key(name(sysId)), 'refresh');
  }

  async get(sysId: string): Promise<Change | undefined> {
    const [change] = await this.getMany([sysId]);
    return change;
  }

  /** The changes of these sys_ids, in the same order, in one round trip. */
  async getMany(sysIds: readonly string[]): Promise<(Change | undefined)[]> {
    const { redis, key } = this.#store;
    const commands = redis.pipeline();
    for (const sysId of sysIds) commands.hgetall(key(name(sysId))).get(key(recordOf(sysId)));
    const answers = resultsOf(await commands.exec());
    return sysIds.map((sysId, at) => toChange(sysId, answers[2 * at], answers[2 * at + 1]));
  }

  async sysIdOf(number: string): Promise<string | undefined> {
    return (await this.#store.redis.hget(this.#store.key('changes:numbers'), number)) ?? undefined;
  }

  /**
   * Records that the portal shows this version; `doubts` is the change's `portalDoubts` from before the write.
   * `overtaken` means that an older version was written after a newer one, or that the entity was found missing
   * or altered meanwhile: the portal has to be written again.
   */
  async confirmPortal(
    record: ChangeRecord,
    fingerprint: string,
    doubts = 0,
  ): Promise<'confirmed' | 'overtaken'> {
    const [outcome] = await this.confirmPortalAll([{ record, fingerprint, doubts }]);
    return confirmation.parse(outcome);
  }

  /** `confirmPortal` for many records in one step; one answer a record, in the same order. */
  async confirmPortalAll(
    confirmations: readonly PortalConfirmation[],
  ): Promise<('confirmed' | 'overtaken')[]> {
    const answer = await this.#confirm({
      changes: 'change:',
      owed_sync: owedBy('change-sync'),
      rows: confirmations.flatMap(({ record, fingerprint, doubts, isKeptCut }) => {
        const cut = isKeptCut === true ? record : cutRecord(record);
        const kept = cut === record ? '' : JSON.stringify(cut.fields);
        return [record.sysId, record.version, fingerprint, kept, doubts];
      }),
    });
    return z.array(confirmation).parse(answer);
  }

  /** The decision was looked at as of this revision. False where something was observed meanwhile. */
  async settleDecision(sysId: string, revision: number): Promise<boolean> {
    const keys = { change: name(sysId), owed: owedBy('decision') };
    return (await this.#settleDecision({ ...keys, sys_id: sysId, revision })) === 1;
  }

  /**
   * The fingerprints of what the portal was given, one a sys_id in the same order; undefined where it is not known to
   * show the newest version.
   */
  async shownInPortal(sysIds: readonly string[]): Promise<(string | undefined)[]> {
    const answer = z.array(z.string()).parse(await this.#shown({ changes: 'change:', sys_ids: sysIds }));
    return answer.map((fingerprint) => (fingerprint === '' ? undefined : fingerprint));
  }

  /** Forgets what the portal shows, so that the next sync writes it again. */
  async distrustPortal(sysId: string, now: number): Promise<void> {
    await this.#store.redis
      .multi()
      .hdel(this.#store.key(name(sysId)), 'portal_hash')
      .hincrby(this.#store.key(name(sysId)), 'portal_doubts', 1)
      .zadd(this.#store.key(owedBy('change-sync')), 'NX', now, sysId)
      .exec();
  }

  /** The most recently seen changes, newest first, from `offset`. */
  recent(offset: number, limit: number): Promise<string[]> {
    return this.#store.redis.zrevrange(this.#store.key('changes:seen'), offset, offset + limit - 1);
  }
}

/** The eight values of a row for keep-change.lua. */
export function rowOf(record: ChangeRecord, complete: boolean): (string | number)[] {
  return [
    record.sysId,
    record.version,
    record.fields.approval === undefined ? '' : field(record, 'approval') || 'none',
    JSON.stringify(record.fields),
    complete ? 1 : 0,
    field(record, 'number'),
    concernsDecision(record) ? 1 : 0,
    record.isCut === true ? 1 : 0,
  ];
}

function toChange(sysId: string, told: unknown, text: unknown): Change | undefined {
  if (typeof text !== 'string') return undefined;
  const hash = z.record(z.string(), z.string()).parse(told);
  const parsed = changeHash.parse(hash);
  const approvals = Object.entries(hash)
    .filter(([key]) => key.startsWith(APPROVAL))
    .map(([key, approval]): [number, string] => [Number(key.slice(APPROVAL.length)), approval]);
  return {
    record: { sysId, version: parsed.version, fields: recordText.parse(text) },
    isCut: parsed.cut,
    deleted: parsed.deleted,
    refresh: parsed.refresh,
    portalHash: parsed.portal_hash,
    portalVersion: parsed.portal_version,
    portalDoubts: parsed.portal_doubts,
    decision: parsed.decision,
    undone: parsed.undone,
    approvals: new Map(approvals),
    revision: parsed.revision,
    firstSeenBy: parsed.first_seen_by,
    seenAt: parsed.seen_at,
  };
}
