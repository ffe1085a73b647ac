import { GlideRecord } from '@servicenow/glide';

/** How many rows of a table match an encoded query; it stops counting at `most`. */
export function countRows(table: string, query: string, most: number): number {
  const row = new GlideRecord(table);
  row.addEncodedQuery(query);
  row.setLimit(most);
  row.query();
  return row.getRowCount();
}

/** The first row that matches an encoded query, in its order; undefined when none does. */
export function firstRow(table: string, query: string): GlideRecord | undefined {
  const row = new GlideRecord(table);
  row.addEncodedQuery(query);
  row.setLimit(1);
  row.query();
  return row.next() ? row : undefined;
}

/** The stored text of a field; '' when there is no row or the field is empty. */
export function textOf(row: GlideRecord | undefined, field: string): string {
  return row?.getValue(field) ?? '';
}
