import type { Row } from '../../state/row.ts';
import type { Call } from '../calls.ts';
import { type QueryCondition, RecordQuery, textOf } from './record-query.ts';

type Wanted = { readonly kind: string; readonly field: string };

/** `GlideAggregate`: COUNT, MIN, MAX, SUM and AVG, with groups. */
export class ScriptAggregate {
  readonly #call: Call;
  readonly #table: string;
  readonly #query = new RecordQuery();
  readonly #wanted: Wanted[] = [];
  readonly #groupBy: string[] = [];
  #groups: Row[][] = [];
  #at = -1;

  constructor(call: Call, table: string) {
    this.#call = call;
    this.#table = table;
  }

  addQuery(field: string, operatorOrValue: unknown, value?: unknown): QueryCondition {
    return this.#query.add(field, operatorOrValue, value);
  }

  addEncodedQuery(encoded: string): void {
    this.#query.addEncoded(encoded);
  }

  addNotNullQuery(field: string): QueryCondition {
    return this.#query.add(field, 'ISNOTEMPTY', '');
  }

  addNullQuery(field: string): QueryCondition {
    return this.#query.add(field, 'ISEMPTY', '');
  }

  addAggregate(kind: string, field = ''): void {
    this.#wanted.push({ kind: kind.toUpperCase(), field });
  }

  groupBy(field: string): void {
    this.#groupBy.push(field);
  }

  orderBy(field: string): void {
    this.#query.orderBy(field, false);
  }

  query(): void {
    const rows = this.#call('query', this.#query.build(this.#table));
    const groups = new Map<string, Row[]>();
    for (const row of rows) {
      const key = JSON.stringify(this.#groupBy.map((field) => row[field] ?? ''));
      groups.set(key, [...(groups.get(key) ?? []), row]);
    }
    this.#groups = this.#groupBy.length === 0 ? [rows] : [...groups.values()];
    this.#at = -1;
  }

  next(): boolean {
    if (this.#at + 1 >= this.#groups.length) return false;
    this.#at += 1;
    return true;
  }

  hasNext(): boolean {
    return this.#at + 1 < this.#groups.length;
  }

  getRowCount(): number {
    return this.#groups.length;
  }

  getValue(field: string): string | null {
    return this.#groups[this.#at]?.[0]?.[field] ?? null;
  }

  /** The aggregate of the group at hand as text; `null` when the group is empty. */
  getAggregate(kind: string, field = ''): string | null {
    const rows = this.#groups[this.#at] ?? [];
    if (kind.toUpperCase() === 'COUNT') return String(rows.length);
    const values = rows.map((row) => textOf(row[field])).filter((value) => value !== '');
    const [first, ...rest] = values;
    if (first === undefined) return null;
    switch (kind.toUpperCase()) {
      case 'MIN':
        return rest.reduce((least, value) => (less(value, least) ? value : least), first);
      case 'MAX':
        return rest.reduce((most, value) => (less(most, value) ? value : most), first);
      case 'SUM':
        return String(sum(values));
      case 'AVG':
        return String(sum(values) / values.length);
      default:
        throw new Error(`The stand-in does not provide the aggregate ${kind}.`);
    }
  }
}

function sum(values: readonly string[]): number {
  return values.reduce((total, value) => total + Number(value), 0);
}

function less(a: string, b: string): boolean {
  const numbers = [a, b].every((value) => /^-?\d+(\.\d+)?$/.test(value));
  return numbers ? Number(a) < Number(b) : a < b;
}
