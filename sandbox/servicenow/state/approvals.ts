import type { Records } from './records.ts';
import { type Actor, type Change, type Row, type WriteRule, valueOf } from './row.ts';

/** The states that an approved change still walks through, by the state it was approved in. */
const ON_APPROVAL: Record<string, readonly string[]> = { '-4': ['-3', '-2'], '-3': ['-2'] };
const CANCELLED_CHANGE = '4';

/** Who the platform's own flows act as. */
export const SYSTEM: Actor = { userName: 'system', userId: '' };

/** The approver rows of a change, oldest first. */
export function approverRows(records: Records, changeId: string): Row[] {
  return records.store.all('sysapproval_approver').filter((row) => valueOf(row, 'sysapproval') === changeId);
}

/**
 * The stock approval process: rows of `sysapproval_approver` decide `approval` of the change; with
 * `approvers`, a flow creates the rows when a change's approval is requested.
 */
export function approvalRules(records: Records, approvers: () => readonly string[]): WriteRule {
  return {
    after(change) {
      if (change.operation === 'delete') return;
      if (change.table === 'sysapproval_approver') derive(records, valueOf(change.after, 'sysapproval'));
      if (change.table !== 'change_request') return;
      if (turned(change, 'state', CANCELLED_CHANGE)) cancelPending(records, valueOf(change.after, 'sys_id'));
      if (turned(change, 'approval', 'requested')) {
        askApprovers(records, valueOf(change.after, 'sys_id'), approvers());
      }
    },
  };
}

function turned(change: Change, field: string, value: string): boolean {
  return valueOf(change.after, field) === value && change.before?.[field] !== value;
}

function askApprovers(records: Records, changeId: string, approvers: readonly string[]): void {
  const open = approverRows(records, changeId).filter((row) => valueOf(row, 'state') === 'requested');
  if (open.length > 0) return;
  for (const approver of approvers) {
    records.insert(
      'sysapproval_approver',
      {
        sysapproval: changeId,
        document_id: changeId,
        source_table: 'change_request',
        approver,
        state: 'requested',
      },
      SYSTEM,
    );
  }
}

function cancelPending(records: Records, changeId: string): void {
  for (const row of approverRows(records, changeId)) {
    if (valueOf(row, 'state') !== 'requested') continue;
    records.update('sysapproval_approver', valueOf(row, 'sys_id'), { state: 'cancelled' }, SYSTEM);
  }
}

/** Any rejection rejects the change; when all who were asked approve, it is approved and scheduled. */
function derive(records: Records, changeId: string): void {
  const states = approverRows(records, changeId)
    .map((row) => valueOf(row, 'state'))
    .filter((state) => state !== 'cancelled' && state !== 'not_required');
  if (states.includes('rejected')) {
    records.update('change_request', changeId, { approval: 'rejected' }, SYSTEM);
    return;
  }
  if (states.length === 0 || states.some((state) => state !== 'approved')) return;
  const change = records.update('change_request', changeId, { approval: 'approved' }, SYSTEM);
  for (const state of ON_APPROVAL[change === undefined ? '' : valueOf(change, 'state')] ?? []) {
    records.update('change_request', changeId, { state }, SYSTEM);
  }
}
