import type { Store } from './store.ts';

/** Conditions of the set-up that somebody has to mend, by name, until they are seen to be gone. */
export class Warnings {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** True where the warning is new. */
  async raise(name: string, text: string): Promise<boolean> {
    return (await this.#store.redis.hset(this.#store.key('warnings'), name, text)) === 1;
  }

  async clear(name: string): Promise<void> {
    await this.#store.redis.hdel(this.#store.key('warnings'), name);
  }

  all(): Promise<Record<string, string>> {
    return this.#store.redis.hgetall(this.#store.key('warnings'));
  }
}
