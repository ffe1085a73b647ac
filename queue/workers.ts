import { DelayedError, type Job, UnrecoverableError, Worker } from 'bullmq';
import type { FlowContext } from '../bridge/flows/context.ts';
import { FLOW_RUNNERS } from '../bridge/flows/registry.ts';
import { messageOf } from '../bridge/model/errors.ts';
import { FLOWS, type FlowName } from '../bridge/model/jobs.ts';
import type { Connection } from './connection.ts';
import { jobDataSchema, queuePrefix } from './queues.ts';
import { verdictOn } from './retry-policy.ts';

/** How many jobs of a flow one worker process runs at once. */
const CONCURRENCY: Readonly<Record<FlowName, number>> = {
  // Two full bulk requests to the portal can form at once.
  'change-sync': 40,
  'portal-approval': 8,
  'pipeline-trigger': 8,
  'pipeline-result': 8,
  gate: 4,
  'run-report': 8,
  reconcile: 2,
  sweep: 1,
};

export type WorkerOptions = {
  /** After how long (ms) a job whose worker died is given to another. */
  readonly lockMs: number;
  readonly random: () => number;
  /** Told of each ended run: for metrics. */
  readonly onRun: (flow: FlowName, outcome: 'done' | 'wait' | 'retry' | 'dead-letter', ms: number) => void;
};

export type Workers = {
  /** Takes no new jobs and waits for the active ones, at most `deadlineMs`; what is cut off runs again elsewhere. */
  readonly close: (deadlineMs: number) => Promise<void>;
};

/** Starts a worker for every flow. */
export function startWorkers(
  connection: Connection,
  prefix: string,
  ctx: FlowContext,
  options: WorkerOptions,
): Workers {
  const workers = FLOWS.map((flow) => {
    const worker = new Worker(flow, (job, token) => run(ctx, options, flow, job, token), {
      connection,
      prefix: queuePrefix(prefix),
      concurrency: CONCURRENCY[flow],
      lockDuration: options.lockMs,
      stalledInterval: options.lockMs / 2,
      // A job may lose its worker any number of times: it is the work that counts.
      maxStalledCount: 1_000_000,
      skipVersionCheck: true,
      settings: {
        backoffStrategy: (attempts, _type, error) => {
          const verdict = verdictOn(error, attempts, options.random());
          return verdict.action === 'dead-letter' ? -1 : verdict.delayMs;
        },
      },
    });
    worker.on('error', (error) =>
      ctx.log.warn({ flow, error: error.message }, 'A worker lost Redis for a moment.'),
    );
    return worker;
  });
  return {
    async close(deadlineMs) {
      const drained = Promise.all(workers.map((worker) => worker.close()));
      const timer = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), deadlineMs).unref());
      if ((await Promise.race([drained, timer])) !== 'late') return;
      ctx.log.warn('Some jobs did not end in time; they run again when a worker finds them stalled.');
      // A second close would only wait for the first one: for those jobs, or for a Redis that is away.
      drained.catch(() => undefined);
      // The workers share one connection and block on one each. Cutting the shared one once is enough:
      // each further cut would hang another listener on its socket.
      connection.disconnect();
      for (const worker of workers) worker.backend.disconnectBlocking(false).catch(() => undefined);
    },
  };
}

async function run(
  ctx: FlowContext,
  options: WorkerOptions,
  flow: FlowName,
  job: Job,
  token: string | undefined,
): Promise<void> {
  const started = ctx.clock();
  const { key } = jobDataSchema.parse(job.data);
  try {
    await FLOW_RUNNERS[flow](ctx, key);
    await ctx.ledger.deadLetters.clear(flow, key);
    options.onRun(flow, 'done', ctx.clock() - started);
  } catch (error) {
    const verdict = verdictOn(error, job.attemptsMade + 1, options.random());
    options.onRun(flow, verdict.action, ctx.clock() - started);
    const facts = { flow, key, attempt: job.attemptsMade + 1, error: messageOf(error) };
    if (verdict.action === 'wait') {
      ctx.log.debug({ ...facts, delayMs: verdict.delayMs }, 'The job waits.');
      await job.moveToDelayed(ctx.clock() + verdict.delayMs, token);
      throw new DelayedError();
    }
    if (verdict.action === 'retry') {
      ctx.log.warn(facts, 'The job failed and is tried again.');
      throw error;
    }
    await bury(ctx, flow, key, job.attemptsMade + 1, error);
    throw new UnrecoverableError(messageOf(error));
  }
}

async function bury(
  ctx: FlowContext,
  flow: FlowName,
  key: string,
  attempts: number,
  error: unknown,
): Promise<void> {
  const message = messageOf(error);
  const name = error instanceof Error ? error.name : 'unknown';
  ctx.log.error(
    { flow, key, error: message },
    'Given up: this is a dead letter until an operator replays it.',
  );
  await ctx.ledger.deadLetters.put({ flow, key, error: name, message, attempts, at: ctx.clock() });
}
