import type { ApproveRequest, ApproveRun } from '../../ledger/approve-runs.ts';
import { type ChangeRecord, field, isCancelled, isClosed } from '../../model/change.ts';
import { awaitsDecision } from '../../model/decision.ts';
import type { Asked, ChangeFacts, Requesters, RunFacts } from './gather.ts';
import * as texts from './texts.ts';

/** What to do about a run, by what the portal says of it. */
export type RunPlan =
  | { readonly kind: 'forget'; readonly reason: string }
  | Refuse
  /** The run cannot be carried on with, but a write of it may have had its effect. */
  | { readonly kind: 'close'; readonly reason: string }
  | ({ readonly kind: 'decide' } & Asked);

export type Refuse = { readonly kind: 'refuse'; readonly reason: string };

/** ServiceNow shows what was asked for. `version` is the one that shows this run's own write. */
export type Applied = { readonly kind: 'applied'; readonly version: number; readonly outcome: string };

/** What to do about the change that a run wants to decide. */
export type DecisionPlan =
  | Refuse
  | Applied
  | { readonly kind: 'write'; readonly request: ApproveRequest; readonly record: ChangeRecord };

/** Stands for the version of a decision that this run cannot be credited with. */
export const NOT_OURS = -1;

/** A run that is not ours is forgotten, so that a later, real one with the same id is taken up. */
export function planRun(approveRun: ApproveRun, facts: RunFacts): RunPlan {
  if (facts.kind === 'alien') {
    return { kind: approveRun.status === 'writing' ? 'close' : 'forget', reason: facts.reason };
  }
  if (facts.kind === 'nonsense') return { kind: 'refuse', reason: facts.reason };
  return { ...facts, kind: 'decide' };
}

/** `account` is the integration user's name, where it is known. */
export function planDecision(
  approveRun: ApproveRun,
  asked: Asked,
  { record, isInScope, requesters }: ChangeFacts,
  account: string | undefined,
): DecisionPlan {
  const { request } = asked;
  if (record === undefined) return { kind: 'refuse', reason: texts.noChange(request.sysId) };
  if (!isInScope) return { kind: 'refuse', reason: texts.outOfScope(record) };
  const approval = field(record, 'approval');
  if (approval === request.decision) return alreadyDecided(approveRun, request, record, account);
  if (!awaitsDecision(approval)) return { kind: 'refuse', reason: texts.awaitsNoDecision(record) };
  if (isCancelled(record) || isClosed(record)) return { kind: 'refuse', reason: texts.isClosed(record) };
  const objection = selfApproval(asked, requesters, record);
  if (objection !== undefined) return { kind: 'refuse', reason: objection };
  return { kind: 'write', request, record };
}

/** The run has ended while its write was unanswered: it is closed by what ServiceNow shows now. */
export function planClosing(
  approveRun: ApproveRun,
  reason: string,
  record: ChangeRecord | undefined,
  account: string | undefined,
): Refuse | Applied {
  const { decision, actor = '', reason: given = '' } = approveRun;
  if (record === undefined || decision === undefined || field(record, 'approval') !== decision) {
    return { kind: 'refuse', reason };
  }
  const request = { sysId: record.sysId, decision, actor, reason: given };
  return alreadyDecided(approveRun, request, record, account);
}

/**
 * ServiceNow shows what was asked for. After an unanswered write it may be our own, which only the record can tell:
 * it is a later version, and the bridge's account wrote it.
 */
function alreadyDecided(
  { status, base_version: base }: ApproveRun,
  request: ApproveRequest,
  record: ChangeRecord,
  account: string | undefined,
): Applied {
  if (status !== 'writing') {
    return { kind: 'applied', version: NOT_OURS, outcome: texts.alreadyDecided(record, request.decision) };
  }
  const isBridges = account === undefined || field(record, 'sys_updated_by') === account;
  if (base !== undefined && record.version > base && isBridges) {
    return { kind: 'applied', version: record.version, outcome: texts.decided(record, request) };
  }
  return { kind: 'applied', version: NOT_OURS, outcome: texts.cannotTellBy(record, request.decision) };
}

/**
 * Why these people may not approve this change. They are compared by the portal's user ids: who ran the approve
 * action and on whose behalf, against the same two of the deploy run.
 */
function selfApproval(
  { request, deciders }: Asked,
  requesters: Requesters,
  record: ChangeRecord,
): string | undefined {
  if (requesters.kind === 'any') return undefined;
  if (requesters.kind === 'unknown') {
    const { deployRun } = requesters;
    return deployRun === undefined ? texts.NOBODY_NAMED : texts.requesterUnknown(record, deployRun);
  }
  const { ids, email } = requesters;
  if ((ids.length === 0 && email === undefined) || deciders.length === 0) return texts.NOBODY_NAMED;
  const isOwn =
    deciders.some((id) => ids.includes(id)) || email?.toLowerCase() === request.actor.toLowerCase();
  return isOwn ? texts.ownDeployment(record) : undefined;
}
