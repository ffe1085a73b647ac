import type { Column } from './dictionary.ts';
import { choice, choices, date, flag, journal, ref, text } from './column-kinds.ts';

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
const CLOSE_CODE = choices(
  ['successful', 'Successful'],
  ['successful_issues', 'Successful with issues'],
  ['unsuccessful', 'Unsuccessful'],
);
const CONFLICT_STATUS = choices(
  ['Not Run', 'Not Run'],
  ['No Conflict', 'No Conflict'],
  ['Conflict', 'Conflict'],
);
const TASK_STATE = choices(
  ['-5', 'Pending'],
  ['1', 'Open'],
  ['2', 'In Progress'],
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
  ref('cmdb_ci', 'Configuration item', 'cmdb_ci'),
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
  ref('chg_model', 'Model', 'chg_model'),
  ref('std_change_producer_version', 'Standard change template', 'std_change_record_producer'),
  date('start_date', 'Planned start date'),
  date('end_date', 'Planned end date'),
  date('work_start', 'Actual start'),
  date('work_end', 'Actual end'),
  choice('close_code', 'Close code', 'string', CLOSE_CODE),
  text('justification', 'Justification', 4000),
  text('implementation_plan', 'Implementation plan', 4000),
  text('backout_plan', 'Backout plan', 4000),
  text('test_plan', 'Test plan', 4000),
  flag('unauthorized', 'Unauthorized', 'false'),
  flag('on_hold', 'On hold', 'false'),
  text('on_hold_reason', 'On hold reason', 4000),
  choice('conflict_status', 'Conflict status', 'string', CONFLICT_STATUS, 'Not Run'),
  flag('cab_required', 'CAB required', 'false'),
  date('cab_date', 'CAB date'),
  text('cab_recommendation', 'CAB recommendation', 4000),
];

const CHANGE_TASK: Column[] = [
  choice('state', 'State', 'integer', TASK_STATE, '1'),
  ref('change_request', 'Change request', 'change_request'),
  choice(
    'created_from',
    'Created from',
    'string',
    choices(['manual', 'Manual'], ['workflow', 'Workflow']),
    'manual',
  ),
  text('change_task_type', 'Type', 40),
  text('close_code', 'Close code', 40),
];

const APPROVER: Column[] = [
  choice('state', 'State', 'string', APPROVAL, 'requested'),
  ref('approver', 'Approver', 'sys_user'),
  ref('sysapproval', 'Approval for', 'task'),
  ref('document_id', 'Approving', 'task'),
  ref('group', 'Group approval', 'sysapproval_group'),
  text('source_table', 'Source table', 80),
  journal('comments', 'Comments'),
];

const GROUP_APPROVAL: Column[] = [
  ref('parent', 'Approval for', 'task'),
  ref('assignment_group', 'Group', 'sys_user_group'),
  choice('approval', 'Approval', 'string', APPROVAL, 'requested'),
];

/** What a template of standard changes gives to each change that is made from it. */
const TEMPLATE: Column[] = [
  text('name', 'Name', 100),
  flag('active', 'Active', 'true'),
  text('short_description', 'Short description', 160),
  text('description', 'Description', 4000),
  text('category', 'Category', 40),
  ref('assignment_group', 'Assignment group', 'sys_user_group'),
  text('implementation_plan', 'Implementation plan', 4000),
  text('backout_plan', 'Backout plan', 4000),
  text('test_plan', 'Test plan', 4000),
];

const MODEL: Column[] = [
  text('name', 'Name', 100),
  text('description', 'Description', 4000),
  flag('active', 'Active', 'true'),
  choice('type', 'Type', 'string', CHANGE_TYPE, 'normal'),
];

export type TableDescription = {
  readonly name: string;
  readonly label: string;
  readonly columns: readonly Column[];
  readonly parent?: string;
  readonly display?: string;
};

/** The tables of change management, each after the one that it extends. */
export const CHANGE_TABLES: readonly TableDescription[] = [
  { name: 'task', label: 'Task', columns: TASK, display: 'number' },
  { name: 'change_request', label: 'Change Request', columns: CHANGE, parent: 'task' },
  { name: 'change_task', label: 'Change Task', columns: CHANGE_TASK, parent: 'task' },
  { name: 'sysapproval_approver', label: 'Approval', columns: APPROVER },
  { name: 'sysapproval_group', label: 'Group Approval', columns: GROUP_APPROVAL },
  { name: 'std_change_record_producer', label: 'Standard Change Template', columns: TEMPLATE },
  { name: 'chg_model', label: 'Change Model', columns: MODEL },
];
