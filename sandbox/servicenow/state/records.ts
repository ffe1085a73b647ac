import type { Column } from './dictionary.ts';
import { type Actor, type Change, type Row, type WriteRule, valueOf } from './row.ts';
import { type Store, newSysId } from './store.ts';
import { toPlatformTime } from './time.ts';

/** The prefix and the first number of the tables whose records are numbered. */
const NUMBERED: Readonly<Record<string, readonly [prefix: string, first: number]>> = {
  change_request: ['CHG', 30_001],
  change_task: ['CTASK', 10_001],
};
const MAX_NESTING = 25;
const SYS_ID = /^[0-9a-f]{32}$/;
const MANAGED = new Set([
  'sys_id',
  'sys_created_on',
  'sys_created_by',
  'sys_updated_on',
  'sys_updated_by',
  'sys_mod_count',
  'sys_class_name',
]);

/** The database refused a row: a unique column already holds the value. */
export class DuplicateKey extends Error {
  constructor(table: string, column: string, value: string) {
    super(`FAILED TRYING TO EXECUTE ON CONNECTION: Unique Key violation: ${table}.${column} = '${value}'`);
    this.name = 'DuplicateKey';
  }
}

/** How a write is made: without rules when a script has called `setWorkflow(false)`. */
export type WriteOptions = { readonly withoutRules?: boolean };

/** Every write to the instance goes through here: columns, choices, versions, journals and rules. */
export class Records {
  readonly store: Store;
  readonly #clock: () => number;
  readonly #rules: WriteRule[] = [];
  readonly #numbers = new Map<string, number>();
  #nesting = 0;
  #writes = 0;

  constructor(store: Store, clock: () => number) {
    this.store = store;
    this.#clock = clock;
  }

  /** How many writes were done: pages look at it to see that something changed. */
  get writes(): number {
    return this.#writes;
  }

  /** Adds a rule; rules run in the order in which they were added. */
  addRule(rule: WriteRule): void {
    this.#rules.push(rule);
  }

  /** Inserts a record and returns it as stored. Throws `AbortedByRule`. A given `sys_id` is kept. */
  insert(table: string, values: Row, actor: Actor, options: WriteOptions = {}): Row {
    const now = toPlatformTime(this.#clock());
    const after: Row = this.#defaults(table);
    const journals = this.#apply(table, after, values);
    after['sys_id'] = valueOf(values, 'sys_id') || newSysId();
    after['sys_class_name'] = table;
    after['sys_created_on'] = now;
    after['sys_created_by'] = actor.userName;
    after['sys_updated_on'] = now;
    after['sys_updated_by'] = actor.userName;
    after['sys_mod_count'] = '0';
    this.#refuseDuplicate(table, after);
    this.#number(table, after);
    const change: Change = { table, operation: 'insert', before: undefined, after, actor, said: journals };
    return this.#commit(change, options, () => this.store.put(table, after));
  }

  /**
   * Updates a record. A write that changes nothing is no update: no version, no rules.
   * Returns the record as it now is, or undefined when there is none. Throws `AbortedByRule`.
   */
  update(
    table: string,
    sysId: string,
    values: Row,
    actor: Actor,
    options: WriteOptions = {},
  ): Row | undefined {
    const found = this.store.find(table, sysId);
    if (found === undefined) return undefined;
    const before = found.row;
    const after: Row = { ...before };
    const journals = this.#apply(found.table, after, values);
    const same = Object.keys(after).every((field) => after[field] === before[field]);
    if (same && journals.length === 0) return before;
    const change: Change = { table: found.table, operation: 'update', before, after, actor, said: journals };
    return this.#commit(change, options, () => {
      after['sys_updated_on'] = toPlatformTime(this.#clock());
      after['sys_updated_by'] = actor.userName;
      after['sys_mod_count'] = String(Number(valueOf(before, 'sys_mod_count')) + 1);
      this.store.put(found.table, after);
    });
  }

