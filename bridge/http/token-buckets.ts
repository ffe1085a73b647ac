import type { Clock } from '../model/jobs.ts';

/** How many tokens a bucket holds when full, and how long (ms) one takes to come back. */
export type BucketSize = { readonly tokens: number; readonly refillMs: number };

type Bucket = { readonly tokens: number; readonly at: number };

/** How many names are remembered at once. The one that was quiet for longest is forgotten first. */
const MOST_NAMES = 10_000;

/** A token bucket for each name, in memory that does not grow with the number of names. */
export class TokenBuckets {
  readonly #size: BucketSize;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(size: BucketSize, clock: Clock) {
    this.#size = size;
    this.#clock = clock;
  }

  get names(): number {
    return this.#buckets.size;
  }

  /** Takes a token; false where the bucket is empty. */
  take(name: string): boolean {
    const now = this.#clock();
    const tokens = this.#tokensOf(name, now);
    const taken = tokens >= 1;
    this.#buckets.delete(name);
    this.#buckets.set(name, { tokens: taken ? tokens - 1 : tokens, at: now });
    if (this.#buckets.size > MOST_NAMES) this.#forgetOldest();
    return taken;
  }

  #tokensOf(name: string, now: number): number {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) return this.#size.tokens;
    const refilled = Math.max(0, now - bucket.at) / this.#size.refillMs;
    return Math.min(this.#size.tokens, bucket.tokens + refilled);
  }

  #forgetOldest(): void {
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }
}
