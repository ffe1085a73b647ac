import { STATE, nextStates } from './change-model.ts';
import { hasOpenTasks } from './change-tasks.ts';
import { AbortedByRule, type Change, type Row, type WriteRule, valueOf } from './row.ts';
import type { Store } from './store.ts';
import { toPlatformTime } from './time.ts';

const CLOSED_STATES: ReadonlySet<string> = new Set([STATE.closed, STATE.canceled]);
const NEEDS_NO_GROUP: ReadonlySet<string> = new Set([STATE.new, STATE.canceled]);
/** The states that a change gets to only once it is approved. */
const NEEDS_APPROVAL: ReadonlySet<string> = new Set([STATE.scheduled]);

/** A state that a change cannot go to: the rule that says so, and why. */
export type Objection = { readonly rule: string; readonly why: string };

/**
 * The stock rules of change requests: legal transitions, what each state demands, `active`, and the dates that follow
 * from the state. They hold for REST too (com.snc.change_management.enforce_data_requirements).
 */
export function changeRules(store: Store, clock: () => number): WriteRule {
  return {
    before(change) {
      if (change.table === 'sysapproval_approver') return demandWords(change);
      if (change.table !== 'change_request' || change.operation === 'delete') return;
      const { after, before } = change;
      if (before !== undefined && valueOf(before, 'state') !== valueOf(after, 'state')) {
        const [objection] = objections(store, before, after);
        if (objection !== undefined) throw new AbortedByRule(change.table, objection.rule, objection.why);
      }
      stamp(change, toPlatformTime(clock()));
    },
  };
}

/** Everything that keeps a change, as it will be, from the state that it asks for. */
export function objections(store: Store, before: Row, after: Row): Objection[] {
  const from = valueOf(before, 'state');
  const to = valueOf(after, 'state');
  const found: (Objection | false)[] = [
    !nextStates(valueOf(after, 'type'), from).includes(to) && {
      rule: 'Change Model: Check State Transition^Change Request',
      why: `The state cannot go from ${from} to ${to}.`,
    },
    valueOf(before, 'on_hold') === 'true' &&
      to !== STATE.canceled && {
        rule: 'Change Model: Check On Hold',
        why: 'The change is on hold: it can only be canceled.',
      },
    ...demands(store, after),
  ];
  return found.filter((one) => one !== false);
}

/** What the state demands of the change, besides the way to it. */
function demands(store: Store, after: Row): (Objection | false)[] {
  const to = valueOf(after, 'state');
  const rule = 'Change Model: Check Data Requirements';
  const missing = (field: string): Objection | false =>
    valueOf(after, field).trim() === '' && { rule, why: `The following fields are mandatory: ${field}.` };
  return [
    !NEEDS_NO_GROUP.has(to) && missing('assignment_group'),
    NEEDS_APPROVAL.has(to) &&
      valueOf(after, 'type') !== 'standard' &&
      valueOf(after, 'approval') !== 'approved' && {
        rule: 'Change Model: Check State Transition^Change Request',
        why: 'The change is not approved.',
      },
    to === STATE.closed && missing('close_code'),
    to === STATE.closed && missing('close_notes'),
    to === STATE.closed &&
      hasOpenTasks(store, valueOf(after, 'sys_id')) && {
        rule: 'Prevent change closure with open tasks',
        why: 'The change has open change tasks.',
      },
  ];
}

function stamp({ after, before, actor }: Change, now: string): void {
  const closed = CLOSED_STATES.has(valueOf(after, 'state'));
  after['active'] = closed ? 'false' : 'true';
  if (before === undefined && valueOf(after, 'opened_at') === '') {
    after['opened_at'] = now;
    after['opened_by'] ||= actor.userId;
  }
  if (closed && valueOf(after, 'closed_at') === '') after['closed_at'] = now;
}

/** Who rejects says why. */
function demandWords({ table, before, after, said }: Change): void {
  const isRejection = valueOf(after, 'state') === 'rejected' && before?.['state'] !== 'rejected';
  if (!isRejection || said.some(([field, text]) => field === 'comments' && text.trim() !== '')) return;
  throw new AbortedByRule(table, 'Require comments on rejection', 'Comments are required to reject.');
}
