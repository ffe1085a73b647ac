import { html } from 'hono/html';
import { type Row, valueOf } from '../state/row.ts';
import type { User } from '../state/users.ts';
import type { World } from '../state/world.ts';
import { listColumns } from './columns.ts';
import type { Piece } from './layout.ts';
import { bannerActions, listActions } from './ui-actions.ts';
import { cell } from './value.ts';

const SHOWN = 100;

/** A list of records of one table: the query's matches, with the actions that the user has. */
export function listPage(world: World, table: string, query: string, user: User, back: string): Piece {
  const { instance } = world;
  const { store } = instance;
  const rows = store
    .query(table, store.parse(table, query))
    .filter((row) => instance.access.allowsRecord(user, 'read', table, row));
  const label = store.dictionary.table(table)?.label ?? table;
  const columns = listColumns(store, table);
  const choices = listActions(world, table, user);
  return html`<form method="post" action="/_ui/list-action">
    <input type="hidden" name="table" value="${table}" />
    <input type="hidden" name="back" value="${back}" />
    <div class="bar">
      <h1>${label}</h1>
      <span class="sub">${rows.length === 1 ? '1 record' : `${rows.length} records`}</span>
      <span class="sub">${query}</span>
      <span class="right">
        ${
          table === 'change_request'
            ? html`<a href="/change_request.do?sys_id=-1"
                ><button type="button" class="primary">New</button></a
              >`
            : ''
        }
        ${bannerActions(world, table, user).map(
          (action) =>
            html`<button class="primary" name="banner" value="${valueOf(action, 'sys_id')}">
              ${valueOf(action, 'name')}
            </button>`,
        )}
        ${choices.map(
          (action) =>
            html`<button
              name="action"
              value="${valueOf(action, 'sys_id')}"
              title="${valueOf(action, 'hint')}"
            >
              ${valueOf(action, 'name')} (selected rows)
            </button>`,
        )}
      </span>
    </div>
    ${recordTable(world, table, columns, rows.slice(0, SHOWN), { selectable: choices.length > 0 })}
  </form>`;
}

/** The records as a table; the first column opens the record. */
export function recordTable(
  world: World,
  table: string,
  columns: readonly string[],
  rows: readonly Row[],
  options: { selectable?: boolean; extra?: (row: Row) => Piece } = {},
): Piece {
  const { dictionary } = world.instance.store;
  if (rows.length === 0)
    return html`<div class="scroll"><div class="empty">No records to display</div></div>`;
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${options.selectable === true ? html`<th></th>` : ''}
          ${columns.map((name) => html`<th>${dictionary.column(table, name)?.label ?? labelOf(name)}</th>`)}
          ${options.extra === undefined ? '' : html`<th></th>`}
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => {
          const id = valueOf(row, 'sys_id');
          return html`<tr>
            ${
              options.selectable === true
                ? html`<td><input type="checkbox" name="rows" value="${id}" aria-label="Select" /></td>`
                : ''
            }
            ${columns.map((name, index) => {
              const shown = cell(world.instance, table, row, name);
              return index === 0
                ? html`<td><a href="/${table}.do?sys_id=${id}">${shown}</a></td>`
                : html`<td>${shown}</td>`;
            })}
            ${options.extra === undefined ? '' : html`<td>${options.extra(row)}</td>`}
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}

/** The heading of a column that follows a reference: the last part of its path. */
function labelOf(path: string): string {
  const words = (path.split('.').at(-1) ?? path).replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
