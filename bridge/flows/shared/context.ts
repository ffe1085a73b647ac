import type { Ledger } from '../../ledger/ledger.ts';
import type { Log } from '../../log.ts';
import type { Clock, Enqueue } from '../../model/jobs.ts';
import type { GitLab } from '../../outbound/gitlab.ts';
import type { Port } from '../../outbound/port.ts';
import type { ServiceNow } from '../../outbound/servicenow.ts';
import type { FlowName } from '../index.ts';

/** How runs of the portal are claimed: a claim hides a run from others for `claimMs`. */
export type Agent = { readonly address: string; readonly claimMs: number };

/** What an operator chose for the flows. */
export type FlowSettings = {
  readonly tagsField: string;
  /** Fields of every change that a gate opens. */
  readonly changeDefaults: Readonly<Record<string, string>>;
  /** How somebody gets asked to approve it. */
  readonly requestApproval: 'state' | 'field' | 'none';
  readonly changeQuery: string;
  readonly approvalMode: 'field' | 'approver' | 'change-api';
  readonly selfApproval: 'refuse' | 'allow';
  /** Whether the planned dates of a change count. */
  readonly changeWindow: 'honour' | 'ignore';
  /** What ServiceNow is told of a deployment that it approved. */
  readonly lifecycle: 'off' | 'notes' | 'full';
  readonly changeBlueprint: string;
  readonly approveAction: string;
  /** The portal's blueprint of deployments. */
  readonly deploymentBlueprint: string;
  /** The portal's actions whose runs may start a pipeline, and be written to. */
  readonly deployActions: readonly string[];
  /** Set where runs of the portal are claimed. `address` is what the bridge is called in the portal's actions. */
  readonly agent: Agent | undefined;
  /** The default GitLab project and ref, and the trigger tokens of projects, by number or full path. */
  readonly gitlabProject: string;
  readonly gitlabRef: string;
  readonly triggerTokens: ReadonlyMap<string, string>;
  /** The trigger token of a project that only the environment names, by its full path. */
  readonly projectToken: (project: string) => string | undefined;
  /** How long (ms) one worker keeps a record to itself while it calls out: longer than any call may take. */
  readonly leaseMs: number;
  /** How long (ms) after an ambiguous call its effect may still appear. */
  readonly settleMs: number;
  /** Rows that a sync reads from ServiceNow in one request. */
  readonly pageRows: number;
};

/** Everything that a flow is handed. A flow has no other inputs than this and its job's key. */
export type FlowContext = {
  readonly ledger: Ledger;
  readonly servicenow: ServiceNow;
  readonly port: Port;
  readonly gitlab: GitLab;
  readonly enqueue: Enqueue<FlowName>;
  /** The flows whose unfinished work stands in the ledger's index of what is owed. */
  readonly owingFlows: readonly FlowName[];
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: FlowSettings;
};
