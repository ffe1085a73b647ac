import { type Choice, type Column, Dictionary } from './dictionary.ts';

function choices(...pairs: [value: string, label: string][]): Choice[] {
  return pairs.map(([value, label]) => ({ value, label }));
}

function text(name: string, label: string, maxLength = 255): Column {
  return { name, label, type: 'string', maxLength };
}

function flag(name: string, label: string, defaultValue: 'true' | 'false'): Column {
  return { name, label, type: 'boolean', defaultValue };
}

function ref(name: string, label: string, reference: string): Column {
  return { name, label, type: 'reference', reference };
}

function date(name: string, label: string): Column {
  return { name, label, type: 'glide_date_time' };
}

function journal(name: string, label: string): Column {
  return { name, label, type: 'journal_input' };
}

function choice(
  name: string,
  label: string,
  type: 'string' | 'integer',
  list: Choice[],
  defaultValue = '',
): Column {
  return { name, label, type, choices: list, defaultValue };
}

const APPROVAL = choices(
  ['not requested', 'Not Yet Requested'],
  ['requested', 'Requested'],
  ['approved', 'Approved'],
  ['rejected', 'Rejected'],
  ['cancelled', 'Cancelled'],
  ['not_required', 'Not Required'],
  ['duplicate', 'Duplicate'],
);
const PRIORITY = choices(['1', '1 - Critical'], ['2', '2 - High'], ['3', '3 - Moderate'], ['4', '4 - Low']);
const LEVEL = choices(['1', '1 - High'], ['2', '2 - Medium'], ['3', '3 - Low']);
const CHANGE_STATE = choices(
  ['-5', 'New'],
  ['-4', 'Assess'],
  ['-3', 'Authorize'],
  ['-2', 'Scheduled'],
  ['-1', 'Implement'],
  ['0', 'Review'],
  ['3', 'Closed'],
  ['4', 'Canceled'],
);
const CHANGE_TYPE = choices(['normal', 'Normal'], ['standard', 'Standard'], ['emergency', 'Emergency']);
const CATEGORY = choices(
  ['Hardware', 'Hardware'],
  ['Software', 'Software'],
  ['Service', 'Service'],
  ['System Software', 'System Software'],
  ['Applications Software', 'Applications Software'],
  ['Network', 'Network'],
  ['Telecom', 'Telecom'],
  ['Documentation', 'Documentation'],
  ['DevOps', 'DevOps'],
  ['Other', 'Other'],
);

const TASK: Column[] = [
  text('number', 'Number', 40),
  text('short_description', 'Short description', 160),
  text('description', 'Description', 4000),
  flag('active', 'Active', 'true'),
  choice('approval', 'Approval', 'string', APPROVAL, 'not requested'),
  choice('priority', 'Priority', 'integer', PRIORITY, '4'),
  choice('impact', 'Impact', 'integer', LEVEL, '3'),
  choice('urgency', 'Urgency', 'integer', LEVEL, '3'),
  choice('state', 'State', 'integer', [], '1'),
  ref('assigned_to', 'Assigned to', 'sys_user'),
  ref('assignment_group', 'Assignment group', 'sys_user_group'),
  ref('business_service', 'Service', 'cmdb_ci_service'),
  ref('cmdb_ci', 'Configuration item', 'cmdb_ci_service'),
  ref('opened_by', 'Opened by', 'sys_user'),
  ref('closed_by', 'Closed by', 'sys_user'),
  date('opened_at', 'Opened'),
  date('closed_at', 'Closed'),
  text('close_notes', 'Close notes', 4000),
  text('correlation_id', 'Correlation ID', 100),
  text('correlation_display', 'Correlation display', 100),
  journal('work_notes', 'Work notes'),
  journal('comments', 'Additional comments'),
];

const CHANGE: Column[] = [
  choice('state', 'State', 'integer', CHANGE_STATE, '-5'),
  choice('type', 'Type', 'string', CHANGE_TYPE, 'normal'),
  choice('category', 'Category', 'string', CATEGORY, 'Other'),
  choice('risk', 'Risk', 'integer', choices(['2', 'High'], ['3', 'Moderate'], ['4', 'Low']), '3'),
  ref('requested_by', 'Requested by', 'sys_user'),
  date('start_date', 'Planned start date'),
  date('end_date', 'Planned end date'),
  text('close_code', 'Close code', 40),
  text('justification', 'Justification', 4000),
  text('implementation_plan', 'Implementation plan', 4000),
  text('backout_plan', 'Backout plan', 4000),
  text('test_plan', 'Test plan', 4000),
  flag('unauthorized', 'Unauthorized', 'false'),
  flag('on_hold', 'On hold', 'false'),
  text('on_hold_reason', 'On hold reason', 4000),
];

const APPROVER: Column[] = [
  choice('state', 'State', 'string', APPROVAL, 'requested'),
  ref('approver', 'Approver', 'sys_user'),
  ref('sysapproval', 'Approval for', 'task'),
  ref('document_id', 'Approving', 'task'),
  text('source_table', 'Source table', 80),
  journal('comments', 'Comments'),
];

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
  ['sys_user_group', 'Group', [text('name', 'Name', 80)]],
  ['sys_user_role', 'Role', [text('name', 'Name', 100), text('description', 'Description', 4000)]],
  ['sys_user_has_role', 'User Role', [ref('user', 'User', 'sys_user'), ref('role', 'Role', 'sys_user_role')]],
  ['cmdb_ci_service', 'Service', [text('name', 'Name', 255)]],
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
  dictionary.addTable({ ...stock, name: 'task', label: 'Task', display: 'number' }, TASK);
  dictionary.addTable({ ...stock, name: 'change_request', label: 'Change Request', parent: 'task' }, CHANGE);
  dictionary.addTable({ ...stock, name: 'sysapproval_approver', label: 'Approval' }, APPROVER);
  for (const [name, label, columns, display] of SYSTEM) {
    dictionary.addTable({ ...stock, name, label, ...(display === undefined ? {} : { display }) }, columns);
  }
  return dictionary;
}
