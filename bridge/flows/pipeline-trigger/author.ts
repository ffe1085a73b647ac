import type { ApproveRun } from '../../ledger/approve-runs.ts';
import { type ChangeRecord, field } from '../../model/change.ts';
import type { DecisionFacts } from './gather.ts';
import * as texts from './texts.ts';

/** Who decided, why, and by which run of the approve action, where it was one. */
export type Author = { readonly name: string; readonly reason: string; readonly approveRun?: string };

/** What is kept of a decision for people. */
export type Described = {
  readonly sentence: string;
  readonly deploy_run?: string;
  readonly decided_by: string;
  readonly decided_why: string;
};

/** How long (ms) a decision waits for the portal approval that is being written to say who made it. */
const ATTRIBUTION_MS = 15_000;

/**
 * Who decided: the portal's user where this decision is the portal's, else who ServiceNow names. Undefined while the
 * portal approval behind it is still being written.
 */
export function authorOf({ change, origin }: DecisionFacts, now: number): Author | undefined {
  const { approveRun, isOwnWrite } = origin;
  if (approveRun?.status === 'writing' && now - approveRun.updated_at < ATTRIBUTION_MS) return undefined;
  // Never confirmed, but the record was last written by the bridge's own account.
  const isPortals = approveRun?.status === 'applied' || (approveRun !== undefined && isOwnWrite);
  if (isPortals) return portalUser(approveRun);
  const { name = '', words = '' } = origin.approver ?? {};
  return { name: name || servicenowUser(change.record), reason: words };
}

export function describe({ change, decision, tags }: DecisionFacts, { name, reason }: Author): Described {
  return {
    sentence: texts.decided(change.record, decision, name, reason),
    decided_by: name,
    decided_why: reason,
    ...(tags.deployRun === undefined ? {} : { deploy_run: tags.deployRun }),
  };
}

function portalUser(run: ApproveRun): Author {
  return { name: run.actor ?? 'a portal user', reason: run.reason ?? '', approveRun: run.runId };
}

function servicenowUser(record: ChangeRecord): string {
  return field(record, 'sys_updated_by') || 'ServiceNow';
}
