import type { Ledger } from '../../ledger/ledger.ts';
import type { ReplayEffect } from '../../model/jobs.ts';
import type { FlowContext } from './context.ts';

/**
 * The one definition of a flow. The queue, the workers, the sweep, replays, metrics and health are handed the list
 * of them (`flows/index.ts`); nothing else has to know a flow by name.
 */
export type Flow = {
  /** Also the name of its queue. */
  readonly name: string;
  /** How many keys one process works on at once. */
  readonly concurrency: number;
  /** From a job's key to the effect. Can be run again at any time, from what is stored; throws the errors of the model. */
  readonly run: (ctx: FlowContext, key: string) => Promise<void>;
  /** Whether unfinished keys stand in the ledger's index of what is owed, so that the sweep asks for them again. */
  readonly owes: boolean;
  /** The longest wait (ms) between two attempts, where people wait for the next one. */
  readonly longestBackoffMs?: number;
  /** What a replay of a dead letter would do now. Left out: it would always apply. */
  readonly replayEffect?: (ledger: Ledger, key: string) => Promise<ReplayEffect>;
  /** What has to be undone before a replay can run at all. */
  readonly prepareReplay?: (ledger: Ledger, key: string, now: number) => Promise<void>;
};
