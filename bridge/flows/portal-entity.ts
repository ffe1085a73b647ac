import { createHash } from 'node:crypto';
import { type ChangeRecord, field, nameOf } from '../model/change.ts';
import type { Entity } from '../outbound/port.ts';

/** The values of the blueprint's approval enum. */
const APPROVALS: readonly string[] = ['approved', 'not requested', 'requested', 'rejected'];

/** ServiceNow's raw date (`yyyy-MM-dd HH:mm:ss`, UTC) as an ISO date-time; null where it is none. */
export function toIsoDate(raw: string): string | null {
  if (!/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(raw)) return null;
  const date = new Date(`${raw.replace(' ', 'T')}Z`);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function toApproval(approval: string): string | null {
  if (approval === '') return 'not requested';
  // A value outside the enum would lose the whole update; an empty property loses only itself.
  return APPROVALS.includes(approval) ? approval : null;
}

/** The portal entity of a change (blueprint servicenowChangeRequest). */
export function toEntity(record: ChangeRecord, tagsField: string): Entity {
  const text = (name: string): string => field(record, name);
  return {
    identifier: record.sysId,
    title: text('short_description') || nameOf(record),
    properties: {
      number: text('number'),
      description: text('description'),
      isActive: text('active') === 'true' || text('active') === '1',
      priority: text('priority'),
      state: text('state'),
      createdOn: toIsoDate(text('sys_created_on')),
      createdBy: text('sys_created_by'),
      service: text('business_service'),
      category: text('category'),
      approval: toApproval(text('approval')),
      externalTags: text(tagsField),
    },
  };
}

/** A fingerprint of what the portal is given: equal fingerprints need no second write. */
export function hashOf(entity: Entity): string {
  return createHash('sha256').update(JSON.stringify(entity)).digest('hex');
}
