import { z } from 'zod';
import type { Script, Store } from './store.ts';

const KEEP_SECONDS = 30 * 24 * 3600;

export const FINAL_PIPELINE_STATUSES = ['success', 'failed', 'canceled', 'skipped'] as const;

const pipelineSchema = z.object({
  status: z.string(),
  url: z.string().default(''),
  /** The decision_id that the pipeline was started with, where it told one. */
  trigger: z.string().default(''),
  /** How it was started, and on which ref; '' where nobody told. */
  source: z.string().default(''),
  ref: z.string().default(''),
  seen_at: z.coerce.number(),
});
export type Pipeline = z.output<typeof pipelineSchema>;

/** What somebody told of a pipeline; what is left out, or '', was not told. */
export type PipelineNews = {
  readonly status: string;
  readonly url: string;
  readonly trigger: string;
  readonly source?: string;
  readonly ref?: string;
};

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

  async observe(project: string, id: string, news: PipelineNews, now: number): Promise<void> {
    const final = isFinal(news.status) ? 1 : 0;
    const { source = '', ref = '' } = news;
    await this.#observe({
      pipeline: name(project, id),
      ...news,
      source,
      ref,
      final,
      now,
      keep_seconds: KEEP_SECONDS,
    });
  }

  /** True the first time that this end of a pipeline is to be told: hooks and polls say it more than once. */
  async tellEndOnce(project: string, id: string, status: string): Promise<boolean> {
    const told = await this.#store.redis.hsetnx(this.#store.key(name(project, id)), `told:${status}`, 1);
    return told === 1;
  }

  async get(project: string, id: string): Promise<Pipeline | undefined> {
    const hash = await this.#store.redis.hgetall(this.#store.key(name(project, id)));
    return hash.status === undefined ? undefined : pipelineSchema.parse(hash);
  }
}
