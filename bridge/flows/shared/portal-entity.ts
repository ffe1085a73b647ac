import { hash } from 'node:crypto';
import { type ChangeRecord, field, nameOf } from '../../model/change.ts';
import { toIsoDate } from '../../model/time.ts';
import type { Entity } from '../../outbound/port.ts';
import type { FlowContext } from './context.ts';
import { FURTHER_PROPERTIES, type PortalShape, SERVICE_RELATION, serviceOf } from './portal-shape.ts';

/** The properties of the blueprint that the bridge writes. */
const PROPERTIES = [
  'number',
  'description',
  'isActive',
  'priority',
  'state',
  'createdOn',
  'createdBy',
  'service',
  'category',
  'approval',
  'externalTags',
] as const;

/** The values of the blueprint's approval enum. */
const APPROVALS: readonly string[] = ['approved', 'not requested', 'requested', 'rejected'];

function toApproval(approval: string): string | null {
  if (approval === '') return 'not requested';
  // A value outside the enum would lose the whole update; an empty property loses only itself.
  return APPROVALS.includes(approval) ? approval : null;
}

/** The entity of a change as this portal takes it. Reads the ledger where the portal relates changes to services. */
export async function entityOf(ctx: FlowContext, record: ChangeRecord, shape: PortalShape): Promise<Entity> {
  return toEntity(record, {
    tagsField: ctx.settings.tagsField,
    shape,
    url: ctx.servicenow.changeUrl(record.sysId),
    service: await serviceOf(ctx, shape, record),
  });
}

/** What an entity is made of besides the record. */
export type EntityOptions = {
  readonly tagsField: string;
  readonly shape: PortalShape;
  /** The change's address in ServiceNow. */
  readonly url: string;
  /** The portal's identifier of the service that is deployed. */
  readonly service?: string | undefined;
};

/** The portal entity of a change (blueprint servicenowChangeRequest), with nothing that the blueprint does not declare. */
export function toEntity(record: ChangeRecord, { tagsField, shape, url, service }: EntityOptions): Entity {
  const text = (name: string): string => field(record, name);
  return {
    identifier: record.sysId,
    title: text('short_description') || nameOf(record),
    properties: {
      number: text('number'),
      description: text('description'),
      isActive: text('active') === 'true' || text('active') === '1',
      priority: text('priority'),
      state: text('state'),
      createdOn: toIsoDate(text('sys_created_on')),
      createdBy: text('sys_created_by'),
      service: text('business_service'),
      category: text('category'),
      approval: toApproval(text('approval')),
      externalTags: text(tagsField),
      ...furtherProperties(record, shape, url),
    },
    ...(service === undefined ? {} : { relations: { [SERVICE_RELATION]: service } }),
  };
}

/** A column that was not told is left out: the portal keeps what it shows. */
function furtherProperties(
  record: ChangeRecord,
  { further }: PortalShape,
  url: string,
): Entity['properties'] {
  const values: Record<string, string | boolean | null> = {};
  for (const name of further) {
    const column = FURTHER_PROPERTIES.get(name);
    if (column === undefined) values[name] = url;
    else if (record.fields[column] !== undefined) values[name] = furtherValue(name, field(record, column));
  }
  return values;
}

function furtherValue(name: string, text: string): string | boolean | null {
  if (name === 'onHold') return text === 'true' || text === '1';
  return name === 'type' || name === 'risk' ? text : toIsoDate(text);
}

/**
 * A fingerprint of what the portal shows of a change. Equal fingerprints need no second write; the portal may leave
 * out what is empty, and write a date in another form.
 */
export function fingerprintOf(shown: {
  readonly title?: string | null | undefined;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly relations?: Readonly<Record<string, unknown>> | null | undefined;
}): string {
  const values = PROPERTIES.map((name) => comparable(shown.properties[name]));
  // Each with its name, and only where there is something: a blueprint that declares fewer changes no fingerprint.
  for (const name of FURTHER_PROPERTIES.keys()) {
    const value = comparable(shown.properties[name]);
    if (value !== '' && value !== false) values.push([name, value]);
  }
  const service = shown.relations?.[SERVICE_RELATION] ?? '';
  if (service !== '') values.push([SERVICE_RELATION, service]);
  return hash('sha256', JSON.stringify([shown.title, ...values]), 'base64url').slice(0, 22);
}

function comparable(value: unknown): unknown {
  if (value === null || value === undefined || value === '') return '';
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}T/.test(value)) return value;
  return Date.parse(value);
}
