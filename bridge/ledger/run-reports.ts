import { z } from 'zod';
import { owedBy } from './owed.ts';
import type { Script, Store } from './store.ts';

/** How long (s) it is remembered what a run was told, after the last line. */
const KEEP_SECONDS = 90 * 24 * 3600;

/** One thing to tell a run of the portal. `ends` is its terminal status. */
export const reportSchema = z.object({
  step: z.string(),
  message: z.string().optional(),
  link: z.string().optional(),
  externalRunId: z.string().optional(),
  ends: z.enum(['SUCCESS', 'FAILURE']).optional(),
  label: z.string().optional(),
});
export type Report = z.output<typeof reportSchema>;

const OWED = owedBy('run-report');

function name(runId: string): string {
  return `run:${runId}`;
}

function outbox(runId: string): string {
  return `run:${runId}:outbox`;
}

/** What the portal's runs still have to be told, in order, each step once. */
export class RunReports {
  readonly #store: Store;
  readonly #add: Script;
  readonly #delivered: Script;

  constructor(store: Store) {
    this.#store = store;
    this.#add = store.script('add-report');
    this.#delivered = store.script('report-delivered');
  }

  /** Queues a report; false where this step was told before, or the run has ended. */
  async add(runId: string, report: Report, now: number): Promise<boolean> {
    const answer = await this.#add({
      run: name(runId),
      outbox: outbox(runId),
      owed: OWED,
      run_id: runId,
      step: report.step,
      report: JSON.stringify(report),
      ends: report.ends === undefined ? 0 : 1,
      now,
      keep_seconds: KEEP_SECONDS,
    });
    return answer === 1;
  }

  /** The next report that is owed, with the raw text that names it to `delivered`. */
  async next(runId: string): Promise<{ raw: string; report: Report } | undefined> {
    const raw = await this.#store.redis.lindex(this.#store.key(outbox(runId)), 0);
    return raw === null ? undefined : { raw, report: reportSchema.parse(JSON.parse(raw)) };
  }

  async delivered(runId: string, raw: string): Promise<void> {
    await this.#delivered({ outbox: outbox(runId), owed: OWED, run_id: runId, report: raw });
  }

  /** The portal has ended this run: nothing that is still queued can be told. Answers how much was dropped. */
  async freeze(runId: string, now: number): Promise<number> {
    const dropped = await this.#store.redis.llen(this.#store.key(outbox(runId)));
    await this.#store.redis
      .multi()
      .hset(this.#store.key(name(runId)), 'ended', now)
      .del(this.#store.key(outbox(runId)))
      .zrem(this.#store.key(OWED), runId)
      .exec();
    return dropped;
  }

  /** Whether the run has ended, or its end is queued. */
  async ended(runId: string): Promise<boolean> {
    return (await this.#store.redis.hexists(this.#store.key(name(runId)), 'ended')) === 1;
  }
}