  /** Deletes a record; false when there is none. Throws `AbortedByRule`. */
  remove(table: string, sysId: string, actor: Actor, options: WriteOptions = {}): boolean {
    const found = this.store.find(table, sysId);
    if (found === undefined) return false;
    const change: Change = {
      table: found.table,
      operation: 'delete',
      before: found.row,
      after: { ...found.row },
      actor,
      said: [],
    };
    this.#commit(change, options, () => this.store.drop(found.table, sysId));
    return true;
  }

  #commit(change: Change, options: WriteOptions, write: () => void): Row {
    if (this.#nesting >= MAX_NESTING) {
      throw new Error(`Rules of table '${change.table}' call each other without end: ${MAX_NESTING} levels.`);
    }
    this.#nesting += 1;
    try {
      const rules = options.withoutRules === true ? [] : this.#rules;
      for (const rule of rules) rule.before?.(change);
      write();
      this.#writes += 1;
      for (const [element, value] of change.said) this.#journal(change, element, value);
      for (const rule of rules) rule.after?.(change);
      return change.operation === 'delete' ? change.after : this.#current(change);
    } finally {
      this.#nesting -= 1;
    }
  }

  /** A rule that ran after the write may have written the record again. */
  #current(change: Change): Row {
    return this.store.get(change.table, valueOf(change.after, 'sys_id')) ?? change.after;
  }

  #defaults(table: string): Row {
    return Object.fromEntries(
      this.store.dictionary.columns(table).map((column) => [column.name, column.defaultValue ?? '']),
    );
  }

  /** Copies what the table can hold into the row; what is left are the journal entries to write. */
  #apply(table: string, row: Row, values: Row): [string, string][] {
    const journals: [string, string][] = [];
    for (const [field, value] of Object.entries(values)) {
      const column = this.store.dictionary.column(table, field);
      if (column === undefined || MANAGED.has(field)) continue;
      if (column.type.startsWith('journal')) {
        if (value !== '') journals.push([field, value]);
        continue;
      }
      const kept = storable(column, value);
      if (kept !== undefined) row[field] = kept;
    }
    return journals;
  }

  #refuseDuplicate(table: string, row: Row): void {
    for (const column of this.store.dictionary.columns(table)) {
      if (column.unique !== true) continue;
      const value = valueOf(row, column.name);
      if (this.store.lookup(table, column.name, value).length > 0) {
        throw new DuplicateKey(table, column.name, value);
      }
    }
  }

  #journal(change: Change, element: string, value: string): void {
    const now = toPlatformTime(this.#clock());
    const sysId = newSysId();
    this.store.put('sys_journal_field', {
      sys_id: sysId,
      name: change.table,
      element,
      element_id: valueOf(change.after, 'sys_id'),
      value,
      sys_class_name: 'sys_journal_field',
      sys_created_on: now,
      sys_created_by: change.actor.userName,
      sys_updated_on: now,
      sys_updated_by: change.actor.userName,
      sys_mod_count: '0',
    });
  }

  #number(table: string, row: Row): void {
    const numbering = NUMBERED[table];
    if (numbering === undefined || valueOf(row, 'number') !== '') return;
    const [prefix, first] = numbering;
    const number = this.#numbers.get(table) ?? first;
    this.#numbers.set(table, number + 1);
    row['number'] = `${prefix}${String(number).padStart(7, '0')}`;
  }
}

/** The value as the column stores it, or undefined when the column refuses it (silently, as the platform does). */
function storable(column: Column, value: string): string | undefined {
  if (column.type === 'boolean') {
    if (value === '') return 'false';
    return ['true', '1', 'yes', 'on'].includes(value.toLowerCase()) ? 'true' : 'false';
  }
  if (column.choices !== undefined && column.choices.length > 0 && value !== '') {
    return column.choices.some((choice) => choice.value === value) ? value : undefined;
  }
  if (column.type === 'integer' && value !== '') {
    return /^-?\d+$/.test(value) ? String(Number(value)) : undefined;
  }
  // A reference holds a sys_id or nothing: a name is lost.
  if (column.reference !== undefined) return SYS_ID.test(value) ? value : '';
  return column.maxLength === undefined ? value : value.slice(0, column.maxLength);
}
