import type { Check, Gate, GateRequest } from '../../ledger/gates.ts';

// Everything that people read about a gate.

export const OWN_ACCOUNT_UNKNOWN = 'With OAuth the bridge cannot tell whether its own account created it.';
export const CREATED_BEFORE = 'It was created before the pipeline asked.';
export const OTHER_TAGS = 'Its tags name another deployment.';
export const DECIDED_ALREADY = 'It is decided already.';
export const CLOSED_ALREADY = 'It is closed.';
export const MAY_STILL_TAKE_EFFECT = 'The last create request may still take effect.';
export const BEING_CREATED = 'Another worker is creating this change.';

export function titleOf({ service, environment }: GateRequest): string {
  const what = service ?? 'Deployment';
  const where = environment === undefined ? '' : ` to ${environment}`;
  return service === undefined ? `Deployment${where} needs an approval` : `Deploy ${what}${where}`;
}

/** `coverage: 65 (threshold 70), missed, https://…` */
export function checkLine({ name, value, threshold, passed, url }: Check): string {
  const measured = value === undefined ? '' : `: ${value}`;
  const wanted = threshold === undefined ? '' : ` (threshold ${threshold})`;
  return `${name}${measured}${wanted}, ${passed ? 'passed' : 'missed'}${url === undefined ? '' : `, ${url}`}`;
}

export function environmentLine(environment: string): string {
  return `Environment: ${environment}`;
}

export function requesterLine(requester = 'not known'): string {
  return `Requested by: ${requester}`;
}

export function commitLine(sha: string): string {
  return `Commit: ${sha}`;
}

export function createdBy(user: string): string {
  return `It was created by ${user || 'nobody knows whom'}, not by the bridge.`;
}

export function notOurs(number: string, why: string): string {
  return `${number} carries the correlation id of this gate, but it is not the change that the bridge opened. ${why} Close it, then run a new pipeline.`;
}

export function found(number: string): string {
  return `${number} is there already: an earlier request created it.`;
}

export function withdrawn({ number = 'The change request', request }: Gate): string {
  return `${number} was withdrawn, because nobody decided it in time: nothing is deployed. It was asked for because: ${request.reason}`;
}

export function cancelled({ number = 'The change request' }: Gate): string {
  return `${number} is cancelled in ServiceNow.`;
}

export function notCancelled({ number = '' }: Gate, why: string): string {
  return `ServiceNow did not cancel ${number} (${why}): cancel it there. The bridge takes no decision on it any more.`;
}

export function serviceLine(service: string): string {
  return `Service: ${service}`;
}

export function pipelineLine(url: string): string {
  return `Pipeline: ${url}`;
}

export function waitsForApproval({ request, number = '' }: Gate, changeUrl: string): string {
  const checks = request.evidence.map((check) => ` ${checkLine(check)}.`).join('');
  return `${number} was opened: ${request.reason}.${checks} It waits for an approval in ServiceNow or in the portal. ${changeUrl}`;
}

export const FLOW_MAY_ASK = 'A flow of ServiceNow may still ask somebody to approve it.';
export const STATE_KEPT = 'it kept its state New';
export const APPROVALS_HIDDEN = 'the bridge may not read who is asked (sysapproval_approver)';

export function asksForApproval(number: string): string {
  return `${number} leaves New, so that its approval is requested.`;
}

export function stateIs(number: string, state: string): string {
  return `${number} has the state ${state}.`;
}

/** Who is asked to approve a change. */
export function peopleAsked(number: string, people: string): string {
  return `${number} waits in ServiceNow for ${people}.`;
}

/** What is missing where nobody is asked, and what to do about it. */
export function nobodyAsked(number: string, why: string, group: string): string {
  const said = why === '' ? '' : ` ServiceNow says: ${why.replace(/\.$/, '')}.`;
  const begin = `Nobody may have been asked to approve ${number}.${said}`;
  if (group === '')
    return `${begin} It has no assignment group: set one on it in ServiceNow and request its approval there, and name one in SERVICENOW_CHANGE_DEFAULTS for the next.`;
  return `${begin} Look at it in ServiceNow: does its assignment group have members, and does its flow ask them?`;
}

/** A name that stands for no record, in words for the description and the timeline. */
export function notResolved(column: string, value: string, why: string, table: string): string {
  const label = column.replaceAll('_', ' ');
  const reasons: Readonly<Record<string, string>> = {
    unknown: 'ServiceNow has none of this name',
    ambiguous: 'ServiceNow has several of this name',
    hidden: `the bridge may not read ${table}`,
  };
  return `${label.slice(0, 1).toUpperCase()}${label.slice(1)}: ${value} (${reasons[why] ?? why})`;
}

export function dropped(names: readonly string[]): string {
  return `ServiceNow did not take ${names.join(', ')}: the integration user may not write it, or it is no value of the column. Mend it in SERVICENOW_CHANGE_DEFAULTS, in the rule, or in the gate's "change".`;
}

export function notOpened(why: string): string {
  return `No change request could be opened. ${why}`;
}

export function tagsLost(tagsField: string): string {
  return `ServiceNow has no column ${tagsField} (or the integration user may not write it): the change carries no tags, and only this bridge knows what it stands for. Install the ServiceNow app or name another column in SERVICENOW_TAGS_FIELD.`;
}
