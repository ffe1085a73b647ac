import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Script, Store } from './store.ts';

/** How long (s) a sync is known, from its last step on. */
const KEEP_SECONDS = 7 * 24 * 3600;

const syncSchema = z.object({
  mode: z.enum(['delta', 'full']),
  status: z.enum(['waiting', 'running', 'done', 'failed']),
  read: z.coerce.number().default(0),
  changed: z.coerce.number().default(0),
  deleted: z.coerce.number().default(0),
  /** Rows that made no sense and were skipped. */
  unreadable: z.coerce.number().default(0),
  /** Where a full read goes on after an interruption: the last sys_id read. */
  position: z.string().default(''),
  message: z.string().default(''),
  created_at: z.coerce.number(),
  ended_at: z.coerce.number().optional(),
});

/** One reconcile, asked for by an operator, the schedule or a start. */
export type Sync = z.output<typeof syncSchema> & { readonly id: string };

/** Where the last delta read ended: a raw UTC date and the sys_id read last at it. */
export type Cursor = { readonly updatedOn: string; readonly sysId: string };

export class Syncs {
  readonly #store: Store;
  readonly #scheduled: Script;
  readonly #restart: Script;

  constructor(store: Store) {
    this.#store = store;
    this.#scheduled = store.script('scheduled-sync');
    this.#restart = store.script('restart-sync');
  }

  async create(mode: 'delta' | 'full', now: number, id = newSyncId(mode)): Promise<string> {
    await this.#store.redis
      .multi()
      .hset(this.#name(id), { mode, status: 'waiting', created_at: now })
      .expire(this.#name(id), KEEP_SECONDS)
      .exec();
    return id;
  }

  /**
   * The schedule's sync of this mode: the same one until it is done, then a new one. One that failed is begun
   * anew under its own id, so that its success also ends what its failure left behind.
   */
  async scheduled(mode: 'delta' | 'full', now: number): Promise<string> {
    const place = `sync-scheduled:${mode}`;
    const current = (await this.#store.redis.get(this.#store.key(place))) ?? '';
    const fresh = newSyncId(mode);
    const keys = { place, current_sync: `sync:${current}`, fresh_sync: `sync:${fresh}` };
    const args = { current, fresh, mode, now, keep_seconds: KEEP_SECONDS };
    const id = z.string().parse(await this.#scheduled({ ...keys, ...args }));
    await this.restart(id, now);
    return id;
  }

  /** Lets a failed sync begin anew. False where there is none, or it has not failed. */
  async restart(id: string, now: number): Promise<boolean> {
    return (await this.#restart({ sync: `sync:${id}`, seen: `sync:${id}:seen`, now })) === 1;
  }

  async get(id: string): Promise<Sync | undefined> {
    const hash = await this.#store.redis.hgetall(this.#name(id));
    return hash.status === undefined ? undefined : { ...syncSchema.parse(hash), id };
  }

  async update(
    id: string,
    facts: Partial<Record<keyof z.input<typeof syncSchema>, string | number>>,
  ): Promise<void> {
    await this.#store.redis.multi().hset(this.#name(id), facts).expire(this.#name(id), KEEP_SECONDS).exec();
  }

  async count(id: string, counter: 'read' | 'changed' | 'deleted' | 'unreadable', by: number): Promise<void> {
    await this.#store.redis.hincrby(this.#name(id), counter, by);
  }

  /** A page of the read: how many rows it had, and how many of them the portal did not show yet. */
  async countPage(id: string, read: number, changed: number): Promise<void> {
    await this.#store.redis
      .pipeline()
      .hincrby(this.#name(id), 'read', read)
      .hincrby(this.#name(id), 'changed', changed)
      .exec();
  }

  /** Remembers which changes ServiceNow showed during a full read. */
  async remember(id: string, sysIds: readonly string[]): Promise<void> {
    const seen = this.#seen(id);
    await this.#store.redis
      .multi()
      .sadd(seen, ...sysIds)
      .expire(seen, KEEP_SECONDS)
      .exec();
  }

  /** Those of these sys_ids that ServiceNow did not show. */
  async notRemembered(id: string, sysIds: readonly string[]): Promise<string[]> {
    if (sysIds.length === 0) return [];
    const known = await this.#store.redis.smismember(this.#seen(id), ...sysIds);
    return sysIds.filter((_, at) => known[at] !== 1);
  }

  /** What ServiceNow showed, in portions; some sys_ids may come twice. */
  async *remembered(id: string): AsyncGenerator<string[]> {
    let cursor = '0';
    do {
      const [next, sysIds] = await this.#store.redis.sscan(this.#seen(id), cursor, 'COUNT', 1_000);
      yield sysIds;
      cursor = next;
    } while (cursor !== '0');
  }

  /** The sync is done: what ServiceNow showed during it is of no more use. */
  async forgetSeen(id: string): Promise<void> {
    await this.#store.redis.del(this.#seen(id));
  }

  async cursor(): Promise<Cursor | undefined> {
    const hash = await this.#store.redis.hgetall(this.#store.key('sync-cursor'));
    const { updated_on: updatedOn, sys_id: sysId } = hash;
    return updatedOn === undefined || sysId === undefined ? undefined : { updatedOn, sysId };
  }

  async moveCursor(cursor: Cursor): Promise<void> {
    await this.#store.redis.hset(this.#store.key('sync-cursor'), {
      updated_on: cursor.updatedOn,
      sys_id: cursor.sysId,
    });
  }

  /** What the portal's blueprint declared at the end of the last full sync, in the words of whoever asks. */
  async lastShape(): Promise<string | undefined> {
    return (await this.#store.redis.get(this.#store.key('sync-shape'))) ?? undefined;
  }

  async keepShape(shape: string): Promise<void> {
    await this.#store.redis.set(this.#store.key('sync-shape'), shape);
  }

  /** When this ledger began (ms): decisions older than it were not made under its eyes. */
  async bornAt(now: number): Promise<number> {
    await this.#store.redis.setnx(this.#store.key('born'), now);
    return Number((await this.#store.redis.get(this.#store.key('born'))) ?? now);
  }

  #seen(id: string): string {
    return `${this.#name(id)}:seen`;
  }

  #name(id: string): string {
    return this.#store.key('sync', id);
  }
}

export function newSyncId(mode: 'delta' | 'full'): string {
  return `${mode}-${randomUUID()}`;
}
