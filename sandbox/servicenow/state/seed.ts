import { createHash } from 'node:crypto';
import type { ServiceNowOptions } from '../options.ts';
import type { Records } from './records.ts';
import { type Row, SYSTEM, valueOf } from './row.ts';
import { toPlatformTime } from './time.ts';

const DESCRIPTION = 'Deploys the service after its tests; the plan, the risk and the way back are below. ';
const DESCRIPTION_CHARACTERS = 2_000;

/**
 * Fills the instance with changes of about 3 kB each, the last one updated at `now` (epoch ms) and each one before
 * a second earlier. Their sys_ids are the same at every start. No rule sees them: nothing is announced.
 */
export function seedChanges(records: Records, count: number, now: number): void {
  const description = DESCRIPTION.repeat(30).slice(0, DESCRIPTION_CHARACTERS);
  for (let index = 0; index < count; index += 1) {
    const values = {
      sys_id: seededSysId(index),
      short_description: `Seeded change ${index}`,
      description,
      priority: String(1 + (index % 4)),
      category: 'DevOps',
      u_external_tags: `seed_${index}`,
    };
    const row = records.insert('change_request', values, SYSTEM, { withoutRules: true });
    const at = toPlatformTime(now - (count - index) * 1000);
    records.store.put('change_request', { ...row, sys_created_on: at, sys_updated_on: at });
  }
}

function seededSysId(index: number): string {
  return createHash('md5').update(`seeded change ${index}`).digest('hex');
}

/** The group that the changes of an instance belong to, and the one that sits over them. */
export const CHANGE_GROUP = 'Change Management';
export const CAB_GROUP = 'CAB Approval';
export const TEMPLATE = 'Deploy a service';
const SERVICES = ['checkout', 'cart', 'search'];

/**
 * What change management needs besides users: groups with their members, services, models, a template for standard
 * changes. Answers the sys_id of the CAB's group, where it has members.
 */
export function seedChangeManagement(records: Records, options: ServiceNowOptions): string | undefined {
  const add = (table: string, values: Row): string =>
    valueOf(records.insert(table, values, SYSTEM), 'sys_id');
  const members = (group: string, userNames: readonly string[]): void => {
    for (const userName of userNames) {
      const user = valueOf(records.store.findBy('sys_user', 'user_name', userName) ?? {}, 'sys_id');
      if (user !== '') add('sys_user_grmember', { user, group });
    }
  };
  const group = add('sys_user_group', { name: CHANGE_GROUP });
  members(group, options.approvers ?? ['ann', 'bob']);
  const cab = add('sys_user_group', { name: CAB_GROUP });
  members(cab, options.cab ?? []);
  add('sys_user_group', { name: 'Nobody' });
  for (const name of SERVICES) add('cmdb_ci_service', { name });
  for (const type of ['normal', 'standard', 'emergency']) {
    add('chg_model', { name: `${type[0]?.toUpperCase()}${type.slice(1)}`, type });
  }
  add('std_change_record_producer', {
    name: TEMPLATE,
    short_description: 'Deploy a service by its pipeline',
    description: 'A routine deployment, tested by its pipeline.',
    category: 'DevOps',
    assignment_group: group,
    implementation_plan: 'The pipeline deploys.',
    backout_plan: 'The pipeline deploys the version before.',
    test_plan: 'The tests of the pipeline.',
  });
  return (options.cab ?? []).length === 0 ? undefined : cab;
}
