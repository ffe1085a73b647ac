import type { Config } from '../config.ts';
import type { BodyReader } from '../http/body.ts';
import type { PipelineDoor } from '../http/pipeline-auth.ts';
import type { Refusals } from '../http/refusals.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log } from '../log.ts';
import type { ChangeRecord } from '../model/change.ts';
import type { Clock, Enqueue } from '../model/jobs.ts';

/** What every inbound route is handed. */
export type InboundContext = {
  readonly config: Config;
  /** The version of this bridge. */
  readonly version: string;
  readonly ledger: Ledger;
  readonly enqueue: Enqueue;
  /**
   * The change as ServiceNow shows it at this moment, undefined where it shows none: the one look that a claim needs
   * before it answers. Throws the errors of the model.
   */
  readonly readChange: (sysId: string) => Promise<ChangeRecord | undefined>;
  readonly clock: Clock;
  readonly log: Log;
  readonly refusals: Refusals;
  /** True once the process has been told to end. */
  readonly draining: () => boolean;
  readonly pipelines: PipelineDoor;
  /** Reads the usual bodies, and those of GitLab's hooks, which may be larger. */
  readonly bodies: { readonly usual: BodyReader; readonly hooks: BodyReader };
  /** Told of every webhook: for metrics. `secret` is which of the active secrets matched. */
  readonly onWebhook: (
    source: string,
    outcome: 'accepted' | 'duplicate' | 'refused' | 'unstored' | 'ping',
    secret?: number,
  ) => void;
};
