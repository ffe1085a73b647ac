import type { Store } from './store.ts';

/**
 * What every flow still owes: the keys whose work is not finished, by the time (ms) since when. The scripts that
 * record work write here in the same step, so what was recorded is owed until the flow says that it is settled.
 */
export class Owed {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Something is owed for this key, from now on unless it was before. */
  async add(flow: string, key: string, now: number): Promise<void> {
    await this.#store.redis.zadd(this.#name(flow), 'NX', now, key);
  }

  async isOwed(flow: string, key: string): Promise<boolean> {
    return (await this.#store.redis.zscore(this.#name(flow), key)) !== null;
  }

  /** Everything that was owed for this key is done. */
  async settle(flow: string, key: string): Promise<void> {
    await this.#store.redis.zrem(this.#name(flow), key);
  }

  /** What has been owed since before a moment (ms), the oldest first. */
  before(flow: string, before: number, limit: number): Promise<string[]> {
    return this.#store.redis.zrangebyscore(this.#name(flow), 0, before, 'LIMIT', 0, limit);
  }

  #name(flow: string): string {
    return this.#store.key(owedBy(flow));
  }
}

/** The short name of the index of what a flow owes. */
export function owedBy(flow: string): string {
  return `owed:${flow}`;
}
