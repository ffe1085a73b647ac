import { z } from 'zod';
import { type ChangeRecord, field } from '../model/change.ts';
import type { Script, Store } from './store.ts';

/** What became of an observed version: newer and kept, equal to what is kept, or older. */
export type Observation = 'stored' | 'same' | 'stale';

/** Who told the ledger of a version: an event, a read of one record, or a reconcile over many. */
export type Source = 'event' | 'read' | 'reconcile';

/** The ledger's picture of one change. `version` and `portalVersion` are sys_mod_counts. */
export type Change = {
  readonly record: ChangeRecord;
  readonly deleted: boolean;
  /** A read of ServiceNow is wanted before the record is believed complete. */
  readonly refresh: boolean;
  readonly portalHash: string | undefined;
  readonly portalVersion: number;
  /** How often the portal's entity was found missing or altered. */
  readonly portalDoubts: number;
  /** The id of the newest decision seen. */
  readonly decision: string | undefined;
  readonly firstSeenBy: Source;
  readonly seenAt: number;
};

// The newest version wins. Every version's approval is remembered: a late event that says "requested" between
// two approvals is the only trace of a second decision.
const OBSERVE = `
local version, approval, record, complete, now = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if approval ~= '' then redis.call('HSETNX', KEYS[2], version, approval) end
local kept = tonumber(redis.call('HGET', KEYS[1], 'version') or -1)
if version < kept then return 'stale' end
local deleted = redis.call('HGET', KEYS[1], 'deleted') == '1'
if deleted and version == kept and ARGV[8] == 'event' then return 'stale' end
if version == kept and not deleted then
  if complete == '0' or redis.call('HGET', KEYS[1], 'complete') == '1' then return 'same' end
end
redis.call('HSET', KEYS[1], 'version', version, 'record', record, 'complete', complete, 'deleted', 0, 'seen_at', now)
if complete == '0' then redis.call('HSET', KEYS[1], 'refresh', 1) end
redis.call('ZADD', KEYS[3], now, ARGV[6])
redis.call('ZADD', KEYS[4], 'NX', now, ARGV[6])
redis.call('HSETNX', KEYS[1], 'first_seen_by', ARGV[8])
if ARGV[7] ~= '' then redis.call('HSET', KEYS[5], ARGV[7], ARGV[6]) end
return 'stored'`;

const REMOVE = `
local kept = tonumber(redis.call('HGET', KEYS[1], 'version') or -1)
if tonumber(ARGV[1]) < kept then return 'stale' end
redis.call('HSETNX', KEYS[1], 'record', ARGV[2])
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'deleted', 1, 'complete', 1, 'seen_at', ARGV[3])
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[4])
redis.call('ZADD', KEYS[2], 'NX', ARGV[3], ARGV[4])
return 'stored'`;

const CONFIRM = `
local portal = tonumber(redis.call('HGET', KEYS[1], 'portal_version') or -1)
local doubts = redis.call('HGET', KEYS[1], 'portal_doubts') or '0'
if tonumber(ARGV[1]) < portal or doubts ~= ARGV[4] then
  redis.call('HDEL', KEYS[1], 'portal_hash')
  return 'overtaken'
end
redis.call('HSET', KEYS[1], 'portal_version', ARGV[1], 'portal_hash', ARGV[2])
if redis.call('HGET', KEYS[1], 'version') == ARGV[1] then redis.call('ZREM', KEYS[2], ARGV[3]) end
return 'confirmed'`;

const changeHash = z.object({
  version: z.coerce.number(),
  record: z.string().transform((text) => z.record(z.string(), z.string()).parse(JSON.parse(text))),
  deleted: z.stringbool().default(false),
  refresh: z.stringbool().default(false),
  portal_hash: z.string().optional(),
  portal_version: z.coerce.number().default(-1),
  portal_doubts: z.coerce.number().default(0),
  decision: z.string().optional(),
  first_seen_by: z.enum(['event', 'read', 'reconcile']).default('event'),
  seen_at: z.coerce.number(),
});

function name(sysId: string): string {
  return `change:${sysId}`;
}

/** Every change that was ever observed, each at its newest version (compare-and-set on sys_mod_count). */
export class Changes {
  readonly #store: Store;
  readonly #observeScript: Script;
  readonly #removeScript: Script;
  readonly #confirmScript: Script;

  constructor(store: Store) {
    this.#store = store;
    this.#observeScript = store.script(OBSERVE);
    this.#removeScript = store.script(REMOVE);
    this.#confirmScript = store.script(CONFIRM);
  }

