import { type ChangeRecord, changeRecordSchema } from '../model/change.ts';

/** A row of a list that is no change record. `sysId` as it was answered, cleaned: it may be anything. */
export type UnreadableRow = { readonly sysId?: string; readonly reason: string };

/** What may be read of one page, what may not, and whether ServiceNow has more rows after it. */
export type ChangePage = {
  readonly records: ChangeRecord[];
  readonly unreadable: UnreadableRow[];
  readonly more: boolean;
};

type Rows = Pick<ChangePage, 'records' | 'unreadable'>;

/** Reads the rows of a list one by one: a row that makes no sense spoils no other. `quote` cleans its words. */
export function readRows(rows: readonly unknown[], quote: (words: string) => string): Rows {
  const records: ChangeRecord[] = [];
  const unreadable: UnreadableRow[] = [];
  for (const row of rows) {
    if (isPlain(row)) {
      records.push({ sysId: row['sys_id'], version: Number(row['sys_mod_count']), fields: row });
      continue;
    }
    const parsed = changeRecordSchema.safeParse(row);
    if (parsed.success) {
      records.push(parsed.data);
      continue;
    }
    const [issue] = parsed.error.issues;
    const reason = quote(issue === undefined ? 'no record' : `${issue.path.join('.')}: ${issue.message}`);
    const sysId = sysIdOf(row);
    unreadable.push(sysId === undefined ? { reason } : { sysId: quote(sysId), reason });
  }
  return { records, unreadable };
}

type PlainRow = Readonly<Record<string, string>> & {
  readonly sys_id: string;
  readonly sys_mod_count: string;
};

/**
 * The Table API's usual form, told by a look at each cell: thousands of rows need no copy by the schema. What
 * passes here, the schema reads in the same way; all else is the schema's to judge.
 */
function isPlain(row: unknown): row is PlainRow {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return false;
  let sysId = false;
  let version = false;
  for (const [name, value] of Object.entries(row)) {
    if (typeof value !== 'string' || name.startsWith('__')) return false;
    if (name === 'sys_id') sysId = /^[0-9a-f]{32}$/.test(value);
    if (name === 'sys_mod_count') version = /^\d{1,15}$/.test(value);
  }
  return sysId && version;
}

function sysIdOf(row: unknown): string | undefined {
  if (typeof row !== 'object' || row === null || !('sys_id' in row)) return undefined;
  return typeof row.sys_id === 'string' ? row.sys_id : undefined;
}
