import { z } from 'zod';
import { owedBy } from './owed.ts';
import type { Store } from './store.ts';

const letterSchema = z.object({
  flow: z.string(),
  key: z.string(),
  error: z.string(),
  message: z.string(),
  attempts: z.number(),
  at: z.number(),
});

/** A run of a flow that was given up: what it was for and what the last failure said. */
export type DeadLetter = z.output<typeof letterSchema>;

function member(flow: string, jobKey: string): string {
  return `${flow} ${jobKey}`;
}

/** What was given up. Never deleted by itself: a success of the same flow and key, or an operator, clears it. */
export class DeadLetters {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async put(letter: DeadLetter): Promise<void> {
    const { redis, key } = this.#store;
    await redis
      .multi()
      .hset(key('dead-letters'), member(letter.flow, letter.key), JSON.stringify(letter))
      // Still owed, but since the end of time: no sweep asks for it.
      .zadd(key(owedBy(letter.flow)), 'XX', '+inf', letter.key)
      .exec();
  }

  /** A replay was asked for: what it owes is due again. The letter goes when its run succeeds. */
  async revive(flow: string, jobKey: string, now: number): Promise<void> {
    await this.#store.redis.zadd(this.#store.key(owedBy(flow)), 'XX', now, jobKey);
  }

  /** True where there was one. */
  async clear(flow: string, jobKey: string): Promise<boolean> {
    return (await this.#store.redis.hdel(this.#store.key('dead-letters'), member(flow, jobKey))) === 1;
  }
  async has(flow: string, jobKey: string): Promise<boolean> {
    return (await this.#store.redis.hexists(this.#store.key('dead-letters'), member(flow, jobKey))) === 1;
  }

  /** Newest first. */
  async list(): Promise<DeadLetter[]> {
    const letters = await this.#store.redis.hvals(this.#store.key('dead-letters'));
    return letters.map((letter) => letterSchema.parse(JSON.parse(letter))).toSorted((a, b) => b.at - a.at);
  }
  count(): Promise<number> {
    return this.#store.redis.hlen(this.#store.key('dead-letters'));
  }
}
