import { hash } from 'node:crypto';
import { type ChangeRecord, field, nameOf } from '../../model/change.ts';
import { toIsoDate } from '../../model/time.ts';
import type { Entity } from '../../outbound/port.ts';

/** The properties of the blueprint that the bridge writes. */
const PROPERTIES = [
  'number',
  'description',
  'isActive',
  'priority',
  'state',
  'createdOn',
  'createdBy',
  'service',
  'category',
  'approval',
  'externalTags',
] as const;

/** The values of the blueprint's approval enum. */
const APPROVALS: readonly string[] = ['approved', 'not requested', 'requested', 'rejected'];

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

/**
 * A fingerprint of what the portal shows of a change. Equal fingerprints need no second write; the portal may leave
 * out what is empty, and write a date in another form.
 */
export function fingerprintOf(shown: {
  readonly title?: string | null | undefined;
  readonly properties: Readonly<Record<string, unknown>>;
}): string {
  const values = PROPERTIES.map((name) => comparable(shown.properties[name]));
  return hash('sha256', JSON.stringify([shown.title, ...values]), 'base64url').slice(0, 22);
}

function comparable(value: unknown): unknown {
  if (value === null || value === undefined || value === '') return '';
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}T/.test(value)) return value;
  return Date.parse(value);
}
