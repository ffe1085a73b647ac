import type { Change } from '../ledger/changes.ts';
import { type Gate, ownPipeline } from '../ledger/gates.ts';
import type { Trigger } from '../ledger/triggers.ts';
import { changeAddress, isCancelled, isClosed, nameOf } from '../model/change.ts';
import { toApprovalStatus } from '../model/decision.ts';
import type { PipelineMode } from '../model/pipeline-rules.ts';
import { whyHeld, whyNotStanding } from '../model/standing.ts';
import type { InboundContext } from './context.ts';

/** Where a gate stands, in the pipeline's words. */
export type GateStatus = {
  readonly id: string;
  readonly status: 'opening' | 'open' | 'approved' | 'declined' | 'withdrawn' | 'refused';
  readonly mode: PipelineMode;
  readonly message?: string;
  readonly change?: { readonly sys_id: string; readonly number: string; readonly url: string };
  readonly decision_id?: string;
  readonly decided_by?: string;
  readonly reason?: string;
};

type Outcome = Pick<GateStatus, 'status' | 'message' | 'decision_id' | 'decided_by' | 'reason'>;

/** Where a gate stands by what the ledger knows. Only a claim asks ServiceNow itself. */
export async function statusOf(inbound: InboundContext, gate: Gate): Promise<GateStatus> {
  const { ledger, config } = inbound;
  const { id, sys_id: sysId, number = '' } = gate;
  const { mode } = gate.request;
  const own: Outcome = {
    status: gate.status,
    ...(gate.outcome === undefined ? {} : { message: gate.outcome }),
  };
  if (sysId === undefined) return { id, mode, ...own };
  const url = changeAddress(config.SERVICENOW_INSTANCE_URL, sysId);
  const change = { sys_id: sysId, number, url };
  if (gate.status !== 'open') return { id, mode, ...own, change };
  const known = await ledger.changes.get(sysId);
  if (known === undefined) return { id, mode, ...own, change };
  const standingId = await ledger.triggers.standingIdOn(known);
  const decision = standingId === undefined ? undefined : await ledger.triggers.get(standingId);
  const isGiven = isGivenTo(inbound, gate, known, decision);
  return { id, mode, ...(outcomeOf(known, decision, isGiven) ?? own), change };
}

/**
 * Whether an approval is its gate's own pipeline's to use, although the bridge did not hand it on: a person may start
 * the job where the bridge cannot.
 */
function isGivenTo(
  { clock, config }: InboundContext,
  gate: Gate,
  { record }: Change,
  decision: Trigger | undefined,
): boolean {
  if (ownPipeline(gate) === undefined || decision?.decision !== 'approved') return false;
  if (decision.status !== 'parked' && decision.status !== 'held') return false;
  return whyHeld('approved', record, { now: clock(), window: config.CHANGE_WINDOW }) === undefined;
}

/** What became of the change; undefined while it waits, for its decision or for that to be handed on. */
function outcomeOf(change: Change, trigger: Trigger | undefined, isGiven: boolean): Outcome | undefined {
  const gone = whyGone(change);
  if (trigger?.decision === undefined)
    return gone === undefined ? undefined : { status: 'withdrawn', message: gone };
  const { id, decision, status, reason } = trigger;
  const standing = { ...change, standingId: id };
  const notStanding = whyNotStanding({ id, decision }, standing);
  if (notStanding !== undefined) return { status: 'withdrawn', message: notStanding.reason };
  const decided = {
    decision_id: id,
    ...(trigger.decided_by === undefined ? {} : { decided_by: trigger.decided_by }),
    ...(trigger.decided_why === undefined ? {} : { reason: trigger.decided_why }),
  };
  if (isGiven || status === 'triggered' || (status === 'triggering' && decision === 'approved')) {
    return { status: toApprovalStatus(decision), ...decided };
  }
  // Who declined it and why is known a moment after the decision itself.
  const isTold = trigger.decided_by !== undefined || status !== 'pending';
  if (decision === 'rejected') return isTold ? { status: 'declined', ...decided } : undefined;
  if (status === 'held') return { status: 'open', message: reason ?? '' };
  if (status === 'abandoned' || status === 'superseded')
    return { status: 'withdrawn', message: reason ?? '' };
  return status === 'parked' ? { status: 'open', message: reason ?? '' } : undefined;
}

function whyGone({ record, deleted }: Change): string | undefined {
  if (deleted) return `${nameOf(record)} was deleted in ServiceNow.`;
  if (isCancelled(record)) return `${nameOf(record)} was cancelled.`;
  return isClosed(record) ? `${nameOf(record)} was closed before it was decided.` : undefined;
}
