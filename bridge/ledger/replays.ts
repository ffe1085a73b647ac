import { z } from 'zod';
import type { Store } from './store.ts';

const replaySchema = z.object({
  at: z.number(),
  items: z.array(z.object({ flow: z.string(), key: z.string(), effect: z.string(), error: z.string() })),
});

/** A replay that was carried out: its plan, and when (ms). */
export type Replay = z.output<typeof replaySchema>;

const KEEP_SECONDS = 30 * 24 * 3600;

/** The replays of the last 30 days. */
export class Replays {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async put(id: string, items: Replay['items'], now: number): Promise<void> {
    const text = JSON.stringify({ at: now, items });
    await this.#store.redis.set(this.#store.key('replay', id), text, 'EX', KEEP_SECONDS);
  }

  async get(id: string): Promise<Replay | undefined> {
    const text = await this.#store.redis.get(this.#store.key('replay', id));
    return text === null ? undefined : replaySchema.parse(JSON.parse(text));
  }
}
