import { OrderedRows } from './ordered-rows.ts';
import { type Row, valueOf } from './row.ts';

/** The rows of one table, with an index on each field that is looked up by equality, and on each order asked for. */
export class TableRows {
  readonly #rows = new Map<string, Row>();
  readonly #indexes = new Map<string, Map<string, Set<string>>>();

  readonly #orders = new Map<string, OrderedRows>();

  get(sysId: string): Row | undefined {
    return this.#rows.get(sysId);
  }

  all(): Row[] {
    return [...this.#rows.values()];
  }

  put(row: Row): void {
    const sysId = valueOf(row, 'sys_id');
    const old = this.#rows.get(sysId);
    for (const [field, index] of this.#indexes) {
      if (old !== undefined) index.get(key(old, field))?.delete(sysId);
      add(index, key(row, field), sysId);
    }
    for (const order of this.#orders.values()) {
      if (old !== undefined) order.remove(old);
      order.add(row);
    }
    this.#rows.set(sysId, row);
  }

  delete(sysId: string): boolean {
    const old = this.#rows.get(sysId);
    if (old === undefined) return false;
    for (const [field, index] of this.#indexes) index.get(key(old, field))?.delete(sysId);
    for (const order of this.#orders.values()) order.remove(old);
    return this.#rows.delete(sysId);
  }

  /** The rows whose field equals the value, upper and lower case alike. */
  lookup(field: string, value: string): Row[] {
    if (field === 'sys_id') {
      const row = this.#rows.get(value);
      return row === undefined ? [] : [row];
    }
    const found: Row[] = [];
    for (const sysId of this.#index(field).get(value.toLowerCase()) ?? []) {
      const row = this.#rows.get(sysId);
      if (row !== undefined) found.push(row);
    }
    return found;
  }

  /** The rows in the order of these text fields, from the first whose first field is not below `lowest`. */
  inOrder(fields: readonly string[], lowest: string): Row[] {
    const name = fields.join();
    const order = this.#orders.get(name) ?? new OrderedRows(fields, this.#rows.values());
    this.#orders.set(name, order);
    return order.from(lowest);
  }

  #index(field: string): Map<string, Set<string>> {
    const known = this.#indexes.get(field);
    if (known !== undefined) return known;
    const index = new Map<string, Set<string>>();
    for (const [sysId, row] of this.#rows) add(index, key(row, field), sysId);
    this.#indexes.set(field, index);
    return index;
  }
}

function key(row: Row, field: string): string {
  return valueOf(row, field).toLowerCase();
}

function add(index: Map<string, Set<string>>, value: string, sysId: string): void {
  const ids = index.get(value) ?? new Set<string>();
  ids.add(sysId);
  index.set(value, ids);
}
