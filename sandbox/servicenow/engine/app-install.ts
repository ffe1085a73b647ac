import type { Column } from '../state/dictionary.ts';
import { type Row, valueOf } from '../state/row.ts';
import { newSysId } from '../state/store.ts';
import { toPlatformTime } from '../state/time.ts';
import type { Instance } from '../state/instance.ts';
import { SYSTEM } from '../state/row.ts';
import type { AclOperation } from '../state/acl.ts';
import type { AppFiles, AppRecord } from './app-files.ts';

/** An installed app. */
export type InstalledApp = { readonly scope: string; readonly name: string; readonly version: string };

/**
 * Installs a built app into the instance: tables, columns, properties, roles, access rules, and every other
 * record as a row of its table, from which the engine and the pages read it. Throws when there is no `sys_app`.
 */
export function installApp(instance: Instance, files: AppFiles): InstalledApp {
  const app = files.records.find((record) => record.table === 'sys_app')?.fields;
  if (app === undefined) throw new Error('The built app has no sys_app record: it cannot be installed.');
  const scope = valueOf(app, 'scope');
  for (const table of files.tables) {
    const { columns, display, ...rest } = table;
    const named = display === undefined ? {} : { display };
    if (instance.store.dictionary.table(table.name) === undefined) {
      instance.store.dictionary.addTable({ ...rest, ...named, scope }, columns);
    } else {
      for (const column of columns) instance.store.dictionary.addColumn(table.name, column);
    }
  }
  for (const record of files.records) installRecord(instance, record);
  installAccess(instance, files.records);
  return { scope, name: valueOf(app, 'name'), version: valueOf(app, 'version') };
}

/** The SDK makes up a sys_id for a role of the platform; the name beside it says which role is meant. */
function platformRole(instance: Instance, { fields, names }: AppRecord): Row {
  const name = valueOf(names, 'contains');
  if (name === '' || name.includes('.')) return fields;
  const role =
    instance.store.findBy('sys_user_role', 'name', name) ??
    instance.records.insert('sys_user_role', { name }, SYSTEM);
  return { ...fields, contains: valueOf(role, 'sys_id') };
}

function installRecord(instance: Instance, record: AppRecord): void {
  const { table } = record;
  const fields = table === 'sys_user_role_contains' ? platformRole(instance, record) : record.fields;
  if (table === 'sys_properties') {
    ensureTable(instance, table, fields);
    instance.records.insert(table, fields, SYSTEM);
    return;
  }
  if (table === 'sys_dictionary') installColumn(instance, fields);
  ensureTable(instance, table, fields);
  const now = toPlatformTime(instance.clock());
  instance.store.put(table, {
    sys_created_on: now,
    sys_created_by: 'admin',
    sys_updated_on: now,
    sys_updated_by: 'admin',
    sys_mod_count: '0',
    ...fields,
    sys_id: valueOf(fields, 'sys_id') || newSysId(),
    sys_class_name: table,
  });
}

/** Records of kinds that the stock tables here do not describe get a table with the columns that they use. */
function ensureTable(instance: Instance, table: string, fields: Row): void {
  const { dictionary } = instance.store;
  if (dictionary.table(table) === undefined) {
    dictionary.addTable({ name: table, label: table, webService: true, scope: 'global' }, []);
  }
  for (const name of Object.keys(fields)) {
    if (dictionary.column(table, name) === undefined) {
      dictionary.addColumn(table, { name, label: name, type: 'string' });
    }
  }
}

/** A `sys_dictionary` record that adds a column to a table of another scope, such as change_request. */
function installColumn(instance: Instance, fields: Row): void {
  const element = valueOf(fields, 'element');
  const table = valueOf(fields, 'name');
  const { dictionary } = instance.store;
  if (element === '' || element === 'NULL' || dictionary.column(table, element) !== undefined) return;
  const maxLength = Number(valueOf(fields, 'max_length'));
  const column: Column = {
    name: element,
    label: valueOf(fields, 'column_label') || element,
    type: valueOf(fields, 'internal_type') || 'string',
    hint: valueOf(fields, 'comments'),
    ...(maxLength > 0 ? { maxLength } : {}),
    ...(valueOf(fields, 'default_value') === '' ? {} : { defaultValue: valueOf(fields, 'default_value') }),
    ...(valueOf(fields, 'reference') === '' ? {} : { reference: valueOf(fields, 'reference') }),
  };
  if (!dictionary.addColumn(table, column)) {
    throw new Error(`The app adds column ${element} to table ${table}, which does not exist.`);
  }
}

const OPERATIONS: readonly AclOperation[] = ['read', 'write', 'create', 'delete'];

function installAccess(instance: Instance, records: readonly AppRecord[]): void {
  for (const { table, fields } of records) {
    if (table !== 'sys_security_acl' || valueOf(fields, 'active') === 'false') continue;
    const operation = OPERATIONS.find((known) => known === valueOf(fields, 'operation'));
    if (valueOf(fields, 'type') !== 'record' || operation === undefined) continue;
    const id = valueOf(fields, 'sys_id');
    const roles = records
      .filter((record) => record.table === 'sys_security_acl_role')
      .filter((record) => valueOf(record.fields, 'sys_security_acl') === id)
      .map((record) => roleName(instance, valueOf(record.fields, 'sys_user_role')));
    instance.access.add({ name: valueOf(fields, 'name'), operation, roles });
  }
}

function roleName(instance: Instance, idOrName: string): string {
  const role = instance.store.get('sys_user_role', idOrName);
  return role === undefined ? idOrName : valueOf(role, 'name');
}
