/** One record as the database holds it: every value is a string, an absent value is the empty string. */
export type Row = Record<string, string>;

/** Who writes: the name ends up in `sys_created_by` and `sys_updated_by`. */
export type Actor = { readonly userName: string; readonly userId: string };

/** Who the platform's own flows act as. */
export const SYSTEM: Actor = { userName: 'system', userId: '' };

/** What happened to one record, as the rules of the instance see it. */
export type Change = {
  readonly table: string;
  readonly operation: 'insert' | 'update' | 'delete';
  /** The record before the write; absent for an insert. */
  readonly before: Row | undefined;
  /** The record as it will be (before rules may change it) or as it now is. */
  readonly after: Row;
  readonly actor: Actor;
  /** What the write adds to journals, by field. */
  readonly said: readonly (readonly [field: string, text: string])[];
};

/** A rule of the platform or of an installed app that sees every write. */
export type WriteRule = {
  /** Runs before the write and may change `after` or throw `AbortedByRule`. */
  before?: (change: Change) => void;
  /** Runs once the write is done. */
  after?: (change: Change) => void;
};

/** A business rule refused the write. */
export class AbortedByRule extends Error {
  readonly rule: string;
  readonly table: string;
  constructor(table: string, rule: string, why: string) {
    super(`Operation against file '${table}' was aborted by Business Rule '${rule}'. ${why}`.trim());
    this.name = 'AbortedByRule';
    this.rule = rule;
    this.table = table;
  }
}

/** The value of a field, `''` when it is not set. */
export function valueOf(row: Row, field: string): string {
  return row[field] ?? '';
}

/** Whether this write gave the field this value. */
export function turned({ before, after }: Change, field: string, value: string): boolean {
  return valueOf(after, field) === value && before?.[field] !== value;
}
