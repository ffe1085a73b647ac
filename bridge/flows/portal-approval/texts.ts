import type { ApproveRequest } from '../../ledger/approve-runs.ts';
import { type ChangeRecord, field, nameOf } from '../../model/change.ts';
import { type Decision, toApprovalStatus } from '../../model/decision.ts';
import { reasonGiven } from '../shared/texts.ts';

// Everything that people read about a run of the portal's approve action.

export const NO_SUCH_RUN = 'The portal knows no such run.';
export const NO_DECISION = 'The run does not say "approved" or "declined" in approval_status.';
export const NO_CHANGE = 'The run does not belong to a change request (its entity is no sys_id).';
export const TURN_IS_TAKEN = 'Another portal decision on this change is being written.';
export const BEING_WRITTEN = 'Another worker is writing this decision to ServiceNow.';
export const NOBODY_NAMED =
  'The portal does not say who asked for this deployment, or who wants to approve it, so the approval is refused.';

export function otherAction(action: string): string {
  return `The run belongs to the action ${action}, which decides nothing: PORT_APPROVE_ACTION names another one.`;
}

export function runHasEnded(status: string): string {
  return `The run is ${status} in the portal.`;
}

export function ignored(reason: string): string {
  return `Portal approval ignored: ${reason}`;
}

export function noChange(sysId: string): string {
  return `ServiceNow has no change ${sysId}, or does not show it to the bridge.`;
}

export function awaitsNoDecision(record: ChangeRecord): string {
  const by = field(record, 'sys_updated_by');
  const on = field(record, 'sys_updated_on');
  return `${nameOf(record)} awaits no decision: ServiceNow shows it as "${field(record, 'approval')}", last updated by ${by} at ${on} UTC. Nothing was written.`;
}

export function outOfScope(record: ChangeRecord): string {
  return `${nameOf(record)} is none of the changes that the bridge looks after (SERVICENOW_CHANGE_QUERY). Decide it in ServiceNow.`;
}

export function isClosed(record: ChangeRecord): string {
  return `${nameOf(record)} is closed or cancelled in ServiceNow, so there is nothing to decide. Nothing was written.`;
}

export function alreadyDecided(record: ChangeRecord, decision: Decision, by: string): string {
  return `${nameOf(record)} had already been ${toApprovalStatus(decision)} by ${by}; nothing was written.`;
}

export function cannotTellBy(record: ChangeRecord, decision: Decision, by: string): string {
  return `${nameOf(record)} is ${toApprovalStatus(decision)} in ServiceNow. Whether by this request, which ServiceNow did not answer, or by ${by} cannot be told.`;
}

export function requesterUnknown(record: ChangeRecord, deployRun: string): string {
  return `The portal has no run ${deployRun}, so nobody can tell who asked for this deployment. Decide ${nameOf(record)} in ServiceNow.`;
}

export function ownDeployment(record: ChangeRecord): string {
  return `Whoever asked for a deployment may not approve it (${nameOf(record)}). Somebody else has to decide.`;
}

export function ownCommit(sha: string): string {
  return `Whoever wrote a commit may not approve its deployment (commit ${sha}). Somebody else has to decide.`;
}

export const ASKED_THEMSELVES = 'The approver asked for this deployment themselves.';
export const REQUESTER_UNTOLD = 'Nobody can tell who asked for this deployment.';

export function wroteCommit(sha: string): string {
  return `The approver wrote commit ${sha} themselves.`;
}

export function authorUntold(sha: string, why: string): string {
  return `Nobody can tell whether the approver wrote commit ${sha}: ${why}`;
}

export function refusedByServiceNow(message: string): string {
  return `ServiceNow did not take the decision. ${message}`;
}

/** `remark` is what everybody should know who reads of the approval. */
export function decided(
  record: ChangeRecord,
  { decision, actor, reason }: ApproveRequest,
  remark = '',
): string {
  const why = reason === '' ? '' : ` ${reasonGiven(reason)}`;
  return `${nameOf(record)} is ${toApprovalStatus(decision)} in ServiceNow, on behalf of ${actor}.${why}${withRemark(remark)}`;
}

function withRemark(remark: string): string {
  return remark === '' ? '' : ` ${remark}`;
}

export function overlap(before: ChangeRecord, after: ChangeRecord): string {
  return `${nameOf(before)} was saved by somebody or something else at the same moment (version ${before.version} was read, ${after.version} is there now): look at its history if its approval surprises you.`;
}

export function actorAndVia({ actor, via }: ApproveRequest): string {
  return via === undefined ? actor : `${actor} (through ${via})`;
}

/** The work note or comment that names the real approver: ServiceNow itself only sees the integration user. */
export function comment({ decision, actor, reason, via }: ApproveRequest, remark = ''): string {
  const word = decision === 'approved' ? 'Approved' : 'Declined';
  const by = via === undefined ? actor : `${actor} (run in their name by ${via})`;
  const why = reason === '' ? 'No reason was given.' : reasonGiven(reason);
  return `${word} in the developer portal by ${by}. ${why}${withRemark(remark)}`;
}

export function fieldNotWritten(record: ChangeRecord, decision: Decision, kept: string): string {
  return `ServiceNow took the request for ${nameOf(record)} but left approval at "${kept}" instead of "${decision}": the integration user may not write change_request.approval. Give it write access to that field (role x_chb_changebridge.integration), or set SERVICENOW_APPROVAL_MODE to approver or change-api.`;
}

export function approverNotWritten(record: ChangeRecord, approver: string, kept: string): string {
  return `ServiceNow took the request for ${nameOf(record)} but left the approval of ${approver} at "${kept}": the integration user may not write sysapproval_approver.state (role x_chb_changebridge.integration_approver).`;
}

export function noPendingApproval(record: ChangeRecord): string {
  return `${nameOf(record)} has no pending approval in ServiceNow (sysapproval_approver), or the integration user may not read it: request the approval there first.`;
}

export function notAnApprover(record: ChangeRecord, approvers: string, actor: string): string {
  return `${nameOf(record)} waits for ${approvers} in ServiceNow, and ${actor} is none of them (approvers are known by their e-mail address).`;
}

/** `progress` says who has decided and who is missing. */
export function waitsForOthers(
  record: ChangeRecord,
  actor: string,
  approval: string,
  progress: string,
): string {
  const who = progress === '' ? 'because other approvers have to decide too' : `(${progress})`;
  return `The decision of ${actor} on ${nameOf(record)} is recorded in ServiceNow; the change still shows "${approval}" ${who}.`;
}

export function namesNothing(record: ChangeRecord): string {
  return `Nobody has requested approval of ${nameOf(record)} in ServiceNow, and it stands for no deployment: there is nothing to decide here. Request its approval in ServiceNow, or decide it there.`;
}

export function setsAside(person: string): string {
  return `The approval of ${person} is set aside, because the change is decided.`;
}

/** What an approver reads on their own row. */
export function settledComment(decision: Decision, actor: string): string {
  return `Not needed any more: the change was ${toApprovalStatus(decision)} in the developer portal by ${actor}.`;
}

export function setAside(people: string): string {
  return `Nobody else has to decide: the approval of ${people} was set aside.`;
}

export const WOULD_APPROVE =
  'Setting those approvals aside would make ServiceNow approve the change, because somebody has approved it already.';
export const MAY_NOT_SETTLE =
  'The integration user may not set approvals aside (role x_chb_changebridge.integration_approver).';

/** Whose approvals stay pending although the change is decided, and what that means. */
export function remain(people: string, why: string): string {
  return `${people} are still asked in ServiceNow and can turn this decision around there: tell them, or cancel their approvals. ${why}`;
}
