import type { Condition } from '../../state/encoded-query.ts';
import type { QueryPart, ScriptQuery } from '../calls.ts';

/** A condition to which a script may add alternatives. */
export class QueryCondition {
  readonly #clause: Condition[];

  constructor(clause: Condition[]) {
    this.#clause = clause;
  }

  addOrCondition(field: string, operatorOrValue: unknown, value?: unknown): this {
    this.#clause.push(condition(field, operatorOrValue, value));
    return this;
  }
}

/** The query of a record while a script puts it together. */
export class RecordQuery {
  readonly #parts: QueryPart[] = [];
  readonly #order: { field: string; descending: boolean }[] = [];
  #limit: number | undefined;
  #offset = 0;

  add(field: string, operatorOrValue: unknown, value?: unknown): QueryCondition {
    const clause = [condition(field, operatorOrValue, value)];
    this.#parts.push({ clause });
    return new QueryCondition(clause);
  }

  addEncoded(encoded: string): void {
    this.#parts.push({ encoded });
  }

  orderBy(field: string, descending: boolean): void {
    this.#order.push({ field, descending });
  }

  limit(count: number): void {
    this.#limit = count;
  }

  window(first: number, end: number): void {
    this.#offset = first;
    this.#limit = end - first;
  }

  build(table: string): ScriptQuery {
    return { table, parts: this.#parts, order: this.#order, limit: this.#limit, offset: this.#offset };
  }

  /** The query as an encoded query. */
  encode(): string {
    const parts = this.#parts.map((part) =>
      'encoded' in part
        ? part.encoded
        : part.clause.map((one) => one.field + one.operator + one.operand).join('^OR'),
    );
    const order = this.#order.map(({ field, descending }) => `ORDERBY${descending ? 'DESC' : ''}${field}`);
    return [...parts, ...order].join('^');
  }
}

function condition(field: string, operatorOrValue: unknown, value: unknown): Condition {
  if (value === undefined) return { field, operator: '=', operand: textOf(operatorOrValue) };
  return { field, operator: operatorOf(textOf(operatorOrValue)), operand: textOf(value) };
}

function operatorOf(operator: string): string {
  const upper = operator.trim().toUpperCase();
  return upper === '<>' ? '!=' : upper;
}

/** What a script's value is as text: null is empty, a list is joined by commas, objects are asked. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(textOf).join(',');
  // oxlint-disable-next-line typescript/no-base-to-string -- a script's object says itself what it is as text
  return String(value);
}
