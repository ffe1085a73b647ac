import type { Store } from './store.ts';

/** What was seen lately and comes back from time to time. */
export class Sightings {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** It counts as fresh for `forMs` from now. */
  async saw(name: string, forMs: number): Promise<void> {
    await this.#store.redis.set(this.#key(name), 1, 'PX', forMs);
  }

  async isFresh(name: string): Promise<boolean> {
    return (await this.#store.redis.exists(this.#key(name))) === 1;
  }

  #key(name: string): string {
    return this.#store.key('seen', name);
  }
}
