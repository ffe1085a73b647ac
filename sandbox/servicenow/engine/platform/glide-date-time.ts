import { fromPlatformTime, toPlatformTime, toUserTime } from '../../state/time.ts';
import type { Call } from '../calls.ts';

/** `GlideDateTime`: a moment, kept as milliseconds, written as UTC text with second precision. */
export class ScriptDateTime {
  #ms: number;

  constructor(call: Call, value?: unknown) {
    this.#ms = call('now', undefined);
    if (value instanceof ScriptDateTime) this.#ms = value.getNumericValue();
    else if (value !== undefined) this.setValue(value);
  }

  getValue(): string {
    return toPlatformTime(this.#ms);
  }

  /** Takes UTC text or milliseconds since 1970; other text leaves the moment as it is, as on an instance. */
  setValue(value: unknown): void {
    const ms = typeof value === 'number' ? value : fromPlatformTime(String(value));
    if (ms !== undefined) this.#ms = ms;
  }

  getNumericValue(): number {
    return this.#ms;
  }

  getDisplayValue(): string {
    return toUserTime(this.getValue(), 'America/Los_Angeles');
  }

  getDisplayValueInternal(): string {
    return this.getDisplayValue();
  }

  isValid(): boolean {
    return true;
  }

  addSeconds(seconds: unknown): void {
    this.#ms += Number(seconds) * 1000;
  }

  addDaysUTC(days: unknown): void {
    this.#ms += Number(days) * 86_400_000;
  }

  addDays(days: unknown): void {
    this.addDaysUTC(days);
  }

  add(milliseconds: unknown): void {
    this.#ms += Number(milliseconds);
  }

  subtract(milliseconds: unknown): void {
    this.#ms -= Number(milliseconds);
  }

  before(other: ScriptDateTime): boolean {
    return this.#ms < other.getNumericValue();
  }

  after(other: ScriptDateTime): boolean {
    return this.#ms > other.getNumericValue();
  }

  compareTo(other: ScriptDateTime): number {
    return Math.sign(this.#ms - other.getNumericValue());
  }

  equals(other: ScriptDateTime): boolean {
    return this.#ms === other.getNumericValue();
  }

  getDate(): string {
    return this.getValue().slice(0, 10);
  }

  toString(): string {
    return this.getValue();
  }
}
