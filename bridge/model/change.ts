import { z } from 'zod';
import { cellsSchema } from './cell.ts';

/** A ServiceNow sys_id: 32 lower-case hex digits, so that it can never bend a path. */
export const sysIdSchema = z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 lower-case hex digits');

/** The fields of a change_request that the bridge carries, besides the tags column. */
export const CHANGE_FIELDS = [
  'sys_id',
  'number',
  'sys_mod_count',
  'sys_updated_on',
  'sys_updated_by',
  'approval',
  'state',
  'short_description',
  'description',
  'priority',
  'category',
  'active',
  'business_service',
  'requested_by',
  'sys_created_on',
  'sys_created_by',
] as const;

/**
 * What is read with a change, besides the tags column: whether it may be acted upon at this moment too. An event
 * need not tell that, so one without it is complete.
 */
export const READ_FIELDS = [
  ...CHANGE_FIELDS,
  'correlation_id',
  'on_hold',
  'on_hold_reason',
  'start_date',
  'end_date',
  'type',
  'risk',
  'assignment_group',
] as const;

/**
 * One version of a change_request: raw values as ServiceNow keeps them (UTC dates, coded choices, sys_ids of
 * references). A field that is absent was not told; an empty one is `''`. `version` is sys_mod_count.
 */
export type ChangeRecord = {
  readonly sysId: string;
  readonly version: number;
  readonly fields: Readonly<Record<string, string>>;
  /** The description was cut. */
  readonly isCut?: boolean;
};

const rawRecord = cellsSchema.pipe(
  z
    .object({
      sys_id: sysIdSchema,
      sys_mod_count: z.string().regex(/^\d{1,15}$/, 'must be a whole number'),
    })
    .catchall(z.string()),
);

/** Parses a record from a webhook or from the Table API; references become their sys_id. */
export const changeRecordSchema = rawRecord.transform((fields): ChangeRecord => ({
  sysId: fields.sys_id,
  version: Number(fields.sys_mod_count),
  fields,
}));

/** The value of a field, `''` where it is empty or was not told. */
export function field(record: ChangeRecord, name: string): string {
  return record.fields[name] ?? '';
}

/** The names of the carried fields that this record does not tell at all. */
export function untoldFields(record: ChangeRecord, tagsField: string): string[] {
  return [...CHANGE_FIELDS, tagsField].filter((name) => record.fields[name] === undefined);
}

/** The one field that may be long, and that nobody needs once the portal shows it. */
const LONG_TEXT = 'description';
/** How much of it is kept (characters). */
const KEPT_TEXT = 80;

/** The record with its description cut; the same record where that is short. */
export function cutRecord(record: ChangeRecord): ChangeRecord {
  const text = field(record, LONG_TEXT);
  if (text.length <= KEPT_TEXT) return record;
  const kept = `${text.slice(0, KEPT_TEXT - 1)}…`;
  return { ...record, fields: { ...record.fields, [LONG_TEXT]: kept }, isCut: true };
}

/** Whether the change was cancelled (state 4, Canceled). */
export function isCancelled(record: ChangeRecord): boolean {
  return field(record, 'state') === '4';
}

/** Whether the change is told to be inactive: closed or cancelled. */
export function isClosed(record: ChangeRecord): boolean {
  return field(record, 'active') === 'false';
}

/** Whether work on the change is told to be on hold. */
export function isOnHold(record: ChangeRecord): boolean {
  return field(record, 'on_hold') === 'true' || field(record, 'on_hold') === '1';
}

/** How people call the change: its number, or its sys_id where that was not told. */
export function nameOf(record: ChangeRecord): string {
  return field(record, 'number') || record.sysId;
}

/** The address of a change in ServiceNow's own interface. */
export function changeAddress(instanceUrl: string, sysId: string): string {
  return `${instanceUrl}/nav_to.do?uri=${encodeURIComponent(`change_request.do?sys_id=${sysId}`)}`;
}
