import type { ScriptRecord } from './glide-record.ts';

/** A field of a record as a script sees it: text that knows its record. */
export class GlideElement {
  readonly #record: ScriptRecord;
  readonly #field: string;

  constructor(record: ScriptRecord, field: string) {
    this.#record = record;
    this.#field = field;
  }

  toString(): string {
    return this.#record.rawValue(this.#field);
  }

  valueOf(): string {
    return this.toString();
  }

  getValue(): string | null {
    return this.#record.getValue(this.#field);
  }

  setValue(value: unknown): void {
    this.#record.setValue(this.#field, value);
  }

  getDisplayValue(): string {
    return this.#record.getDisplayValue(this.#field);
  }

  getName(): string {
    return this.#field;
  }

  nil(): boolean {
    return this.toString() === '';
  }

  hasValue(): boolean {
    return !this.nil();
  }

  /** Did this field change in the write that the rule runs for? Never true in an asynchronous rule. */
  changes(): boolean {
    return this.#record.fieldChanged(this.#field);
  }

  changesTo(value: unknown): boolean {
    return this.changes() && this.toString() === String(value);
  }

  changesFrom(value: unknown): boolean {
    return this.changes() && this.#record.rawPrevious(this.#field) === String(value);
  }

  /** The record that a reference field names. */
  getRefRecord(): ScriptRecord {
    return this.#record.referenced(this.#field);
  }
}
