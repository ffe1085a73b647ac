import type { Store } from './store.ts';

/** How long a webhook's id is remembered (s): longer than any sender retries. */
const KEEP_SECONDS = 7 * 24 * 3600;

/** Which deliveries were accepted. Marked only after the durable enqueue, so a receipt never stands for a loss. */
export class Receipts {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async has(source: string, id: string): Promise<boolean> {
    return (await this.#store.redis.exists(this.#name(source, id))) === 1;
  }
  async mark(source: string, id: string, now: number): Promise<void> {
    await this.#store.redis.set(this.#name(source, id), now, 'EX', KEEP_SECONDS);
  }

  #name(source: string, id: string): string {
    return this.#store.key('receipt', source, id);
  }
}
