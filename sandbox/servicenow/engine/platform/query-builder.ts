import { QueryCondition, RecordQuery } from './record-query.ts';

/** The part of `GlideRecord` that puts a query together. */
export class QueryBuilder {
  protected conditions = new RecordQuery();

  addQuery(field: string, operatorOrValue: unknown, value?: unknown): QueryCondition {
    if (operatorOrValue === undefined) {
      this.conditions.addEncoded(field);
      return new QueryCondition([]);
    }
    return this.conditions.add(field, operatorOrValue, value);
  }

  addEncodedQuery(encoded: string): void {
    this.conditions.addEncoded(encoded);
  }

  addActiveQuery(): QueryCondition {
    return this.conditions.add('active', 'true');
  }

  addNullQuery(field: string): QueryCondition {
    return this.conditions.add(field, 'ISEMPTY', '');
  }

  addNotNullQuery(field: string): QueryCondition {
    return this.conditions.add(field, 'ISNOTEMPTY', '');
  }

  orderBy(field: string): void {
    this.conditions.orderBy(field, false);
  }

  orderByDesc(field: string): void {
    this.conditions.orderBy(field, true);
  }

  setLimit(count: unknown): void {
    this.conditions.limit(Number(count));
  }

  chooseWindow(first: unknown, end: unknown): void {
    this.conditions.window(Number(first), Number(end));
  }

  getEncodedQuery(): string {
    return this.conditions.encode();
  }
}
