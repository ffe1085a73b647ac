import { AbortedByRule, type Change, type WriteRule, valueOf } from './row.ts';
import { toPlatformTime } from './time.ts';

const RULE = 'Change Model: Check State Transition^Change Request';
const CLOSED_STATES = new Set(['3', '4']);

/** Which state may follow which, by type of change, as the stock change models have it. */
const NEXT: Record<string, Record<string, readonly string[]>> = {
  normal: {
    '-5': ['-4', '4'],
    '-4': ['-3', '-5', '4'],
    '-3': ['-2', '-5', '4'],
    '-2': ['-1', '-5', '4'],
    '-1': ['0', '4'],
    '0': ['3', '-1', '4'],
  },
  standard: { '-5': ['-2', '4'], '-2': ['-1', '4'], '-1': ['0', '4'], '0': ['3', '-1', '4'] },
  emergency: {
    '-5': ['-3', '4'],
    '-3': ['-2', '-5', '4'],
    '-2': ['-1', '4'],
    '-1': ['0', '4'],
    '0': ['3', '-1', '4'],
  },
};

/** The stock rules of change requests: legal transitions, `active`, and the dates that follow from the state. */
export function changeRules(clock: () => number): WriteRule {
  return {
    before(change) {
      if (change.table !== 'change_request' || change.operation === 'delete') return;
      checkTransition(change);
      const { after, before } = change;
      const closed = CLOSED_STATES.has(valueOf(after, 'state'));
      after['active'] = closed ? 'false' : 'true';
      if (before === undefined && valueOf(after, 'opened_at') === '') {
        after['opened_at'] = toPlatformTime(clock());
        after['opened_by'] ||= change.actor.userId;
      }
      if (closed && valueOf(after, 'closed_at') === '') after['closed_at'] = toPlatformTime(clock());
    },
  };
}

function checkTransition({ table, before, after }: Change): void {
  if (before === undefined) return;
  const from = valueOf(before, 'state');
  const to = valueOf(after, 'state');
  if (from === to) return;
  if (NEXT[valueOf(after, 'type')]?.[from]?.includes(to) === true) return;
  throw new AbortedByRule(table, RULE, `The state cannot go from ${from} to ${to}.`);
}
