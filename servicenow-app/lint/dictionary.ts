import { parseModule, walk, type SyntaxNode } from './syntax.ts';

/** The fields of each table that a condition or a script may name. */
export type Dictionary = ReadonlyMap<string, ReadonlySet<string>>;

const SYSTEM_FIELDS = 'sys_id sys_created_on sys_created_by sys_updated_on sys_updated_by sys_mod_count';

/** The fields of change_request on a stock instance with Change Management. */
const CHANGE_FIELDS =
  'active activity_due additional_assignee_list approval approval_history approval_set assigned_to assignment_group backout_plan business_duration business_service cab_date cab_date_time cab_delegate cab_recommendation cab_required calendar_duration category change_plan chg_model close_code close_notes closed_at closed_by cmdb_ci comments conflict_last_run conflict_status contact_type contract copied_from correlation_display correlation_id description due_date end_date escalation expected_start follow_up group_list impact implementation_plan justification knowledge location made_sla number on_hold on_hold_reason on_hold_task opened_at opened_by order outside_maintenance_schedule parent phase phase_state priority production_system reason reassignment_count requested_by requested_by_date review_comments review_date review_status risk risk_impact_analysis scope service_offering short_description sla_due start_date state sys_class_name sys_domain sys_tags task_effective_number test_plan time_worked type unauthorized universal_request upon_approval upon_reject urgency user_input watch_list work_end work_notes work_notes_list work_start';

/** The stock fields of change_request, the columns the application adds, and its own tables. */
export function readDictionary(fluentSources: readonly string[]): Dictionary {
  const dictionary = new Map<string, Set<string>>();
  dictionary.set('change_request', new Set(`${SYSTEM_FIELDS} ${CHANGE_FIELDS}`.split(' ')));
  for (const source of fluentSources) {
    walk(parseModule(source), (node) => {
      if (node.type === 'CallExpression') readCall(node, dictionary);
    });
  }
  return dictionary;
}

function readCall(call: SyntaxNode, dictionary: Map<string, Set<string>>): void {
  const config = call.list('arguments')[0];
  const kind = call.get('callee')?.text('name');
  if (config === undefined) return;
  if (kind === 'Table') addTable(config, dictionary);
  if (kind === 'Record' && valueOf(config, 'table')?.stringValue() === 'sys_dictionary') {
    addColumn(valueOf(config, 'data'), dictionary);
  }
}

function addTable(config: SyntaxNode, dictionary: Map<string, Set<string>>): void {
  const name = valueOf(config, 'name')?.stringValue();
  const schema = valueOf(config, 'schema');
  if (name === undefined || schema === undefined) return;
  const fields = schema.list('properties').map((property) => property?.get('key')?.text('name') ?? '');
  dictionary.set(name, new Set([...SYSTEM_FIELDS.split(' '), ...fields]));
}

function addColumn(data: SyntaxNode | undefined, dictionary: Map<string, Set<string>>): void {
  const table = valueOf(data, 'name')?.stringValue();
  const element = valueOf(data, 'element')?.stringValue();
  if (table !== undefined && element !== undefined) dictionary.get(table)?.add(element);
}

/** The value of a property of an object literal. */
export function valueOf(object: SyntaxNode | undefined, key: string): SyntaxNode | undefined {
  const property = object?.list('properties').find((each) => each?.get('key')?.text('name') === key);
  return property?.get('value');
}
