import type { Gate } from '../../ledger/gates.ts';

// Everything that people read about a gate.

export const DEFAULT_TITLE = 'Deployment needs an approval';
export const MAY_STILL_TAKE_EFFECT = 'The last create request may still take effect.';
export const BEING_CREATED = 'Another worker is creating this change.';

export function serviceLine(service: string): string {
  return `Service: ${service}`;
}

export function pipelineLine(url: string): string {
  return `Pipeline: ${url}`;
}

export function waitsForApproval({ request, number = '' }: Gate, changeUrl: string): string {
  return `${number} was opened: ${request.reason}. It waits for an approval in ServiceNow or in the portal. ${changeUrl}`;
}

export function notOpened(why: string): string {
  return `No change request could be opened. ${why}`;
}

export function tagsLost(tagsField: string): string {
  return `ServiceNow has no column ${tagsField} (or the integration user may not write it): the change carries no tags, and only this bridge knows what it stands for. Install the ServiceNow app or name another column in SERVICENOW_TAGS_FIELD.`;
}
