import { type Row, valueOf } from './row.ts';

/** The rows of one table, with an index on each field that is looked up by equality. */
export class TableRows {
  readonly #rows = new Map<string, Row>();
  readonly #indexes = new Map<string, Map<string, Set<string>>>();

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
    this.#rows.set(sysId, row);
  }

  delete(sysId: string): boolean {
    const old = this.#rows.get(sysId);
    if (old === undefined) return false;
    for (const [field, index] of this.#indexes) index.get(key(old, field))?.delete(sysId);
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
