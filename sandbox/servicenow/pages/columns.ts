import { type Row, valueOf } from '../state/row.ts';
import type { Store } from '../state/store.ts';

const STOCK_LISTS: Record<string, readonly string[]> = {
  change_request: [
    'number',
    'short_description',
    'state',
    'approval',
    'priority',
    'u_external_tags',
    'sys_updated_on',
    'sys_updated_by',
  ],
  sysapproval_approver: [
    'state',
    'approver',
    'sysapproval',
    'sysapproval.short_description',
    'sys_created_on',
  ],
  syslog: ['sys_created_on', 'level', 'source', 'message'],
  sysevent: ['sys_created_on', 'name', 'state', 'parm1', 'parm2', 'error_message'],
  sys_properties: ['name', 'value', 'type', 'description'],
};

const STOCK_FORMS: Record<string, readonly string[]> = {
  change_request: [
    'number',
    'type',
    'state',
    'approval',
    'priority',
    'category',
    'risk',
    'business_service',
    'requested_by',
    'assignment_group',
    'start_date',
    'end_date',
    'on_hold',
    'on_hold_reason',
    'close_code',
    'close_notes',
    'u_external_tags',
    'sys_mod_count',
    'sys_updated_on',
    'short_description',
    'description',
  ],
  change_task: ['number', 'change_request', 'state', 'created_from', 'short_description'],
  sysapproval_approver: ['state', 'approver', 'sysapproval', 'sys_created_on'],
};

const HIDDEN = new Set(['sys_id', 'sys_class_name', 'sys_created_by', 'sys_updated_by', 'sys_mod_count']);

/** The columns of a list: the app's own layout, the stock one, or simply the first columns. */
export function listColumns(store: Store, table: string): string[] {
  const own = appLayout(store, table);
  const columns = own.length > 0 ? own : (STOCK_LISTS[table] ?? plainColumns(store, table).slice(0, 8));
  return columns.filter((name) => store.isKnown(table, name));
}

/** The fields of a form, in order. */
export function formFields(store: Store, table: string): string[] {
  const own = appForm(store, table);
  const fields = own.length > 0 ? own : (STOCK_FORMS[table] ?? plainColumns(store, table));
  return fields.filter((name) => store.isKnown(table, name));
}

function plainColumns(store: Store, table: string): string[] {
  return store.dictionary
    .columns(table)
    .map((column) => column.name)
    .filter((name) => !HIDDEN.has(name));
}

/** The layout that an app ships for its list (`sys_ui_list`), not those of related lists. */
function appLayout(store: Store, table: string): string[] {
  if (store.dictionary.table('sys_ui_list') === undefined) return [];
  const layout = store
    .all('sys_ui_list')
    .find((row) => valueOf(row, 'name') === table && ['', 'NULL'].includes(valueOf(row, 'parent')));
  if (layout === undefined) return [];
  return inOrder(store.lookup('sys_ui_list_element', 'list_id', valueOf(layout, 'sys_id')));
}

function appForm(store: Store, table: string): string[] {
  if (store.dictionary.table('sys_ui_section') === undefined) return [];
  return store
    .lookup('sys_ui_section', 'name', table)
    .flatMap((section) =>
      inOrder(store.lookup('sys_ui_element', 'sys_ui_section', valueOf(section, 'sys_id'))),
    );
}

function inOrder(elements: Row[]): string[] {
  return elements
    .toSorted((a, b) => Number(valueOf(a, 'position')) - Number(valueOf(b, 'position')))
    .map((row) => valueOf(row, 'element'))
    .filter((name) => /^[a-z]/.test(name));
}
