import { Queue } from 'bullmq';
import { z } from 'zod';
import type { Connection } from './connection.ts';

/** A job carries a key and nothing else: the state it acts on is stored elsewhere. */
export const jobDataSchema = z.object({ key: z.string().min(1) });
export type JobData = z.output<typeof jobDataSchema>;

export type EnqueueOptions = {
  /** Do nothing where a run is waiting (also for its backoff) or active. */
  readonly ifIdle?: boolean;
};

export type QueueCounts = {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly paused: boolean;
};

export type Queues = {
  /**
   * Asks for a run of a queue's work for one key. Durable once it resolves; asking again while a run is waiting or
   * active leads to at least one run that starts after the last request.
   */
  readonly enqueue: (queue: string, key: string, how?: EnqueueOptions) => Promise<void>;
  /** Asks for a run for a key every `everyMs`, on one of however many processes share this Redis. */
  readonly schedule: (queue: string, key: string, everyMs: number) => Promise<void>;
  readonly unschedule: (queue: string, key: string) => Promise<void>;
  readonly pause: (queue: string) => Promise<void>;
  readonly resume: (queue: string) => Promise<void>;
  readonly counts: (queue: string) => Promise<QueueCounts>;
  /** Since when (ms) the oldest job that could run is waiting; undefined where none is. */
  readonly oldestWaiting: (queue: string) => Promise<number | undefined>;
  readonly close: () => Promise<void>;
};

/** BullMQ's key prefix; the braces keep a queue's keys in one slot of a cluster. */
export function queuePrefix(prefix: string): string {
  return `{${prefix}}:queue`;
}

/**
 * One queue a name. A key is waiting at most once; asked for again while its job is active, it runs once more
 * after it (BullMQ: deduplication with keepLastIfActive and replace). `attempts` is the most that a job may fail.
 */
export function openQueues(
  connection: Connection,
  prefix: string,
  names: readonly string[],
  attempts: number,
): Queues {
  const queues = new Map(names.map((name) => [name, openQueue(name, connection, prefix, attempts)]));
  const queue = (name: string): Queue<JobData> => {
    const found = queues.get(name);
    if (found === undefined) throw new Error(`There is no queue ${name}.`);
    return found;
  };
  return {
    async enqueue(name, key, how = {}) {
      await queue(name).add(name, { key }, jobOptions(key, how));
    },
    async schedule(name, key, everyMs) {
      await queue(name).upsertJobScheduler(`every-${key}`, { every: everyMs }, { name, data: { key } });
    },
    async unschedule(name, key) {
      await queue(name).removeJobScheduler(`every-${key}`);
    },
    pause: (name) => queue(name).pause(),
    resume: (name) => queue(name).resume(),
    async counts(name) {
      const counts = await queue(name).getJobCounts('waiting', 'active', 'delayed');
      const { waiting = 0, active = 0, delayed = 0 } = counts;
      return { waiting, active, delayed, paused: await queue(name).isPaused() };
    },
    async oldestWaiting(name) {
      const [oldest] = await queue(name).getJobs(['waiting'], 0, 0, true);
      return oldest?.timestamp;
    },
    async close() {
      await Promise.all([...queues.values()].map((each) => each.close()));
    },
  };
}

function openQueue(name: string, connection: Connection, prefix: string, attempts: number): Queue<JobData> {
  const queue = new Queue<JobData>(name, {
    connection,
    prefix: queuePrefix(prefix),
    skipVersionCheck: true,
    defaultJobOptions: {
      attempts,
      backoff: { type: 'custom' },
      // The state is stored elsewhere; a job that stays would only block its key.
      removeOnComplete: true,
      removeOnFail: true,
    },
  });
  queue.on('error', () => undefined);
  return queue;
}

function jobOptions(key: string, how: EnqueueOptions): Parameters<Queue<JobData>['add']>[2] {
  return {
    deduplication: how.ifIdle === true ? { id: key } : { id: key, keepLastIfActive: true, replace: true },
  };
}
