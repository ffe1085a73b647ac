import { type ChangeRecord, field } from '../../model/change.ts';
import type { Decision } from '../../model/decision.ts';
import { toIsoDate } from '../../model/time.ts';
import type { ApproverRow, Comment } from '../../outbound/servicenow-approvals.ts';

/** Who decided in ServiceNow (user name), and in which words; each `''` where nobody can tell. */
export type Approver = { readonly name: string; readonly words: string };

/** How far (ms) a comment on the change may be from the decision that it explains. */
const NEAR_MS = 15 * 60_000;

/**
 * Who made a decision by the approver rows of its change, and why: the words on their own row, else what they wrote on
 * the change at about that time.
 */
export function approverIn(
  rows: readonly ApproverRow[],
  comments: readonly Comment[],
  record: ChangeRecord,
  decision: Decision,
): Approver {
  const row = rows.find(({ state }) => state === decision);
  const name = row?.name ?? '';
  if (row !== undefined && row.words !== '') return { name, words: row.words };
  const by = name || field(record, 'sys_updated_by');
  const at = row?.changedAt ?? Date.parse(toIsoDate(field(record, 'sys_updated_on')) ?? '');
  const near = comments.find((each) => each.by === by && Math.abs(each.at - at) <= NEAR_MS);
  return { name, words: near?.words ?? '' };
}
