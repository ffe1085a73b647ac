import { type ChangeRecord, field, nameOf } from '../../model/change.ts';
import { LOOK_AND_RESOLVE } from '../shared/texts.ts';

// Everything that people read about which decision stands on a change.

export const DELETED = 'The change was deleted in ServiceNow.';
export const CLOSED_BEFORE_LEDGER = 'Decided and closed before this ledger began.';
export const DECIDED_BEFORE_LEDGER = `Decided before this ledger began, so its pipeline may have run already. ${LOOK_AND_RESOLVE}`;

export const DATES_MOVED = 'The planned dates were moved in ServiceNow.';

export const WAS_DELETED = 'was deleted in ServiceNow';
export const WAS_CANCELLED = 'was cancelled in ServiceNow';
export const WAS_CLOSED = 'was closed in ServiceNow before it was decided';

export function decisionSeen(record: ChangeRecord): string {
  return `ServiceNow shows ${nameOf(record)} as ${field(record, 'approval')} (last updated by ${field(record, 'sys_updated_by')}).`;
}

export function nothingIsDeployed(record: ChangeRecord, why: string): string {
  return `${nameOf(record)} ${why}: nothing is deployed.`;
}
