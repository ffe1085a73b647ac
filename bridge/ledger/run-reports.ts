import { z } from 'zod';
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

// A step is told once per run, and nothing after the end.
const ADD = `
if redis.call('HGET', KEYS[1], 'ended') then return 0 end
if redis.call('HSETNX', KEYS[1], 'step:' .. ARGV[2], ARGV[4]) == 0 then return 0 end
if ARGV[5] == '1' then redis.call('HSET', KEYS[1], 'ended', ARGV[4]) end
redis.call('RPUSH', KEYS[2], ARGV[3])
redis.call('ZADD', KEYS[3], 'NX', ARGV[4], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[6])
redis.call('EXPIRE', KEYS[2], ARGV[6])
return 1`;

const DELIVERED = `
if redis.call('LINDEX', KEYS[1], 0) ~= ARGV[2] then return 0 end
redis.call('LPOP', KEYS[1])
if redis.call('LLEN', KEYS[1]) == 0 then redis.call('ZREM', KEYS[2], ARGV[1]) end
return 1`;

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
    this.#add = store.script(ADD);
    this.#delivered = store.script(DELIVERED);
  }

  /** Queues a report; false where this step was told before, or the run has ended. */
  async add(runId: string, report: Report, now: number): Promise<boolean> {
    const args = [
      runId,
      report.step,
      JSON.stringify(report),
      now,
      report.ends === undefined ? 0 : 1,
      KEEP_SECONDS,
    ];
    return (await this.#add([name(runId), outbox(runId), 'runs:open'], args)) === 1;
  }

  /** The next report that is owed, with the raw text that names it to `delivered`. */
  async next(runId: string): Promise<{ raw: string; report: Report } | undefined> {
    const raw = await this.#store.redis.lindex(this.#store.key(outbox(runId)), 0);
    return raw === null ? undefined : { raw, report: reportSchema.parse(JSON.parse(raw)) };
  }

  async delivered(runId: string, raw: string): Promise<void> {
    await this.#delivered([outbox(runId), 'runs:open'], [runId, raw]);
  }

  /** The portal has ended this run: nothing that is still queued can be told. Answers how much was dropped. */
  async freeze(runId: string, now: number): Promise<number> {
    const dropped = await this.#store.redis.llen(this.#store.key(outbox(runId)));
    await this.#store.redis
      .multi()
      .hset(this.#store.key(name(runId)), 'ended', now)
      .del(this.#store.key(outbox(runId)))
      .zrem(this.#store.key('runs:open'), runId)
      .exec();
    return dropped;
  }

  /** Whether the run has ended, or its end is queued. */
  async ended(runId: string): Promise<boolean> {
    return (await this.#store.redis.hexists(this.#store.key(name(runId)), 'ended')) === 1;
  }

  openBefore(before: number, limit: number): Promise<string[]> {
    return this.#store.redis.zrangebyscore(this.#store.key('runs:open'), 0, before, 'LIMIT', 0, limit);
  }
}
