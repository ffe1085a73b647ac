import type { Queues } from '../../queue/queues.ts';
import type { Doorkeeper } from '../http/auth.ts';
import type { BodyReader } from '../http/body.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { SystemName } from '../model/errors.ts';
import type { Clock, ReplayEffect } from '../model/jobs.ts';
import type { Metrics } from './metrics.ts';

/** What an operator has to know of a flow. */
export type OperatedFlow = {
  readonly name: string;
  readonly replayEffect?: (ledger: Ledger, key: string) => Promise<ReplayEffect>;
  readonly prepareReplay?: (ledger: Ledger, key: string, now: number) => Promise<void>;
};

/** What the operator's routes are handed. */
export type OperatorContext = {
  readonly doorkeeper: Doorkeeper;
  readonly bodies: BodyReader;
  readonly ledger: Ledger;
  readonly queues: Queues;
  readonly flows: readonly OperatedFlow[];
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** What keeps Redis from being relied upon, in sentences that say what to mend. Empty where all is well. */
  readonly redisTroubles: () => Promise<readonly string[]>;
  /** What each system's client says of its own condition. Empty where this process runs no flows. */
  readonly upstreams: () => readonly {
    readonly system: SystemName;
    readonly ok: boolean;
    readonly message: string;
  }[];
  /** True once the process has been told to end. */
  readonly draining: () => boolean;
};
