import { z } from 'zod';
import { runIdSchema } from './run-caller.ts';

// The runs that Port hands to whoever claims them. The routes stand in none of Port's documents: what its own clients
// rely on is read, and the rest may be missing.

const jsonObject = z.record(z.string(), z.unknown());
const optionalObject = jsonObject.optional().catch(undefined);
/** Both of the portal's forms: an object with an identifier, or the identifier alone. */
const reference = z
  .union([z.string(), z.looseObject({ identifier: z.string() }).transform((object) => object.identifier)])
  .optional()
  .catch(undefined);
const invocation = z.looseObject({
  type: z.string().optional().catch(undefined),
  url: z.string().optional().catch(undefined),
  body: z.unknown().optional(),
});

/** A claimed run of an action or automation. `source` and `action` are undefined where the portal does not tell. */
export const claimedRunSchema = z.looseObject({
  id: runIdSchema,
  action: reference,
  source: z.unknown().optional(),
  entity: reference,
  blueprint: reference,
  properties: optionalObject,
  createdAt: z.string().optional().catch(undefined),
  createdBy: z.string().optional().catch(undefined),
  payload: invocation.catch({}),
});
export type ClaimedRun = z.output<typeof claimedRunSchema>;

/** A claimed run of a workflow's node, with the node's configuration as its templates rendered it. */
export const claimedNodeSchema = z
  .looseObject({
    identifier: runIdSchema,
    config: invocation.optional().catch(undefined),
    node: z
      .looseObject({ config: invocation.optional().catch(undefined) })
      .optional()
      .catch(undefined),
  })
  .transform(({ identifier, config, node }) => ({ id: identifier, config: config ?? node?.config ?? {} }));
export type ClaimedNode = z.output<typeof claimedNodeSchema>;

/** What a webhook of the run would have brought. The claim itself says which run it is, whatever its body says. */
export function bodyOfRun({ id, payload }: ClaimedRun): Readonly<Record<string, unknown>> {
  const body = objectIn(payload.body);
  return { ...body, port_context: { ...objectIn(body['port_context']), runId: id } };
}

/**
 * The JSON of a run that asks for a pipeline, as Port's agent hands it on: the event that the portal keeps with the
 * run, or one that is put together from what the portal tells.
 */
export function eventOfRun(run: ClaimedRun): Readonly<Record<string, unknown>> {
  const { id, payload, action, entity, blueprint, properties = {}, createdAt, createdBy, source } = run;
  const { body, ...invocationMethod } = payload;
  const kept = objectIn(body);
  if (kept['payload'] !== undefined) {
    const method = { ...objectIn(objectIn(objectIn(kept['payload'])['action'])['invocationMethod']) };
    const keptPayload = {
      ...objectIn(kept['payload']),
      action: {
        ...objectIn(objectIn(kept['payload'])['action']),
        invocationMethod: { ...method, ...invocationMethod },
      },
    };
    return { ...kept, context: { ...objectIn(kept['context']), runId: id }, payload: keptPayload };
  }
  return {
    action,
    resourceType: 'run',
    status: 'TRIGGERED',
    trigger: { by: { userId: createdBy }, origin: source, at: createdAt },
    context: { entity: entity ?? null, blueprint: blueprint ?? null, runId: id },
    payload: { entity: entity ?? null, action: { invocationMethod }, properties },
  };
}

/** The bridge's route that an address names; undefined where it is none of this bridge, which is called `address`. */
export function routeAt(url: string | undefined, address: string): PortalRoute | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { origin, pathname } = new URL(url);
  const own = new URL(address);
  const base = `${own.pathname.replace(/\/+$/, '')}/webhooks/port/`;
  if (origin !== own.origin || !pathname.startsWith(base)) return undefined;
  const [name] = pathname.slice(base.length).split('/');
  return ROUTES.find((route) => route === name);
}

const ROUTES = ['approve', 'deploy', 'entity', 'gitlab'] as const;
export type PortalRoute = (typeof ROUTES)[number];

function objectIn(value: unknown): Readonly<Record<string, unknown>> {
  const parsed = jsonObject.safeParse(value);
  return parsed.success ? parsed.data : {};
}
