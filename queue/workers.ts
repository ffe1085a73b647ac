import { DelayedError, type Job, UnrecoverableError, Worker } from 'bullmq';
import type { Connection } from './connection.ts';
import { jobDataSchema, queuePrefix } from './queues.ts';

/** What does the work of one queue. */
export type Runner = {
  readonly name: string;
  /** How many jobs one process runs at once. */
  readonly concurrency: number;
  readonly run: (key: string) => Promise<void>;
};

/** What becomes of a job that threw: run again without burning an attempt, run again, or given up. */
export type Verdict =
  | { readonly action: 'wait'; readonly delayMs: number }
  | { readonly action: 'retry'; readonly delayMs: number }
  | { readonly action: 'dead-letter' };

/** One ended run of a job; `attempt` counts from 1. */
export type Ended = {
  readonly queue: string;
  readonly key: string;
  readonly attempt: number;
  readonly ms: number;
  readonly outcome: 'done' | Verdict['action'];
  /** What was thrown; undefined where nothing was. */
  readonly error: unknown;
};

export type WorkerOptions = {
  /** After how long (ms) a job whose worker died is given to another. */
  readonly lockMs: number;
  readonly clock: () => number;
  /** Maps what a run threw to what becomes of its job; `attempt` counts from 1. */
  readonly verdictOn: (error: unknown, attempt: number, queue: string) => Verdict;
  /** Told of each ended run before its job is moved on. What it throws is retried with the job. */
  readonly onEnded: (ended: Ended) => Promise<void>;
  /** Told when a worker has trouble with Redis, or a shutdown leaves jobs behind. */
  readonly onTrouble: (message: string, queue: string) => void;
};

export type Workers = {
  /** Takes no new jobs and waits for the active ones, at most `deadlineMs`; what is cut off runs again elsewhere. */
  readonly close: (deadlineMs: number) => Promise<void>;
};

/** Starts a worker for every runner. */
export function startWorkers(
  connection: Connection,
  prefix: string,
  runners: readonly Runner[],
  options: WorkerOptions,
): Workers {
  const workers = runners.map((runner) => startWorker(connection, prefix, runner, options));
  return {
    async close(deadlineMs) {
      const drained = Promise.all(workers.map((worker) => worker.close()));
      const timer = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), deadlineMs).unref());
      if ((await Promise.race([drained, timer])) !== 'late') return;
      options.onTrouble(
        'Some jobs did not end in time; they run again when a worker finds them stalled.',
        '',
      );
      // A second close would only wait for the first one: for those jobs, or for a Redis that is away.
      drained.catch(() => undefined);
      // The workers share one connection and block on one each. Cutting the shared one once is enough:
      // each further cut would hang another listener on its socket.
      connection.disconnect();
      for (const worker of workers) worker.backend.disconnectBlocking(false).catch(() => undefined);
    },
  };
}

function startWorker(connection: Connection, prefix: string, runner: Runner, options: WorkerOptions): Worker {
  const worker = new Worker(runner.name, (job, token) => runJob(runner, options, job, token), {
    connection,
    prefix: queuePrefix(prefix),
    concurrency: runner.concurrency,
    lockDuration: options.lockMs,
    stalledInterval: options.lockMs / 2,
    // A job may lose its worker any number of times: it is the work that counts.
    maxStalledCount: 1_000_000,
    skipVersionCheck: true,
    settings: {
      backoffStrategy: (attempts, _type, error) => {
        const verdict = options.verdictOn(error, attempts, runner.name);
        return verdict.action === 'dead-letter' ? -1 : verdict.delayMs;
      },
    },
  });
  worker.on('error', (error) => options.onTrouble(error.message, runner.name));
  return worker;
}

async function runJob(
  runner: Runner,
  options: WorkerOptions,
  job: Job,
  token: string | undefined,
): Promise<void> {
  const started = options.clock();
  const { key } = jobDataSchema.parse(job.data);
  const attempt = job.attemptsMade + 1;
  const ended = (outcome: Ended['outcome'], error?: unknown): Promise<void> =>
    options.onEnded({ queue: runner.name, key, attempt, ms: options.clock() - started, outcome, error });
  try {
    await runner.run(key);
    await ended('done');
  } catch (error) {
    const verdict = options.verdictOn(error, attempt, runner.name);
    await ended(verdict.action, error);
    if (verdict.action === 'wait') {
      await job.moveToDelayed(options.clock() + verdict.delayMs, token);
      throw new DelayedError();
    }
    if (verdict.action === 'retry') throw error;
    throw new UnrecoverableError(error instanceof Error ? error.message : String(error));
  }
}
