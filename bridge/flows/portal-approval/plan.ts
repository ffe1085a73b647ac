import type { ApproveRequest, ApproveRun } from '../../ledger/approve-runs.ts';
import { type ChangeRecord, field, isCancelled, isClosed } from '../../model/change.ts';
import { awaitsDecision } from '../../model/decision.ts';
import type { Asked, Author, ChangeFacts, Requesters, RunFacts } from './gather.ts';
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
export type DecisionPlan = Refuse | Applied | Write;

/** `remark`: what everybody should know who reads of the approval. */
export type Write = {
  readonly kind: 'write';
  readonly request: ApproveRequest;
  readonly record: ChangeRecord;
  readonly remark: string;
};

/** What an operator chose, and whose account the bridge has in ServiceNow, where that is known. */
export type Policy = Credit & { readonly selfApproval: 'refuse' | 'allow' };

/** By what a decision that stands already is credited. */
export type Credit = {
  readonly account: string | undefined;
  /**
   * Whom the bridge knows to have made it, once its pipeline was started. From then on the bridge writes to the change
   * itself, and its last writer says nothing.
   */
  readonly decider?: string | undefined;
};

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

/** What to do about a change, by what is known of it right before the write. */
export function planDecision(
  approveRun: ApproveRun,
  asked: Asked,
  { record, isInScope, isDeployment, requesters, author }: ChangeFacts,
  { selfApproval, ...credit }: Policy,
): DecisionPlan {
  const { request } = asked;
  if (record === undefined) return { kind: 'refuse', reason: texts.noChange(request.sysId) };
  if (!isInScope) return { kind: 'refuse', reason: texts.outOfScope(record) };
  const approval = field(record, 'approval');
  if (approval === request.decision) return alreadyDecided(approveRun, request, record, credit);
  if (!awaitsDecision(approval)) return { kind: 'refuse', reason: texts.awaitsNoDecision(record) };
  if (isCancelled(record) || isClosed(record)) return { kind: 'refuse', reason: texts.isClosed(record) };
  if (approval !== 'requested' && !isDeployment)
    return { kind: 'refuse', reason: texts.namesNothing(record) };
  const objection = objectionTo(asked, requesters, record) ?? authorship(request, author);
  if (objection !== undefined && selfApproval === 'refuse')
    return { kind: 'refuse', reason: objection.refusal };
  const untold = author !== undefined && 'why' in author ? texts.authorUntold(author.sha, author.why) : '';
  return { kind: 'write', request, record, remark: objection?.remark ?? untold };
}

/** The run has ended while its write was unanswered: it is closed by what ServiceNow shows now. */
export function planClosing(
  approveRun: ApproveRun,
  reason: string,
  record: ChangeRecord | undefined,
  credit: Credit,
): Refuse | Applied {
  const { decision, actor = '', reason: given = '' } = approveRun;
  if (record === undefined || decision === undefined || field(record, 'approval') !== decision) {
    return { kind: 'refuse', reason };
  }
  const request = { sysId: record.sysId, decision, actor, reason: given };
  return alreadyDecided(approveRun, request, record, credit);
}

/**
 * ServiceNow shows what was asked for. After an unanswered write it may be our own, which only the record can tell:
 * it is a later version, and the bridge's account wrote it.
 */
function alreadyDecided(
  { status, base_version: base }: ApproveRun,
  request: ApproveRequest,
  record: ChangeRecord,
  { account, decider }: Credit,
): Applied {
  const writer = field(record, 'sys_updated_by');
  const by = decider ?? writer;
  if (status !== 'writing') {
    return {
      kind: 'applied',
      version: NOT_OURS,
      outcome: texts.alreadyDecided(record, request.decision, by),
    };
  }
  const isOurs =
    decider === undefined ? account !== undefined && writer === account : decider === request.actor;
  if (base !== undefined && record.version > base && isOurs) {
    return { kind: 'applied', version: record.version, outcome: texts.decided(record, request) };
  }
  return { kind: 'applied', version: NOT_OURS, outcome: texts.cannotTellBy(record, request.decision, by) };
}

/** What speaks against an approval: as a refusal, and as a remark where such approvals are allowed. */
type Objection = { readonly refusal: string; readonly remark: string };

/**
 * Whether these people asked for the deployment themselves, or nobody can tell. They are compared by the portal's user
 * ids: who ran the approve action and on whose behalf, against the same two of the deploy run.
 */
function objectionTo(
  { request, deciders }: Asked,
  requesters: Requesters,
  record: ChangeRecord,
): Objection | undefined {
  if (requesters.kind === 'any') return undefined;
  if (requesters.kind === 'unknown') {
    const { deployRun } = requesters;
    const refusal = deployRun === undefined ? texts.NOBODY_NAMED : texts.requesterUnknown(record, deployRun);
    return { refusal, remark: texts.REQUESTER_UNTOLD };
  }
  const { ids, email } = requesters;
  if ((ids.length === 0 && email === undefined) || deciders.length === 0)
    return { refusal: texts.NOBODY_NAMED, remark: texts.REQUESTER_UNTOLD };
  const isOwn = deciders.some((id) => ids.includes(id)) || isSame(email, request.actor);
  return isOwn ? { refusal: texts.ownDeployment(record), remark: texts.ASKED_THEMSELVES } : undefined;
}

/** Whether the approver wrote the commit that would go out. */
function authorship({ actor }: ApproveRequest, author: Author | undefined): Objection | undefined {
  if (author === undefined || 'why' in author || !isSame(author.email, actor)) return undefined;
  return { refusal: texts.ownCommit(author.sha), remark: texts.wroteCommit(author.sha) };
}

/** E-mail addresses are told in any case. */
function isSame(email: string | undefined, actor: string): boolean {
  return email?.toLowerCase() === actor.toLowerCase();
}
