import { z } from 'zod';
import { owedBy } from './owed.ts';
import type { Store } from './store.ts';

const lifecycleSchema = z.object({
  /** When (ms) a pipeline claimed the approval. */
  claimed_at: z.coerce.number().optional(),
  /** How that pipeline ended, when (ms), and its page. */
  outcome: z.string().optional(),
  ended_at: z.coerce.number().optional(),
  pipeline: z.string().optional(),
  url: z.string().optional(),
  /** The outcome whose work note was sent, and when (ms); and the one whose note is surely there. */
  sending: z.string().optional(),
  sent_at: z.coerce.number().optional(),
  noted: z.string().optional(),
  /** What ServiceNow has to be told because this decision turned an earlier one around, and whether it was. */
  turned: z.string().optional(),
  turned_noted: z.stringbool().optional(),
  /** The outcome after which nothing more is done to the change. */
  settled: z.string().optional(),
});

/** What became of an approval, as far as its change request has to be told. */
export type Lifecycle = z.output<typeof lifecycleSchema> & { readonly id: string };

/** How a deployment ended. */
export type DeploymentEnd = {
  readonly outcome: string;
  readonly pipeline: string;
  readonly url: string;
};

const OWED = owedBy('change-lifecycle');
/** How long (s) it is remembered what a change was told, after the last step. */
const KEEP_SECONDS = 90 * 24 * 3600;

/** What ServiceNow still has to learn of the deployments that it approved. The key is the decision's id. */
export class Lifecycles {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async get(id: string): Promise<Lifecycle | undefined> {
    const hash = await this.#store.redis.hgetall(this.#name(id));
    return Object.keys(hash).length === 0 ? undefined : { ...lifecycleSchema.parse(hash), id };
  }

  /** A pipeline has claimed the approval: its change is owed the next step. Again, it changes nothing. */
  async claimed(id: string, now: number): Promise<void> {
    const redis = this.#store.redis.multi();
    redis.hsetnx(this.#name(id), 'claimed_at', now).expire(this.#name(id), KEEP_SECONDS);
    await redis.zadd(this.#store.key(OWED), 'NX', now, id).exec();
  }

  /** The deployment has ended. Told again, or after another end was told, the newest counts. */
  async ended(id: string, { outcome, pipeline, url }: DeploymentEnd, now: number): Promise<void> {
    const facts = { outcome, ended_at: now, pipeline, url };
    const redis = this.#store.redis.multi();
    redis.hset(this.#name(id), facts).expire(this.#name(id), KEEP_SECONDS);
    await redis.zadd(this.#store.key(OWED), 'NX', now, id).exec();
  }

  /** The decision turned an earlier one around, and `text` says so: the change is owed a note of it. */
  async turned(id: string, text: string, now: number): Promise<void> {
    const redis = this.#store.redis.multi();
    redis.hsetnx(this.#name(id), 'turned', text).expire(this.#name(id), KEEP_SECONDS);
    await redis.zadd(this.#store.key(OWED), 'NX', now, id).exec();
  }

  async turnNoted(id: string): Promise<void> {
    await this.#store.redis.hset(this.#name(id), 'turned_noted', 1);
  }

  /** A work note on this outcome goes out now: whoever comes after a crash looks before it is written again. */
  async sending(id: string, outcome: string, now: number): Promise<void> {
    await this.#store.redis.hset(this.#name(id), { sending: outcome, sent_at: now });
  }

  async noted(id: string, outcome: string): Promise<void> {
    await this.#store.redis.hset(this.#name(id), { noted: outcome });
  }

  /** Nothing more is owed for what is known so far. */
  async settle({ id, outcome = '' }: Lifecycle): Promise<void> {
    await this.#store.redis
      .multi()
      .hset(this.#name(id), { settled: outcome })
      .zrem(this.#store.key(OWED), id)
      .exec();
  }

  #name(id: string): string {
    return this.#store.key('lifecycle', id);
  }
}
