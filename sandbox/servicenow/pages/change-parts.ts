import { html } from 'hono/html';
import { type Row, valueOf } from '../state/row.ts';
import type { User } from '../state/users.ts';
import type { World } from '../state/world.ts';
import { approverRows } from '../state/approvals.ts';
import { listColumns } from './columns.ts';
import { recordTable } from './list-page.ts';
import type { Piece } from './layout.ts';

/** The related list of approvers: who was asked decides here. */
export function approverList(world: World, changeId: string, user: User): Piece {
  const rows = approverRows(world.instance.records, changeId);
  return html`<div class="bar">
      <h1>Approvers</h1>
      <span class="sub">${rows.length}</span>
    </div>
    ${recordTable(world, 'sysapproval_approver', ['state', 'approver', 'sys_updated_on'], rows, {
      extra: (row) => decisionButtons(world, row, user, `/change_request.do?sys_id=${changeId}`),
    })}`;
}

/** A list of approvals, with the buttons that decide. */
export function approvalPage(world: World, query: string, user: User, back: string): Piece {
  const { store } = world.instance;
  const table = 'sysapproval_approver';
  const rows = store.query(table, store.parse(table, query));
  return html`<div class="bar">
      <h1>Approvals</h1>
      <span class="sub">${rows.length}</span>
    </div>
    ${recordTable(world, table, listColumns(store, table), rows, {
      extra: (row) => decisionButtons(world, row, user, back),
    })}`;
}

/** Approve and Reject for an approval that waits for this user. */
function decisionButtons(world: World, row: Row, user: User, back: string): Piece {
  const pending = valueOf(row, 'state') === 'requested';
  const may = world.instance.access.allowsRecord(user, 'write', 'sysapproval_approver', row);
  if (!pending || !may) return html``;
  return html`<form class="inline" method="post" action="/_ui/decide">
    <input type="hidden" name="approval" value="${valueOf(row, 'sys_id')}" />
    <input type="hidden" name="back" value="${back}" />
    <input name="comments" placeholder="Comments (required to reject)" aria-label="Comments" />
    <button class="good" name="state" value="approved">Approve</button>
    <button class="bad" name="state" value="rejected">Reject</button>
  </form>`;
}

/** The app's deliveries of this change, where the user may see them. */
export function deliveryList(world: World, changeId: string, user: User): Piece {
  const { store, access } = world.instance;
  const table = world.outboxTable();
  if (table === undefined || !access.allowsTable(user, 'read', table)) return html``;
  const reference = store.dictionary.columns(table).find((column) => column.reference === 'change_request');
  if (reference === undefined) return html``;
  const rows = store.lookup(table, reference.name, changeId);
  return html`<div class="bar">
      <h1>Deliveries</h1>
      <span class="sub">${rows.length}</span>
    </div>
    ${recordTable(world, table, listColumns(store, table), rows)}`;
}

/** The activity stream: work notes, comments, and what approvers said, newest first. */
export function journalList(world: World, changeId: string): Piece {
  const { store, records } = world.instance;
  const approvals = approverRows(records, changeId).map((row) => valueOf(row, 'sys_id'));
  const notes = [changeId, ...approvals]
    .flatMap((id) => store.lookup('sys_journal_field', 'element_id', id))
    .toSorted((a, b) => valueOf(b, 'sys_created_on').localeCompare(valueOf(a, 'sys_created_on')));
  return html`<div class="bar"><h1>Activity</h1></div>
    <div class="card">
      ${notes.length === 0 ? 'No activity yet.' : ''}
      ${notes.map(
        (note) =>
          html`<div class="note">
            <small
              >${valueOf(note, 'sys_created_by')} · ${valueOf(note, 'element')} ·
              ${valueOf(note, 'sys_created_on')}</small
            >${valueOf(note, 'value')}
          </div>`,
      )}
    </div>`;
}
