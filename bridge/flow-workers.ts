import type { Connection } from '../queue/connection.ts';
import { isRedisTrouble } from '../queue/redis-errors.ts';
import { type Ended, startWorkers, type Workers } from '../queue/workers.ts';
import { FLOWS } from './flows/index.ts';
import type { FlowContext } from './flows/shared/context.ts';
import type { Flow } from './flows/shared/flow.ts';
import { messageOf } from './model/errors.ts';
import { verdictOn } from './model/retry.ts';

export type FlowWorkersOptions = {
  readonly connection: Connection;
  readonly prefix: string;
  /** After how long (ms) a job whose worker died is given to another. */
  readonly lockMs: number;
  readonly random: () => number;
  /** Told of each ended run: for metrics. */
  readonly onRun: (flow: string, outcome: Ended['outcome'], ms: number) => void;
};

/** Starts a worker for every flow. What is given up becomes a dead letter; a success clears it. */
export function startFlowWorkers(ctx: FlowContext, options: FlowWorkersOptions): Workers {
  const runners = FLOWS.map(({ name, concurrency, run }) => ({
    name,
    concurrency,
    run: (key: string) => run(ctx, key),
  }));
  const flows: readonly Flow[] = FLOWS;
  const longestBackoff = new Map(flows.map((flow) => [flow.name, flow.longestBackoffMs]));
  return startWorkers(options.connection, options.prefix, runners, {
    lockMs: options.lockMs,
    clock: ctx.clock,
    verdictOn: (error, attempt, flow) =>
      verdictOn(error, attempt, options.random(), isRedisTrouble, longestBackoff.get(flow)),
    async onEnded(ended) {
      options.onRun(ended.queue, ended.outcome, ended.ms);
      await record(ctx, ended);
    },
    onTrouble: (message, flow) => ctx.log.warn({ flow, error: message }, 'A worker had trouble with Redis.'),
  });
}

async function record(ctx: FlowContext, { queue: flow, key, attempt, outcome, error }: Ended): Promise<void> {
  const facts = { flow, key, attempt, error: messageOf(error) };
  if (outcome === 'done') await ctx.ledger.deadLetters.clear(flow, key);
  if (outcome === 'wait') ctx.log.debug(facts, 'The job waits.');
  if (outcome === 'retry') ctx.log.warn(facts, 'The job failed and is tried again.');
  if (outcome === 'dead-letter') {
    ctx.log.error(facts, 'Given up: this is a dead letter until an operator replays it.');
    const name = error instanceof Error ? error.name : 'unknown';
    const letter = { flow, key, error: name, message: messageOf(error), attempts: attempt, at: ctx.clock() };
    await ctx.ledger.deadLetters.put(letter);
  }
}
