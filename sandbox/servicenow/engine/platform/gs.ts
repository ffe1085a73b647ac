import { randomUUID } from 'node:crypto';
import type { LogLevel } from '../../state/instance.ts';
import type { Call } from '../calls.ts';
import type { ScriptRecord } from './glide-record.ts';
import { textOf } from './record-query.ts';

/** `gs`, the part of GlideSystem that scoped scripts have. */
export class ScriptSystem {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  getProperty(name: string, fallback?: string): string | undefined {
    return this.#call('property', { name: name }) ?? fallback;
  }

  setProperty(name: string, value: unknown): void {
    this.#call('setProperty', { name: name, value: textOf(value) });
  }

  /** Queues an event; script actions run later, in a worker. */
  eventQueue(name: string, record: ScriptRecord | null, parm1?: unknown, parm2?: unknown): void {
    this.#call('event', {
      name,
      table: record?.getTableName() ?? '',
      sysId: record?.getUniqueValue() ?? '',
      parm1: textOf(parm1),
      parm2: textOf(parm2),
    });
  }

  generateGUID(): string {
    return randomUUID().replaceAll('-', '');
  }

  info(message: unknown, ...values: unknown[]): void {
    this.#log('info', message, values);
  }

  warn(message: unknown, ...values: unknown[]): void {
    this.#log('warn', message, values);
  }

  error(message: unknown, ...values: unknown[]): void {
    this.#log('error', message, values);
  }

  debug(message: unknown, ...values: unknown[]): void {
    this.#log('debug', message, values);
  }

  isDebugging(): boolean {
    return false;
  }

  addInfoMessage(text: unknown): void {
    this.#call('message', { kind: 'info', text: textOf(text) });
  }

  addErrorMessage(text: unknown): void {
    this.#call('message', { kind: 'error', text: textOf(text) });
  }

  /** Scoped apps have message records; without one the text stands for itself. */
  getMessage(text: unknown, values?: unknown): string {
    return fill(textOf(text), Array.isArray(values) ? values : values === undefined ? [] : [values]);
  }

  getUserName(): string {
    return this.#call('userName', undefined);
  }

  getUserID(): string {
    return this.#call('userId', undefined);
  }

  getUserDisplayName(): string {
    return this.#call('userDisplayName', undefined);
  }

  hasRole(role: string): boolean {
    return this.#call('hasRole', { role });
  }

  getCurrentScopeName(): string {
    return this.#call('scope', undefined);
  }

  isInteractive(): boolean {
    return false;
  }

  nil(value: unknown): boolean {
    return textOf(value) === '';
  }

  tableExists(table: string): boolean {
    return this.#call('columns', { table }) !== undefined;
  }

  base64Encode(text: string): string {
    return Buffer.from(text, 'utf8').toString('base64');
  }

  base64Decode(text: string): string {
    return Buffer.from(text, 'base64').toString('utf8');
  }

  #log(level: LogLevel, message: unknown, values: readonly unknown[]): void {
    this.#call('log', { level, message: fill(textOf(message), values) });
  }
}

/** `{0}` … `{n}` stand for the values that follow a log message. */
function fill(message: string, values: readonly unknown[]): string {
  return message.replace(/\{(\d+)\}/g, (whole, index: string) => {
    const position = Number(index);
    return position < values.length ? textOf(values[position]) : whole;
  });
}
