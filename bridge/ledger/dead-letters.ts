import { z } from 'zod';
import { FLOWS, type FlowName } from '../model/jobs.ts';
import type { Store } from './store.ts';

const letterSchema = z.object({
  flow: z.enum(FLOWS),
  key: z.string(),
  error: z.string(),
  message: z.string(),
  attempts: z.number(),
  at: z.number(),
});

/** A run of a flow that was given up: what it was for and what the last failure said. */
export type DeadLetter = z.output<typeof letterSchema>;

function member(flow: FlowName, jobKey: string): string {
  return `${flow} ${jobKey}`;
}

/** What was given up. Never deleted by itself: a success of the same flow and key, or an operator, clears it. */
export class DeadLetters {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async put(letter: DeadLetter): Promise<void> {
    await this.#store.redis.hset(
      this.#store.key('dead-letters'),
      member(letter.flow, letter.key),
      JSON.stringify(letter),
    );
  }
  /** True where there was one. */
  async clear(flow: FlowName, jobKey: string): Promise<boolean> {
    return (await this.#store.redis.hdel(this.#store.key('dead-letters'), member(flow, jobKey))) === 1;
  }
  async has(flow: FlowName, jobKey: string): Promise<boolean> {
    return (await this.#store.redis.hexists(this.#store.key('dead-letters'), member(flow, jobKey))) === 1;
  }

  /** Those of these keys that are no dead letters, in the same order. */
  async without(flow: FlowName, jobKeys: readonly string[]): Promise<string[]> {
    if (jobKeys.length === 0) return [];
    const members = jobKeys.map((jobKey) => member(flow, jobKey));
    const letters = await this.#store.redis.hmget(this.#store.key('dead-letters'), ...members);
    return jobKeys.filter((_, index) => letters[index] === null);
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
