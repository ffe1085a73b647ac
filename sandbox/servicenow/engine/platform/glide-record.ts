import type { Column } from '../../state/dictionary.ts';
import type { Row } from '../../state/row.ts';
import type { Call } from '../calls.ts';
import { GlideElement } from './glide-element.ts';
import { QueryBuilder } from './query-builder.ts';
import { RecordQuery, textOf } from './record-query.ts';

/** A record that a script is handed: `current` of a rule, an event, a form. */
export type BoundRecord = {
  readonly table: string;
  readonly row: Row;
  readonly operation?: 'insert' | 'update' | 'delete';
  /** The record before the write; only synchronous rules have it. */
  readonly before?: Row;
  /** True: what the script sets goes straight into the row (a rule that runs before the write). */
  readonly live?: boolean;
};

/** The columns of a table by name; undefined when there is no such table. */
export type Columns = (table: string) => ReadonlyMap<string, Column> | undefined;

/** Asks for the columns of each table once: they do not change while a script runs. */
export function rememberedColumns(call: Call): Columns {
  const known = new Map<string, ReadonlyMap<string, Column> | undefined>();
  return (table) => {
    if (!known.has(table)) {
      const columns = call('columns', { table });
      known.set(table, columns && new Map(columns.map((column) => [column.name, column])));
    }
    return known.get(table);
  };
}

/** `GlideRecord` of the platform's scoped API. Values are text; an absent value is `null`, as on an instance. */
export class ScriptRecord extends QueryBuilder {
  readonly #call: Call;
  readonly #table: string;
  readonly #allColumns: Columns;
  readonly #columns: ReadonlyMap<string, Column> | undefined;
  #found: Row[] = [];
  #at = -1;
  #row: Row = {};
  #changed: Row = {};
  #isNew = false;
  #bound: BoundRecord | undefined;
  #withoutRules = false;
  #aborted = false;
  #lastError = '';

  constructor(call: Call, columns: Columns, table: string, bound?: BoundRecord) {
    super();
    this.#call = call;
    this.#table = table;
    this.#allColumns = columns;
    this.#columns = columns(table);
    if (bound !== undefined) {
      this.#bound = bound;
      this.#row = bound.row;
    }
    return this.#withFields();
  }

  initialize(): void {
    this.#row = Object.fromEntries(
      [...(this.#columns?.values() ?? [])].map((column) => [column.name, column.defaultValue ?? '']),
    );
    this.#changed = {};
    this.#isNew = true;
  }

  newRecord(): void {
    this.initialize();
  }

  query(): void {
    this.#found = this.#call('query', this.conditions.build(this.#table));
    this.#at = -1;
  }

  _query(): void {
    this.query();
  }

  hasNext(): boolean {
    return this.#at + 1 < this.#found.length;
  }

  next(): boolean {
    const row = this.#found[this.#at + 1];
    if (row === undefined) return false;
    this.#at += 1;
    this.#show(row);
    return true;
  }

  _next(): boolean {
    return this.next();
  }

  getRowCount(): number {
    return this.#found.length;
  }

  /** Finds one record by its id, or by a field's value. */
  get(fieldOrId: unknown, value?: unknown): boolean {
    this.conditions = new RecordQuery();
    this.conditions.add(value === undefined ? 'sys_id' : textOf(fieldOrId), value ?? fieldOrId);
    this.conditions.limit(1);
    this.query();
    return this.next();
  }

  /** The value as the database gives it to scripts: `null` when empty, booleans as `1` and `0`. */
  getValue(field: string): string | null {
    const value = this.rawValue(field);
    if (value === '') return null;
    if (this.#columns?.get(field)?.type !== 'boolean') return value;
    return value === 'true' ? '1' : '0';
  }

  setValue(field: string, value: unknown): void {
    if (!this.isValidField(field)) return;
    const text = this.#stored(field, textOf(value));
    if (this.#row[field] !== text) this.#changed[field] = text;
    if (this.#bound?.live === true) this.#row[field] = text;
    else this.#row = { ...this.#row, [field]: text };
  }

  getElement(path: string): GlideElement {
    return new GlideElement(this.#self, path);
  }

  getDisplayValue(field?: string): string {
    const name =
      field ?? [...(this.#columns?.values() ?? [])].find((column) => column.name === 'number')?.name;
    if (name === undefined) return '';
    return this.#call('display', { table: this.#table, field: name, value: this.rawValue(name) });
  }

  getUniqueValue(): string {
    return this.rawValue('sys_id');
  }

  getTableName(): string {
    return this.#table;
  }

  getRecordClassName(): string {
    return this.rawValue('sys_class_name') || this.#table;
  }

  getLink(): string {
    return `${this.#table}.do?sys_id=${this.getUniqueValue()}`;
  }

  getLastErrorMessage(): string {
    return this.#lastError;
  }

  isValid(): boolean {
    return this.#columns !== undefined;
  }

  isValidField(field: string): boolean {
    return this.#columns?.has(field) === true;
  }

  isValidRecord(): boolean {
    return this.getUniqueValue() !== '';
  }

  isNewRecord(): boolean {
    return this.#isNew || this.#bound?.operation === 'insert';
  }

  operation(): string | null {
    return this.#bound?.operation ?? null;
  }

  setWorkflow(enable: boolean): void {
    this.#withoutRules = !enable;
  }

  setNewGuid(): void {
    this.#row['sys_id'] = '';
  }

  setNewGuidValue(sysId: string): void {
    this.#row['sys_id'] = sysId;
  }

  setAbortAction(abort: boolean): void {
    this.#aborted = abort;
  }

  isActionAborted(): boolean {
    return this.#aborted;
  }

  canRead(): boolean {
    return true;
  }

  canWrite(): boolean {
    return true;
  }

  canCreate(): boolean {
    return true;
  }

  canDelete(): boolean {
    return true;
  }

  /** The new record's id, or `null` when the instance refused it (the message is in `getLastErrorMessage`). */
  insert(): string | null {
    const written = this.#call('insert', {
      table: this.#table,
      values: this.#row,
      withoutRules: this.#withoutRules,
    });
    return this.#written(written.row, written.refused);
  }

  /** Writes the fields that the script changed; the record's id, or `null` when it was refused or is gone. */
  update(): string | null {
    if (this.#isNew) return this.insert();
    const written = this.#call('update', {
      table: this.#table,
      sysId: this.getUniqueValue(),
      values: this.#changed,
      withoutRules: this.#withoutRules,
    });
    return this.#written(written.row, written.refused);
  }

  updateMultiple(): void {
    const values = this.#changed;
    for (const row of this.#call('query', this.conditions.build(this.#table))) {
      this.#call('update', {
        table: this.#table,
        sysId: row['sys_id'] ?? '',
        values,
        withoutRules: this.#withoutRules,
      });
    }
  }

  deleteRecord(): boolean {
    return this.#call('remove', {
      table: this.#table,
      sysId: this.getUniqueValue(),
      withoutRules: this.#withoutRules,
    });
  }

