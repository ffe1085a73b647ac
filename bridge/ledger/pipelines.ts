import { z } from 'zod';
import type { Script, Store } from './store.ts';

export const FINAL_PIPELINE_STATUSES = ['success', 'failed', 'canceled', 'skipped'] as const;

const pipelineSchema = z.object({
  status: z.string(),
  url: z.string().default(''),
  /** The decision_id that the pipeline was started with, where it told one. */
  trigger: z.string().default(''),
  seen_at: z.coerce.number(),
});
export type Pipeline = z.output<typeof pipelineSchema>;

// Hooks arrive in any order: an end is not undone by the news of an earlier step.
const OBSERVE = `
local kept = redis.call('HGET', KEYS[1], 'final')
if kept == '1' and ARGV[2] == '0' then return 0 end
redis.call('HSET', KEYS[1], 'status', ARGV[1], 'final', ARGV[2], 'seen_at', ARGV[3])
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'url', ARGV[4]) end
if ARGV[5] ~= '' then redis.call('HSET', KEYS[1], 'trigger', ARGV[5]) end
redis.call('EXPIRE', KEYS[1], 2592000)
return 1`;

export function isFinal(status: string): boolean {
  return FINAL_PIPELINE_STATUSES.some((final) => final === status);
}

function name(project: string, id: string): string {
  return `pipeline:${project}:${id}`;
}

/** What GitLab said of pipelines. Kept 30 days. */
export class Pipelines {
  readonly #store: Store;
  readonly #observe: Script;

  constructor(store: Store) {
    this.#store = store;
    this.#observe = store.script(OBSERVE);
  }

  async observe(
    project: string,
    id: string,
    news: { readonly status: string; readonly url: string; readonly trigger: string },
    now: number,
  ): Promise<void> {
    const args = [news.status, isFinal(news.status) ? 1 : 0, now, news.url, news.trigger];
    await this.#observe([name(project, id)], args);
  }

  async get(project: string, id: string): Promise<Pipeline | undefined> {
    const hash = await this.#store.redis.hgetall(this.#store.key(name(project, id)));
    return hash.status === undefined ? undefined : pipelineSchema.parse(hash);
  }
}
