import { html } from 'hono/html';
import { type Row, valueOf } from '../state/row.ts';
import { toUserTime } from '../state/time.ts';
import type { Instance } from '../state/instance.ts';
import type { Piece } from './layout.ts';

const TAGGED = new Set(['approval', 'state', 'status']);
/** People who look at a sandbox want one clock: the one of the logs. */
const PAGE_ZONE = 'UTC';

/** A field of a record as a list shows it: labels, names that link, coloured states. */
export function cell(instance: Instance, table: string, row: Row, field: string): Piece {
  if (field.includes('.')) return html`${instance.store.walk(table, row, field)}`;
  const column = instance.store.dictionary.column(table, field);
  const value = valueOf(row, field);
  if (column === undefined || value === '') return html``;
  const shown =
    column.type === 'glide_date_time'
      ? toUserTime(value, PAGE_ZONE)
      : instance.renderer.display(column, value, PAGE_ZONE);
  if (column.reference !== undefined) {
    const target = instance.store.find(column.reference, value);
    if (target === undefined) return html`<i>(deleted)</i>`;
    return html`<a href="/${target.table}.do?sys_id=${value}">${shown}</a>`;
  }
  if (TAGGED.has(field)) return html`<span class="tag ${value}">${shown}</span>`;
  return html`${shown.length > 300 ? `${shown.slice(0, 300)}…` : shown}`;
}

/** A field of a record as plain text. */
export function textOfField(instance: Instance, table: string, row: Row, field: string): string {
  const column = instance.store.dictionary.column(table, field);
  if (column === undefined) return '';
  return instance.renderer.display(column, valueOf(row, field), PAGE_ZONE);
}
