import type { Named, NamedTable } from '../../outbound/servicenow-names.ts';
import type { FlowContext } from '../shared/context.ts';
import * as texts from './texts.ts';

/** The columns of a change that refer to other records, and how people call those. */
const TABLES: ReadonlyMap<string, NamedTable> = new Map([
  ['business_service', { table: 'cmdb_ci_service', by: ['name'] }],
  ['cmdb_ci', { table: 'cmdb_ci', by: ['name'] }],
  ['assignment_group', { table: 'sys_user_group', by: ['name'] }],
  ['requested_by', { table: 'sys_user', by: ['email', 'user_name'] }],
  ['assigned_to', { table: 'sys_user', by: ['email', 'user_name'] }],
  ['std_change_producer_version', { table: 'std_change_producer_version', by: ['name'] }],
  ['chg_model', { table: 'chg_model', by: ['name'] }],
]);

/** The fields with sys_ids in place of names, and a sentence for each name that stands for no record. */
export type Resolved = {
  readonly fields: Readonly<Record<string, string>>;
  readonly unresolved: readonly string[];
};

/**
 * Looks the names up that a change refers to. What is not found is left out, since ServiceNow would drop it without a
 * word, and told. Throws UpstreamUnavailable and CredentialsRefused.
 */
export async function resolveReferences(
  { servicenow }: Pick<FlowContext, 'servicenow'>,
  fields: Readonly<Record<string, string>>,
): Promise<Resolved> {
  const resolved: Record<string, string> = {};
  const unresolved: string[] = [];
  for (const [column, value] of Object.entries(fields)) {
    const table = TABLES.get(column);
    if (table === undefined || value === '') {
      resolved[column] = value;
      continue;
    }
    const named: Named = await servicenow.names.find(table, value);
    if (named.kind === 'found') resolved[column] = named.sysId;
    else unresolved.push(texts.notResolved(column, value, named.kind, table.table));
  }
  return { fields: resolved, unresolved };
}