  /** Keeps the record if it is the newest; remembers its approval in any case. */
  async observe(record: ChangeRecord, complete: boolean, source: Source, now: number): Promise<Observation> {
    const approval = record.fields.approval === undefined ? '' : field(record, 'approval') || 'none';
    const outcome = await this.#observeScript(
      [
        name(record.sysId),
        `${name(record.sysId)}:approvals`,
        'changes:seen',
        'changes:dirty',
        'changes:numbers',
      ],
      [
        record.version,
        approval,
        JSON.stringify(record.fields),
        complete ? 1 : 0,
        now,
        record.sysId,
        field(record, 'number'),
        source,
      ],
    );
    return observation.parse(outcome);
  }

  /** Marks the change as deleted in ServiceNow, unless a newer version is kept. */
  async remove(record: ChangeRecord, now: number): Promise<Observation> {
    const outcome = await this.#removeScript(
      [name(record.sysId), 'changes:dirty', 'changes:seen'],
      [record.version, JSON.stringify(record.fields), now, record.sysId],
    );
    return observation.parse(outcome);
  }

  /** Asks that the next sync reads ServiceNow first. */
  async askRefresh(sysId: string, now: number): Promise<void> {
    await this.#store.redis
      .multi()
      .hset(this.#store.key(name(sysId)), 'refresh', 1)
      .zadd(this.#store.key('changes:dirty'), 'NX', now, sysId)
      .exec();
  }

  async clearRefresh(sysId: string): Promise<void> {
    await this.#store.redis.hdel(this.#store.key(name(sysId)), 'refresh');
  }

  /** Nobody knows this change, so nothing is owed for it. */
  async forget(sysId: string): Promise<void> {
    await this.#store.redis.zrem(this.#store.key('changes:dirty'), sysId);
  }

  async get(sysId: string): Promise<Change | undefined> {
    const hash = await this.#store.redis.hgetall(this.#store.key(name(sysId)));
    if (hash.record === undefined) return undefined;
    const parsed = changeHash.parse(hash);
    return {
      record: { sysId, version: parsed.version, fields: parsed.record },
      deleted: parsed.deleted,
      refresh: parsed.refresh,
      portalHash: parsed.portal_hash,
      portalVersion: parsed.portal_version,
      portalDoubts: parsed.portal_doubts,
      decision: parsed.decision,
      firstSeenBy: parsed.first_seen_by,
      seenAt: parsed.seen_at,
    };
  }

  async sysIdOf(number: string): Promise<string | undefined> {
    return (await this.#store.redis.hget(this.#store.key('changes:numbers'), number)) ?? undefined;
  }

  /** The approval of the oldest version that is remembered: what the change showed when it was first seen. */
  async firstApproval(sysId: string): Promise<string | undefined> {
    const known = await this.#store.redis.hgetall(this.#store.key(`${name(sysId)}:approvals`));
    const oldest = Math.min(...Object.keys(known).map(Number));
    return known[String(oldest)];
  }

  /**
   * Records that the portal shows this version; `doubts` is the change's `portalDoubts` from before the write.
   * `overtaken` means that an older version was written after a newer one, or that the entity was found missing
   * or altered meanwhile: the portal has to be written again.
   */
  async confirmPortal(
    sysId: string,
    version: number,
    hash: string,
    doubts = 0,
  ): Promise<'confirmed' | 'overtaken'> {
    const outcome = await this.#confirmScript([name(sysId), 'changes:dirty'], [version, hash, sysId, doubts]);
    return z.enum(['confirmed', 'overtaken']).parse(outcome);
  }

  /** Forgets what the portal shows, so that the next sync writes it again. */
  async distrustPortal(sysId: string): Promise<void> {
    const key = this.#store.key(name(sysId));
    await this.#store.redis.multi().hdel(key, 'portal_hash').hincrby(key, 'portal_doubts', 1).exec();
  }

  /** Changes whose newest version is not confirmed in the portal, marked before `before` (ms). */
  dirtyBefore(before: number, limit: number): Promise<string[]> {
    return this.#store.redis.zrangebyscore(this.#store.key('changes:dirty'), 0, before, 'LIMIT', 0, limit);
  }

  /** The most recently seen changes, newest first, from `offset`. */
  recent(offset: number, limit: number): Promise<string[]> {
    return this.#store.redis.zrevrange(this.#store.key('changes:seen'), offset, offset + limit - 1);
  }

  count(): Promise<number> {
    return this.#store.redis.zcard(this.#store.key('changes:seen'));
  }
}

const observation = z.enum(['stored', 'same', 'stale']);
