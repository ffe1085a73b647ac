import { hash } from 'node:crypto';
import type { Store } from './store.ts';

/** A stretch of time (ms). A receipt is kept for one to two of them: longer than the ServiceNow app retries (72 h). */
const STRETCH_MS = 4 * 24 * 3600_000;
/** How long (s) a set of receipts is kept from its first one on. */
export const KEEP_SECONDS = (2 * STRETCH_MS) / 1000;
/** Redis keeps a set of at most 512 numbers in 8 bytes each: many small sets are far smaller than a large one. */
const SETS = 4_096;

/** Where the receipt of a delivery stands: the present set, the one before it, and its number. */
export type ReceiptPlace = { readonly present: string; readonly before: string; readonly number: string };

/**
 * The place of a delivery's receipt. Its number is 53 bits of a hash: should two deliveries ever share one, the
 * second is taken for a repetition, which is stored like any other.
 */
export function receiptPlace(source: string, id: string, now: number): ReceiptPlace {
  const digest = hash('sha1', `${source}\n${id}`, 'buffer');
  const stretch = Math.floor(now / STRETCH_MS);
  const set = digest.readUInt16BE(0) % SETS;
  return {
    present: `${stretch}:${set}`,
    before: `${stretch - 1}:${set}`,
    number: String(digest.readUIntBE(2, 6) * 32 + (digest.readUInt8(8) % 32)),
  };
}

/** Which deliveries were accepted. */
export class Receipts {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Whether a delivery was accepted before. */
  async has(source: string, id: string, now: number): Promise<boolean> {
    const { present, before, number } = receiptPlace(source, id, now);
    const { redis, key } = this.#store;
    const places = [present, before].map((place) => redis.sismember(key(`receipts:${place}`), number));
    return (await Promise.all(places)).includes(1);
  }

  /** Remembers a delivery, once what it asked for is durable: a receipt never stands for a loss. */
  async mark(source: string, id: string, now: number): Promise<void> {
    const { present, number } = receiptPlace(source, id, now);
    const name = this.#store.key(`receipts:${present}`);
    await this.#store.redis.multi().sadd(name, number).expire(name, KEEP_SECONDS).exec();
  }
}