  deleteMultiple(): void {
    for (const row of this.#call('query', this.conditions.build(this.#table))) {
      const sysId = row['sys_id'] ?? '';
      this.#call('remove', { table: this.#table, sysId, withoutRules: this.#withoutRules });
    }
  }

  override toString(): string {
    return this.getDisplayValue();
  }

  /** The stored text of a field; a dotted path follows references. */
  rawValue(path: string): string {
    if (!path.includes('.')) return this.#row[path] ?? '';
    const [head = '', ...rest] = path.split('.');
    return this.referenced(head).rawValue(rest.join('.'));
  }

  rawPrevious(field: string): string | undefined {
    return this.#bound?.before?.[field];
  }

  fieldChanged(field: string): boolean {
    if (this.#bound?.operation === 'insert') return this.rawValue(field) !== '';
    const before = this.#bound?.before;
    return before !== undefined && (before[field] ?? '') !== this.rawValue(field);
  }

  referenced(field: string): ScriptRecord {
    const target = new ScriptRecord(this.#call, this.#allColumns, this.#columns?.get(field)?.reference ?? '');
    if (this.rawValue(field) !== '') target.get(this.rawValue(field));
    return target;
  }

  #show(row: Row): void {
    this.#row = row;
    this.#changed = {};
    this.#isNew = false;
  }

  #written(row: Row | undefined, refused: string | undefined): string | null {
    this.#lastError = refused ?? '';
    if (row === undefined) return null;
    this.#show(row);
    return this.getUniqueValue();
  }

  #stored(field: string, text: string): string {
    if (this.#columns?.get(field)?.type !== 'boolean') return text;
    return ['true', '1', 'yes'].includes(text.toLowerCase()) ? 'true' : 'false';
  }

  #self: ScriptRecord = this;

  /** Fields are properties of the record: `current.approval`, `current.approval = 'approved'`. */
  #withFields(): ScriptRecord {
    this.#self = new Proxy<ScriptRecord>(this, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key, target);
        if (typeof member === 'function') return member.bind(target);
        if (typeof key === 'string' && this.isValidField(key)) return new GlideElement(target, key);
        return member;
      },
      set: (target, key, value) => {
        if (typeof key === 'string') target.setValue(key, value);
        return true;
      },
    });
    return this.#self;
  }
}
