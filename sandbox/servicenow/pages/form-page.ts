import { html } from 'hono/html';
import type { Column } from '../state/dictionary.ts';
import { type Row, valueOf } from '../state/row.ts';
import type { User } from '../state/users.ts';
import type { World } from '../state/world.ts';
import { approverList, deliveryList, journalList } from './change-parts.ts';
import { formFields } from './columns.ts';
import { type Piece, option } from './layout.ts';
import { formActions } from './ui-actions.ts';
import { textOfField } from './value.ts';

const NEVER_EDITED = new Set(['number', 'sys_id']);

/** The form of one record: its fields, the buttons that the user has, and what belongs to it. */
export function formPage(world: World, table: string, row: Row, user: User): Piece {
  const { instance } = world;
  const { dictionary } = instance.store;
  const label = dictionary.table(table)?.label ?? table;
  const id = valueOf(row, 'sys_id');
  const isNew = id === '';
  const writable = isNew
    ? instance.access.allowsTable(user, 'create', table)
    : instance.access.allowsRecord(user, 'write', table, row) && table !== 'sysapproval_approver';
  return html`<form method="post" action="/${table}.do?sys_id=${isNew ? '-1' : id}">
      <div class="bar">
        <div>
          <div class="sub">${label}</div>
          <h1>
            ${isNew ? 'New record' : textOfField(instance, table, row, dictionary.displayColumn(table))}
          </h1>
        </div>
        <span class="right">
          ${isNew ? '' : buttons(formActions(world, table, row, user, 'form_button'), '')}
          ${writable ? html`<button class="primary" name="save">${isNew ? 'Submit' : 'Update'}</button>` : ''}
        </span>
      </div>
      <div class="card">
        <div class="grid">
          ${formFields(instance.store, table).map((name) => {
            const column = dictionary.column(table, name);
            return column === undefined ? '' : field(world, table, row, column, writable, user);
          })}
          ${
            table === 'change_request' && writable && !isNew
              ? html`<label class="wide"
                  ><span>Work notes</span
                  ><textarea name="work_notes" placeholder="Add a work note"></textarea>
                </label>`
              : ''
          }
        </div>
        ${isNew ? '' : relatedLinks(formActions(world, table, row, user, 'form_link'))}
      </div>
    </form>
    ${
      table === 'change_request' && !isNew
        ? html`${approverList(world, id, user)} ${deliveryList(world, id, user)} ${journalList(world, id)}`
        : ''
    }`;
}

function buttons(actions: readonly Row[], style: string): Piece[] {
  return actions.map(
    (action) =>
      html`<button
        class="${style}"
        name="action"
        value="${valueOf(action, 'sys_id')}"
        title="${valueOf(action, 'hint')}"
      >
        ${valueOf(action, 'name')}
      </button>`,
  );
}

function relatedLinks(actions: readonly Row[]): Piece | '' {
  if (actions.length === 0) return '';
  return html`<p class="links"><b>Related Links</b> ${buttons(actions, 'link')}</p>`;
}

function field(world: World, table: string, row: Row, column: Column, writable: boolean, user: User): Piece {
  const { access } = world.instance;
  const editable =
    writable &&
    !NEVER_EDITED.has(column.name) &&
    !column.name.startsWith('sys_') &&
    column.type !== 'glide_date_time' &&
    access.allowsField(user, 'write', table, column.name);
  const long = (column.maxLength ?? 0) >= 1000 || column.name.includes('description');
  const input = editable ? editor(world, row, column, long) : reader(world, table, row, column, long);
  return html`<label class="${long ? 'wide' : ''}" title="${column.hint ?? column.name}"
    ><span>${column.label}</span>${input}</label
  >`;
}

function editor(world: World, row: Row, column: Column, long: boolean): Piece {
  const value = valueOf(row, column.name);
  if (column.choices !== undefined && column.choices.length > 0) {
    return html`<select name="${column.name}">
      ${column.choices.map((choice) => option(choice.value, choice.label, value))}
    </select>`;
  }
  if (column.reference !== undefined) {
    const { store, renderer } = world.instance;
    const table = column.reference;
    return html`<select name="${column.name}">
      ${option('', '-- None --', value)}
      ${store.all(table).map((target) => {
        const id = valueOf(target, 'sys_id');
        return option(id, renderer.referenceName(table, id), value);
      })}
    </select>`;
  }
  if (long) return html`<textarea name="${column.name}">${value}</textarea>`;
  return html`<input name="${column.name}" value="${value}" />`;
}

function reader(world: World, table: string, row: Row, column: Column, long: boolean): Piece {
  const text = textOfField(world.instance, table, row, column.name);
  return long ? html`<textarea readonly>${text}</textarea>` : html`<input readonly value="${text}" />`;
}
