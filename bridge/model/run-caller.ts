import { z } from 'zod';

/** A run's id as the portal makes them. */
export const runIdSchema = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be a run id');

/** A workflow and its nodes have runs of their own, which are none of an action. */
const optionalId = runIdSchema
  .regex(/^(?!wfn?r_)/)
  .optional()
  .catch(undefined);
const callSchema = z
  .looseObject({
    port_context: z.looseObject({ runId: optionalId }).optional().catch(undefined),
    context: z.looseObject({ runId: optionalId }).optional().catch(undefined),
    run: z.looseObject({ id: optionalId }).optional().catch(undefined),
    runId: optionalId,
    properties: z.looseObject({ runId: optionalId }).optional().catch(undefined),
  })
  .catch({});

/**
 * The run of the portal that sent a body, in whichever of the portal's forms it came. What a template renders itself
 * (`port_context.runId`) counts before names that a form's input could have.
 */
export function callingRun(body: unknown): string | undefined {
  const {
    port_context: template,
    context: agent,
    run: automation,
    runId,
    properties,
  } = callSchema.parse(body);
  return template?.runId ?? agent?.runId ?? automation?.id ?? runId ?? properties?.runId;
}
