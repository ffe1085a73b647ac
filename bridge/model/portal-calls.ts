import { z } from 'zod';
import { sysIdSchema } from './change.ts';
import { callingRun, runIdSchema } from './run-caller.ts';

// What the portal's actions and automations tell, in every form in which Port sends it: a body of the definition's
// own, the context of an automation, an event of the change log, and what Port's agent passes on.

/** A run of the approve action, and the run that told of it where that is another one: an automation's. */
export type ApproveCall = { readonly run: string; readonly caller: string | undefined };
/** A run that wants to be deployed, and the run that told of it where that is another one: a check's. */
export type DeployCall = { readonly run: string; readonly checkRun: string | undefined };
/** A change whose entity was updated, and the run that told of it. `isEdit`: a person changed it in the portal. */
export type EntityCall = {
  readonly sysId: string;
  readonly caller: string | undefined;
  readonly isEdit: boolean;
};

const optionalId = runIdSchema.optional().catch(undefined);
const after = z
  .looseObject({
    diff: z
      .looseObject({
        after: z.looseObject({ id: optionalId, identifier: z.string().optional().catch(undefined) }),
      })
      .optional()
      .catch(undefined),
  })
  .optional()
  .catch(undefined);
const inputs = z.looseObject({ deploy_run_id: optionalId }).optional().catch(undefined);

const callSchema = z.looseObject({
  event: after,
  diff: z.unknown().optional(),
  deploy_run_id: optionalId,
  properties: inputs,
  payload: z.looseObject({ properties: inputs }).optional().catch(undefined),
  system_id: z.string().optional().catch(undefined),
  origin: z.string().optional().catch(undefined),
});

/** Reads a body that tells of a run of the approve action. Nothing in it counts but who it is about. */
export const approveCallSchema = callSchema.transform((body, c): ApproveCall => {
  const caller = callingRun(body);
  const run = subjectOf(body)?.id ?? caller;
  if (run !== undefined) return { run, caller: caller === run ? undefined : caller };
  c.addIssue({ code: 'custom', path: ['runId'], message: 'names no run of the approve action' });
  return z.NEVER;
});

/** Reads a body that tells of a run that wants to be deployed. */
export const deployCallSchema = callSchema.transform((body, c): DeployCall => {
  const caller = callingRun(body);
  const named =
    body.deploy_run_id ?? body.properties?.deploy_run_id ?? body.payload?.properties?.deploy_run_id;
  const run = subjectOf(body)?.id ?? named ?? caller;
  if (run !== undefined) return { run, checkRun: caller === run ? undefined : caller };
  c.addIssue({ code: 'custom', path: ['runId'], message: 'names no run of a deploy action' });
  return z.NEVER;
});

/** Reads a body that tells of an updated change. */
export const entityCallSchema = callSchema.transform((body, c): EntityCall => {
  const sysId = sysIdSchema.safeParse(body.system_id ?? subjectOf(body)?.identifier);
  if (sysId.success) return { sysId: sysId.data, caller: callingRun(body), isEdit: body.origin === 'UI' };
  c.addIssue({
    code: 'custom',
    path: ['system_id'],
    message: 'must be the sys_id of a change: 32 lower-case hex digits',
  });
  return z.NEVER;
});

/** What an event is about: the `after` of its diff. */
function subjectOf(body: z.output<typeof callSchema>) {
  return (body.event ?? after.parse(body))?.diff?.after;
}
