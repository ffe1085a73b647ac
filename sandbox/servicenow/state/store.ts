import { randomUUID } from 'node:crypto';
import type { Dictionary } from './dictionary.ts';
import {
  type Condition,
  type EncodedQuery,
  type FieldReader,
  compareByQuery,
  matchesQuery,
  parseEncodedQuery,
} from './encoded-query.ts';
import { type Row, valueOf } from './row.ts';
import { TableRows } from './table-rows.ts';

const NUMERIC = new Set(['integer', 'decimal', 'float', 'longint']);

/** A fresh record id: 32 hexadecimal digits. */
export function newSysId(): string {
  return randomUUID().replaceAll('-', '');
}

/** The rows of every table. It knows nothing of rules or rights: writes go through `Records`. */
export class Store {
  readonly dictionary: Dictionary;
  readonly #tables = new Map<string, TableRows>();

  constructor(dictionary: Dictionary) {
    this.dictionary = dictionary;
  }

  put(table: string, row: Row): void {
    const rows = this.#tables.get(table) ?? new TableRows();
    rows.put(row);
    this.#tables.set(table, rows);
  }

  /** Removes a row from the table that holds it; returns whether it was there. */
  drop(table: string, sysId: string): boolean {
    return this.dictionary.descendants(table).some((name) => this.#tables.get(name)?.delete(sysId) === true);
  }

  /** The row of this table, or of one that extends it, and the table that holds it. */
  find(table: string, sysId: string): { table: string; row: Row } | undefined {
    for (const name of this.dictionary.descendants(table)) {
      const row = this.#tables.get(name)?.get(sysId);
      if (row !== undefined) return { table: name, row };
    }
    return undefined;
  }

  get(table: string, sysId: string): Row | undefined {
    return this.find(table, sysId)?.row;
  }

  /** The table's rows, those of tables that extend it included, in the order in which they were written. */
  all(table: string): Row[] {
    return this.dictionary.descendants(table).flatMap((name) => this.#tables.get(name)?.all() ?? []);
  }

  /** The first row whose field has this value. */
  findBy(table: string, field: string, value: string): Row | undefined {
    return this.lookup(table, field, value).find((row) => valueOf(row, field) === value);
  }

  /** The rows whose field equals the value, upper and lower case alike. */
  lookup(table: string, field: string, value: string): Row[] {
    return this.dictionary
      .descendants(table)
      .flatMap((name) => this.#tables.get(name)?.lookup(field, value) ?? []);
  }

  /** Reads an encoded query against this table's columns. */
  parse(table: string, text: string): EncodedQuery {
    return parseEncodedQuery(text, (field) => this.isKnown(table, field));
  }

  /** Every matching row, in the query's order. */
  query(table: string, query: EncodedQuery): Row[] {
    const ordered = this.#inKeyOrder(table, query);
    if (ordered !== undefined) return ordered.filter((row) => matchesQuery(query, this.reader(table, row)));
    const found = this.#candidates(table, query)
      .map((row) => ({ row, reader: this.reader(table, row) }))
      .filter(({ reader }) => matchesQuery(query, reader));
    if (query.order.length > 0) found.sort((a, b) => compareByQuery(query, a.reader, b.reader));
    return found.map(({ row }) => row);
  }

  /** The rows in the order of the query's key (…, sys_id), from the lowest that can match; undefined for other queries. */
  #inKeyOrder(table: string, query: EncodedQuery): Row[] | undefined {
    const fields = query.order.map(({ field }) => field);
    const isKey = fields.at(-1) === 'sys_id' && fields.indexOf('sys_id') === fields.length - 1;
    if (!isKey || query.order.some(({ descending }) => descending)) return undefined;
    if (fields.some((field) => field.includes('.') || this.#isNumeric(table, field))) return undefined;
    const [name, another] = this.dictionary.descendants(table);
    if (name === undefined || another !== undefined) return undefined;
    return this.#tables.get(name)?.inOrder(fields, lowestOf(query, fields[0] ?? '')) ?? [];
  }

  /** A query that demands one value of one field need not look at every row. */
  #candidates(table: string, query: EncodedQuery): Row[] {
    const [group, another] = query.groups;
    if (group === undefined || another !== undefined) return this.all(table);
    const exact = group.find((clause) => {
      const [condition] = clause;
      return clause.length === 1 && condition?.operator === '=' && !condition.field.includes('.');
    })?.[0];
    return exact === undefined ? this.all(table) : this.lookup(table, exact.field, exact.operand);
  }

  /** Reads a record for a query; dotted fields follow references. */
  reader(table: string, row: Row, before?: Row): FieldReader {
    const type = valueOf(row, 'sys_class_name') || table;
    return {
      value: (field) => this.walk(type, row, field),
      numeric: (field) => this.#isNumeric(type, field),
      ...(before === undefined ? {} : { previous: (field: string) => valueOf(before, field) }),
    };
  }

  #isNumeric(table: string, field: string): boolean {
    return NUMERIC.has(this.dictionary.column(table, field)?.type ?? '');
  }

  /** The value of a field; `a.b` reads field `b` of the record that reference `a` names. */
  walk(table: string, row: Row, path: string): string {
    if (!path.includes('.')) return valueOf(row, path);
    const [head = '', ...rest] = path.split('.');
    const value = valueOf(row, head);
    const reference = this.dictionary.column(table, head)?.reference;
    if (reference === undefined || value === '') return '';
    const target = this.find(reference, value);
    return target === undefined ? '' : this.walk(target.table, target.row, rest.join('.'));
  }

  /** Is this a field of the table, or a dotted path that starts at a reference of it? */
  isKnown(table: string, path: string): boolean {
    const [head = '', ...rest] = path.split('.');
    const column = this.dictionary.column(table, head);
    if (column === undefined) return false;
    if (rest.length === 0) return true;
    return (
      column.reference !== undefined &&
      this.dictionary.descendants(column.reference).some((name) => this.isKnown(name, rest.join('.')))
    );
  }
}

/** Does the condition leave out everything below its operand? `=` does where upper and lower case are the same. */
function isLowerBound({ operator, operand }: Condition): boolean {
  if (operator === '=') return operand.toLowerCase() === operand.toUpperCase();
  return operator === '>' || operator === '>=';
}

/** The lowest value of a text field that can match the query; empty where any can. */
function lowestOf(query: EncodedQuery, field: string): string {
  const lowest = query.groups.map((group) => {
    const bounds = group.flatMap(([condition, alternative]) =>
      condition !== undefined &&
      alternative === undefined &&
      condition.field === field &&
      isLowerBound(condition)
        ? [condition.operand]
        : [],
    );
    return bounds.toSorted().at(-1) ?? '';
  });
  return lowest.toSorted()[0] ?? '';
}
