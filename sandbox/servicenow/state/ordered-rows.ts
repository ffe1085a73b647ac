import { type Row, valueOf } from './row.ts';

/** The rows of one table in the order of some text fields, kept in order as rows come and go. */
export class OrderedRows {
  readonly #fields: readonly string[];
  readonly #rows: Row[];

  /** `fields` are compared one after the other; the last one has to be unique. */
  constructor(fields: readonly string[], rows: Iterable<Row>) {
    this.#fields = fields;
    this.#rows = [...rows].toSorted((a, b) => this.#compare(a, b));
  }

  add(row: Row): void {
    this.#rows.splice(this.#position(row), 0, row);
  }

  remove(row: Row): void {
    const expected = this.#position(row);
    const at = this.#rows[expected] === row ? expected : this.#rows.indexOf(row);
    if (at >= 0) this.#rows.splice(at, 1);
  }

  /** The rows whose first field is not below `lowest`, in order. */
  from(lowest: string): Row[] {
    const [first = ''] = this.#fields;
    return this.#rows.slice(this.#search((row) => valueOf(row, first) < lowest));
  }

  #position(row: Row): number {
    return this.#search((other) => this.#compare(other, row) < 0);
  }

  /** The index of the first row for which `isBefore` no longer holds. */
  #search(isBefore: (row: Row) => boolean): number {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const row = this.#rows[middle];
      if (row !== undefined && isBefore(row)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compare(a: Row, b: Row): number {
    for (const field of this.#fields) {
      const [left, right] = [valueOf(a, field), valueOf(b, field)];
      if (left !== right) return left < right ? -1 : 1;
    }
    return 0;
  }
}
