import { type Column, Dictionary } from './dictionary.ts';
import { CHANGE_TABLES } from './change-tables.ts';
import { date, flag, ref, text } from './column-kinds.ts';

const SYSTEM: [name: string, label: string, columns: Column[], display?: string][] = [
  [
    'sys_user',
    'User',
    [
      text('user_name', 'User ID', 40),
      text('name', 'Name', 100),
      text('email', 'Email', 100),
      text('time_zone', 'Time zone', 40),
      flag('active', 'Active', 'true'),
    ],
    'name',
  ],
  ['sys_user_group', 'Group', [text('name', 'Name', 80), flag('active', 'Active', 'true')]],
  [
    'sys_user_grmember',
    'Group Member',
    [ref('user', 'User', 'sys_user'), ref('group', 'Group', 'sys_user_group')],
  ],
  ['sys_user_role', 'Role', [text('name', 'Name', 100), text('description', 'Description', 4000)]],
  ['sys_user_has_role', 'User Role', [ref('user', 'User', 'sys_user'), ref('role', 'Role', 'sys_user_role')]],
  [
    'sys_attachment',
    'Attachment',
    [
      text('file_name', 'File name', 255),
      text('content_type', 'Content type', 255),
      text('size_bytes', 'Size bytes', 20),
      text('table_name', 'Table', 80),
      text('table_sys_id', 'Table sys ID', 32),
      text('hash', 'Hash', 64),
    ],
    'file_name',
  ],
  [
    'sys_journal_field',
    'Journal Entry',
    [
      text('name', 'Name', 80),
      text('element', 'Element', 80),
      text('element_id', 'Element ID', 32),
      text('value', 'Value', 65000),
    ],
  ],
  [
    'sys_properties',
    'System Property',
    [
      text('name', 'Name', 100),
      text('value', 'Value', 4000),
      text('type', 'Type', 40),
      text('description', 'Description', 512),
    ],
  ],
  [
    'sysevent',
    'Event',
    [
      text('name', 'Name', 100),
      text('state', 'State', 40),
      text('parm1', 'Parm1', 4000),
      text('parm2', 'Parm2', 4000),
      text('table', 'Table', 80),
      text('instance', 'Instance', 32),
      text('error_message', 'Error message', 1000),
      date('processed', 'Processed'),
    ],
  ],
  [
    'syslog',
    'Log Entry',
    [text('level', 'Level', 10), text('message', 'Message', 4000), text('source', 'Source', 100)],
  ],
  [
    'sys_dictionary',
    'Dictionary Entry',
    [
      text('name', 'Table', 80),
      text('element', 'Column name', 80),
      text('internal_type', 'Type', 40),
      text('column_label', 'Column label', 80),
      text('max_length', 'Max length', 40),
    ],
    'element',
  ],
];

/** The part of a stock instance that change management needs: tables, columns, choices. */
export function stockDictionary(): Dictionary {
  const dictionary = new Dictionary();
  const stock = { webService: true, scope: 'global' };
  for (const { columns, ...table } of CHANGE_TABLES) dictionary.addTable({ ...stock, ...table }, columns);
  dictionary.addTable({ ...stock, name: 'cmdb_ci', label: 'Configuration Item' }, [
    text('name', 'Name', 255),
  ]);
  dictionary.addTable({ ...stock, name: 'cmdb_ci_service', label: 'Service', parent: 'cmdb_ci' }, []);
  for (const [name, label, columns, display] of SYSTEM) {
    dictionary.addTable({ ...stock, name, label, ...(display === undefined ? {} : { display }) }, columns);
  }
  return dictionary;
}
