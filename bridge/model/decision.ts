/** A decision in ServiceNow's words (change_request.approval). */
export type Decision = 'approved' | 'rejected';

/** A decision in the pipeline's words (approval_status of the trigger payload). */
export type ApprovalStatus = 'approved' | 'declined';

/** ServiceNow's word for what the portal's form or an older payload says. */
export function toDecision(word: 'approved' | 'declined' | 'rejected'): Decision {
  return word === 'approved' ? 'approved' : 'rejected';
}

/** The pipeline's word for ServiceNow's decision. */
export function toApprovalStatus(decision: Decision): ApprovalStatus {
  return decision === 'approved' ? 'approved' : 'declined';
}

/** Whether a value of change_request.approval is a decision. */
export function isDecision(approval: string): approval is Decision {
  return approval === 'approved' || approval === 'rejected';
}

const AWAITING: readonly string[] = ['', 'requested', 'not requested'];

/** Whether a change with this approval still awaits a decision. */
export function awaitsDecision(approval: string): boolean {
  return AWAITING.includes(approval);
}

/** The trigger record's id of a run of the portal's deploy action. */
export function deployId(runId: string): string {
  return `deploy-${runId}`;
}
