import type { Change } from '../../ledger/changes.ts';
import { toIsoDate } from '../../model/time.ts';
import { LABELLED, labelOf } from './choices.ts';
import { isoTime } from './time.ts';

/** What a list shows of a change: where it stands in ServiceNow and in the portal. */
export function presentChange(change: Change) {
  const { record } = change;
  return {
    sys_id: record.sysId,
    number: record.fields.number ?? null,
    version: record.version,
    ...choice('approval', record.fields.approval),
    ...choice('state', record.fields.state),
    ...choice('priority', record.fields.priority),
    short_description: record.fields.short_description ?? null,
    deleted: change.deleted,
    portal_version: change.portalVersion < 0 ? null : change.portalVersion,
    in_step: change.portalVersion >= record.version,
    decision_id: change.decision ?? null,
    seen_at: isoTime(change.seenAt),
  };
}

/** The fields that ServiceNow told of a change: dates in ISO 8601, and labels beside the values of choices. */
export function presentRecord({ record }: Change): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const [name, value] of Object.entries(record.fields)) {
    shown[name] = toIsoDate(value) ?? value;
    if (LABELLED.includes(name)) shown[`${name}_label`] = labelOf(name, value);
  }
  return shown;
}

function choice(column: string, value: string | undefined): Record<string, string | null> {
  return {
    [column]: value ?? null,
    [`${column}_label`]: value === undefined ? null : labelOf(column, value),
  };
}
