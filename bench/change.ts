import { createHash } from 'node:crypto';
import { prose } from './prose.ts';

/** A change request as ServiceNow holds it: about 3 kB as JSON. */
export type ChangeFields = Readonly<Record<string, string>>;

const DESCRIPTION = 2_350;

export function sysIdOf(index: number): string {
  return createHash('md5').update(`change ${index}`).digest('hex');
}

export function numberOf(index: number): string {
  return `CHG${String(index).padStart(7, '0')}`;
}

/** Stands at the end of the title, so that the portal shows which version it has. */
export function markOf(version: number): string {
  return `[v${version}]`;
}

/** The change with this index at this version; `more` goes over the usual fields. */
export function changeFields(index: number, version: number, more: ChangeFields = {}): ChangeFields {
  return {
    sys_id: sysIdOf(index),
    number: numberOf(index),
    sys_mod_count: String(version),
    sys_updated_on: '2026-11-21 10:00:00',
    sys_updated_by: 'ci',
    approval: 'requested',
    state: '-3',
    short_description: `Deploy service ${index} to production ${markOf(version)}`,
    description: prose(index, DESCRIPTION),
    priority: '2',
    category: 'Software',
    active: 'true',
    business_service: '',
    requested_by: '',
    sys_created_on: '2026-11-21 09:00:00',
    sys_created_by: 'ci',
    u_external_tags: `deploy_run:r_bench${index},gitlab_project:42`,
    ...more,
  };
}

/** What the portal's entity of a change must show: title and properties. */
export function entityOf(fields: ChangeFields): {
  readonly identifier: string;
  readonly title: string;
  readonly properties: Readonly<Record<string, string | boolean>>;
} {
  const text = (name: string): string => fields[name] ?? '';
  return {
    identifier: text('sys_id'),
    title: text('short_description'),
    properties: {
      number: text('number'),
      description: text('description'),
      isActive: text('active') === 'true',
      priority: text('priority'),
      state: text('state'),
      createdOn: `${text('sys_created_on').replace(' ', 'T')}.000Z`,
      createdBy: text('sys_created_by'),
      category: text('category'),
      approval: text('approval'),
      externalTags: text('u_external_tags'),
    },
  };
}
