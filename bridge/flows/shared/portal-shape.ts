import type { ChangeRecord } from '../../model/change.ts';
import { RequestRefused } from '../../model/errors.ts';
import type { FlowContext } from './context.ts';

/** Properties that only some blueprints declare, and the column of the change that each needs; url needs none. */
export const FURTHER_PROPERTIES: ReadonlyMap<string, string | undefined> = new Map([
  ['onHold', 'on_hold'],
  ['plannedStart', 'start_date'],
  ['plannedEnd', 'end_date'],
  ['type', 'type'],
  ['risk', 'risk'],
  ['url', undefined],
]);
/** The relation to the service that a gate named. */
export const SERVICE_RELATION = 'service';

/** What the portal's blueprint lets the bridge write of a change besides what every blueprint has. */
export type PortalShape = { readonly further: readonly string[]; readonly service: boolean };

/** How old (ms) the knowledge of the blueprint may be. */
const SHAPE_MS = 60_000;

/** What the blueprint of changes declares now, or did up to a minute ago. Throws what Port's client throws for an outage. */
export async function portalShape(ctx: FlowContext, maxAgeMs = SHAPE_MS): Promise<PortalShape> {
  try {
    const declared = await ctx.port.blueprints.declaredBy(ctx.settings.changeBlueprint, maxAgeMs);
    return {
      further: [...FURTHER_PROPERTIES.keys()].filter((name) => declared.properties.has(name)),
      service: declared.relations.has(SERVICE_RELATION),
    };
  } catch (error) {
    // Where the blueprint may not be read, its entities may still be written.
    if (error instanceof RequestRefused) return { further: [], service: false };
    throw error;
  }
}

/** Whether the portal is to show a column of the change that this version does not tell: an event of an older app. */
export function lacksColumns({ further }: PortalShape, record: ChangeRecord): boolean {
  return further.some((name) => {
    const column = FURTHER_PROPERTIES.get(name);
    return column !== undefined && record.fields[column] === undefined;
  });
}

/** Whether an entity of the portal was written before the blueprint declared what is never empty. */
export function lacksFurther(
  { further }: PortalShape,
  properties: Readonly<Record<string, unknown>>,
): boolean {
  return ['url', 'onHold'].some((name) => further.includes(name) && (properties[name] ?? null) === null);
}

/** The portal's identifier of the service that this change deploys, as the gate that opened it was told. */
export async function serviceOf(
  ctx: FlowContext,
  { service }: PortalShape,
  record: ChangeRecord,
): Promise<string | undefined> {
  const gateId = record.fields['correlation_id'];
  if (!service || (gateId !== undefined && !gateId.startsWith('g_'))) return undefined;
  return (await ctx.ledger.gates.ofChange(record.sysId))?.request.service;
}
