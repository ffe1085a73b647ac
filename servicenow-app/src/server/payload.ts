import { asciiJson, asciiWidth } from './ascii-json.ts';
import { toIso } from './time.ts';

export type ChangeEvent = 'change.created' | 'change.updated' | 'change.deleted';

/** The fields of a change that the bridge reads, in the order in which they are sent. */
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
  'on_hold',
  'on_hold_reason',
  'start_date',
  'end_date',
  'type',
  'risk',
  'conflict_status',
  'assignment_group',
  'close_code',
] as const;

/** Columns that are true or false. */
const FLAGS: readonly string[] = ['active', 'on_hold'];

/** The name under which the bridge reads the tags when no other column is configured. */
export const TAGS_FIELD = 'u_external_tags';

/** The bridge refuses bodies over 64 KiB; this leaves room for whatever a proxy adds. */
export const LONGEST_BODY = 60000;

const ELLIPSIS = '\u2026';

/** A record as the payload needs it: a missing column is undefined, an empty one is ''. */
export type ReadField = (name: string) => string | undefined;

/**
 * The body of one message, in ASCII JSON of at most 60,000 bytes: values are strings, a reference is
 * its sys_id, a column that the table does not have is left out. A text that would make the body too
 * long is shortened and ends in `…`, description first.
 */
export function changeBody(event: ChangeEvent, nowMs: number, read: ReadField, tagsField: string): string {
  const record = readRecord(read, tagsField);
  const body = { event, occurred_at: toIso(nowMs), record };
  let json = asciiJson(body);
  for (const field of ['description', 'short_description', 'on_hold_reason', tagsField, TAGS_FIELD]) {
    if (json.length <= LONGEST_BODY) return json;
    shorten(record, field, json.length - LONGEST_BODY);
    json = asciiJson(body);
  }
  return json;
}

function readRecord(read: ReadField, tagsField: string): Record<string, string> {
  const record: Record<string, string> = {};
  for (const field of CHANGE_FIELDS) {
    const value = read(field);
    if (value !== undefined) record[field] = FLAGS.includes(field) ? trueOrFalse(value) : value;
  }
  const tags = read(tagsField);
  if (tags === undefined) return record;
  record[TAGS_FIELD] = tags;
  if (tagsField !== TAGS_FIELD) record[tagsField] = tags;
  return record;
}

/** A script reads a boolean as 1 or 0, the Table API writes true or false: send what the API sends. */
function trueOrFalse(value: string): string {
  if (value === '1' || value === 'true') return 'true';
  return value === '' ? '' : 'false';
}

function shorten(record: Record<string, string>, field: string, excess: number): void {
  const text = record[field];
  if (text === undefined) return;
  let kept = text.length;
  let freed = -asciiWidth(ELLIPSIS.charCodeAt(0));
  while (kept > 0 && freed < excess) {
    kept -= 1;
    freed += asciiWidth(text.charCodeAt(kept));
  }
  record[field] = `${withoutHalfPair(text.slice(0, kept))}${ELLIPSIS}`;
}

/** A cut through a surrogate pair would leave a character that is not one. */
function withoutHalfPair(text: string): string {
  return text.replace(/[\ud800-\udbff]$/, '');
}
