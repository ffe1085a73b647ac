/** The labels of ServiceNow's choices on change_request, by column and value (out of the box, in English). */
const LABELS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  state: {
    '-5': 'New',
    '-4': 'Assess',
    '-3': 'Authorize',
    '-2': 'Scheduled',
    '-1': 'Implement',
    '0': 'Review',
    '3': 'Closed',
    '4': 'Canceled',
  },
  approval: {
    'not requested': 'Not Yet Requested',
    requested: 'Requested',
    approved: 'Approved',
    rejected: 'Rejected',
  },
  priority: { '1': 'Critical', '2': 'High', '3': 'Moderate', '4': 'Low' },
};

/** The columns whose values have labels. */
export const LABELLED = Object.keys(LABELS);

/** The label of a choice's value; the value itself where an instance has choices of its own. */
export function labelOf(column: string, value: string): string {
  const labels = LABELS[column] ?? {};
  return Object.hasOwn(labels, value) ? (labels[value] ?? value) : value;
}
