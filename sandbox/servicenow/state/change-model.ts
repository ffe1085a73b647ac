/** The states of a change request, by what they are called. */
export const STATE = {
  new: '-5',
  assess: '-4',
  authorize: '-3',
  scheduled: '-2',
  implement: '-1',
  review: '0',
  closed: '3',
  canceled: '4',
} as const;

/** Which state may follow which, by type of change: one step at a time, Canceled from anywhere but Review and Closed. */
const NEXT: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  normal: {
    '-5': ['-4', '4'],
    '-4': ['-3', '-5', '4'],
    '-3': ['-2', '-5', '4'],
    '-2': ['-1', '-5', '4'],
    '-1': ['0', '4'],
    '0': ['3', '-1'],
  },
  standard: { '-5': ['-2', '4'], '-2': ['-1', '4'], '-1': ['0', '4'], '0': ['3', '-1'] },
  emergency: {
    '-5': ['-3', '4'],
    '-3': ['-2', '-5', '4'],
    '-2': ['-1', '4'],
    '-1': ['0', '4'],
    '0': ['3', '-1'],
  },
};

/** The states that a change of this type may go to from this one. */
export function nextStates(type: string, state: string): readonly string[] {
  return NEXT[type]?.[state] ?? [];
}
