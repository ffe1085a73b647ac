import type { ApproverRow } from '../../outbound/servicenow-approvals.ts';

/** So many are named one by one. */
const NAMED = 8;

/** What people call an approver. */
export function personIn({ fullName, name, email, sysId }: ApproverRow): string {
  return fullName || name || email || sysId;
}

/** The approvers of these rows for a sentence: "Ann Archer, Bob Brown and 3 more". */
export function peopleIn(rows: readonly ApproverRow[]): string {
  const people = [...new Set(rows.map(personIn))];
  const rest = people.length - NAMED;
  if (rest > 0) return `${people.slice(0, NAMED).join(', ')} and ${rest} more`;
  const last = people.pop() ?? '';
  return people.length === 0 ? last : `${people.join(', ')} and ${last}`;
}

/** Who has decided and who is missing, for a sentence. */
export function progressOf(rows: readonly ApproverRow[]): string {
  const parts = [
    ['approved by', 'approved'],
    ['rejected by', 'rejected'],
    ['still waiting for', 'requested'],
  ].flatMap(([words, state]) => {
    const those = rows.filter((row) => row.state === state);
    return those.length === 0 ? [] : [`${words} ${peopleIn(those)}`];
  });
  return parts.join(', ');
}
