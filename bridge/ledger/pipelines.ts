import { z } from 'zod';
import type { Script, Store } from './store.ts';

const KEEP_SECONDS = 30 * 24 * 3600;

export const FINAL_PIPELINE_STATUSES = ['success', 'failed', 'canceled', 'skipped'] as const;

const pipelineSchema = z.object({
  status: z.string(),
  url: z.string().default(''),
  /** The decision_id that the pipeline was started with, where it told one. */
  trigger: z.string().default(''),
  seen_at: z.coerce.number(),
});
export type Pipeline = z.output<typeof pipelineSchema>;

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
    this.#observe = store.script('observe-pipeline');
  }

  async observe(
    project: string,
    id: string,
    news: { readonly status: string; readonly url: string; readonly trigger: string },
    now: number,
  ): Promise<void> {
    const final = isFinal(news.status) ? 1 : 0;
    await this.#observe({ pipeline: name(project, id), ...news, final, now, keep_seconds: KEEP_SECONDS });
  }

  async get(project: string, id: string): Promise<Pipeline | undefined> {
    const hash = await this.#store.redis.hgetall(this.#store.key(name(project, id)));
    return hash.status === undefined ? undefined : pipelineSchema.parse(hash);
  }
}
