import { type ChangeRecord, nameOf } from '../../model/change.ts';

// What people read that more than one flow says.

/** What an operator has to do about a decision that may have been acted upon already. */
export const LOOK_AND_RESOLVE =
  'Look at the pipelines of its project, then resolve this decision: trigger or abandon.';

/** Somebody's reason as a sentence of its own, so that another one can follow. */
export function reasonGiven(reason: string): string {
  return `Reason: ${reason}${/[.!?…]$/.test(reason) ? '' : '.'}`;
}

/** `sentence` says who declined the change and why. */
export function notDeployed(sentence = 'The change was declined.'): string {
  return `❌ Not deployed. ${sentence}`;
}

export function duplicatePipeline(pipeline: string, holder: string): string {
  return `Pipeline ${pipeline} was started for a decision that pipeline ${holder} has: it may not deploy.`;
}

export function portalTriggers(names: readonly string[]): string {
  return `The portal starts GitLab's pipelines itself, beside the bridge: ${names.join(', ')}. The bridge adds none to such a pipeline, but it cannot keep the portal from starting several. Point them at the bridge.`;
}

export function contradiction(record: ChangeRecord): string {
  return `An event had told something of ${nameOf(record)} that ServiceNow does not have (it has version ${record.version}). What ServiceNow shows counts. If no backup of the instance was restored, somebody else may know the webhook secret: rotate it.`;
}

export function noTagsColumn(tagsField: string): string {
  return `ServiceNow's answers have no ${tagsField}: the column is missing on change_request, or the integration user may not read it. Install the ServiceNow app, add the column by hand, or name another one in SERVICENOW_TAGS_FIELD.`;
}
