import { Queue } from 'bullmq';
import { z } from 'zod';
import { type Enqueue, type EnqueueOptions, FLOWS, type FlowName } from '../bridge/model/jobs.ts';
import type { Connection } from './connection.ts';
import { MAX_ATTEMPTS } from './retry-policy.ts';

/** A job carries a key and nothing else: the state it acts on is in the ledger. */
export const jobDataSchema = z.object({ key: z.string().min(1) });
export type JobData = z.output<typeof jobDataSchema>;

export type QueueCounts = {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly paused: boolean;
};

export type Queues = {
  readonly enqueue: Enqueue;
  /** Runs a flow for a key every `everyMs`, on one of however many bridges share this Redis. */
  readonly schedule: (flow: FlowName, key: string, everyMs: number) => Promise<void>;
  readonly unschedule: (flow: FlowName, key: string) => Promise<void>;
  readonly pause: (flow: FlowName) => Promise<void>;
  readonly resume: (flow: FlowName) => Promise<void>;
  readonly counts: (flow: FlowName) => Promise<QueueCounts>;
  /** Since when (ms) the oldest job that could run is waiting; undefined where none is. */
  readonly oldestWaiting: (flow: FlowName) => Promise<number | undefined>;
  readonly close: () => Promise<void>;
};

/** BullMQ's key prefix for a ledger prefix; the braces keep a queue's keys in one slot of a cluster. */
export function queuePrefix(prefix: string): string {
  return `{${prefix}}:queue`;
}

/**
 * One queue a flow. A key is waiting at most once; asked for again while its job is active, it runs once more
 * after it (BullMQ: deduplication with keepLastIfActive and replace).
 */
export function openQueues(connection: Connection, prefix: string): Queues {
  const queues = new Map(FLOWS.map((flow) => [flow, openQueue(flow, connection, prefix)]));
  const queue = (flow: FlowName): Queue<JobData> => {
    const found = queues.get(flow);
    if (found === undefined) throw new Error(`There is no queue ${flow}.`);
    return found;
  };
  return {
    async enqueue(flow, key, how = {}) {
      await queue(flow).add(flow, { key }, jobOptions(key, how));
    },
    async schedule(flow, key, everyMs) {
      await queue(flow).upsertJobScheduler(`every-${key}`, { every: everyMs }, { name: flow, data: { key } });
    },
    async unschedule(flow, key) {
      await queue(flow).removeJobScheduler(`every-${key}`);
    },
    pause: (flow) => queue(flow).pause(),
    resume: (flow) => queue(flow).resume(),
    async counts(flow) {
      const counts = await queue(flow).getJobCounts('waiting', 'active', 'delayed');
      const { waiting = 0, active = 0, delayed = 0 } = counts;
      return { waiting, active, delayed, paused: await queue(flow).isPaused() };
    },
    async oldestWaiting(flow) {
      const [oldest] = await queue(flow).getJobs(['waiting'], 0, 0, true);
      return oldest?.timestamp;
    },
    async close() {
      await Promise.all([...queues.values()].map((each) => each.close()));
    },
  };
}

function openQueue(flow: FlowName, connection: Connection, prefix: string): Queue<JobData> {
  const queue = new Queue<JobData>(flow, {
    connection,
    prefix: queuePrefix(prefix),
    skipVersionCheck: true,
    defaultJobOptions: {
      attempts: MAX_ATTEMPTS,
      backoff: { type: 'custom' },
      // The ledger remembers; a job that stays would only block its key.
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
