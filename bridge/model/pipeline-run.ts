import { z } from 'zod';
import { callingRun, runIdSchema } from './run-caller.ts';

const path = (what: string) =>
  z.string(`must name the ${what}`).regex(/^(?!.*\.\.)[\w.-]+(\/[\w.-]+)*$/, `is no ${what} of GitLab`);

const methodSchema = z.looseObject({
  groupName: path('group'),
  projectName: path('project'),
  defaultRef: z.string().max(255).nullish(),
  omitPayload: z.boolean().nullish(),
  omitUserInputs: z.boolean().nullish(),
  pipelineVariables: z.record(z.string(), z.unknown()).nullish(),
});

/** Which pipeline a run of the portal asks for (Port's invocation method GITLAB). */
export const askedPipelineSchema = z.object({
  /** The project's full path. */
  project: z.string(),
  defaultRef: z.string().optional(),
  omitPayload: z.boolean(),
  omitUserInputs: z.boolean(),
  /** Variables that the action's own template made: they stand in place of the inputs. */
  variables: z.record(z.string(), z.unknown()).optional(),
});
export type AskedPipeline = z.output<typeof askedPipelineSchema>;

/** A run of the portal that asks for a pipeline of one project. `payload` is the run's JSON as it came. */
export type PipelineRun = {
  readonly runId: string;
  readonly pipeline: AskedPipeline;
  readonly payload: Readonly<Record<string, unknown>>;
};

const bodySchema = z.record(z.string(), z.unknown());
const nested = z
  .looseObject({
    payload: z
      .looseObject({
        projectName: z.unknown().optional(),
        action: z.looseObject({ invocationMethod: z.unknown().optional() }).optional().catch(undefined),
      })
      .optional()
      .catch(undefined),
    invocationMethod: z.unknown().optional(),
    id: runIdSchema.optional().catch(undefined),
  })
  .catch({});

/**
 * Reads the JSON of a run: as Port's agent gets it, as Port's API shows it, or with the fields of the invocation method
 * at the top. Only the run's id and its invocation method count; inputs are read through the API.
 */
export const pipelineRunSchema = bodySchema.transform((body, c): PipelineRun => {
  const { payload, invocationMethod, id } = nested.parse(body);
  const ofRun = payload?.projectName === undefined ? undefined : payload;
  const method = methodSchema.safeParse(
    payload?.action?.invocationMethod ?? ofRun ?? invocationMethod ?? body,
  );
  const runId = callingRun(body) ?? id;
  if (runId === undefined) c.addIssue({ code: 'custom', message: 'names no run (context.runId)' });
  for (const issue of method.error?.issues ?? []) {
    c.addIssue({ code: 'custom', path: issue.path, message: issue.message });
  }
  if (runId === undefined || !method.success) return z.NEVER;
  const { groupName, projectName, defaultRef, omitPayload, omitUserInputs, pipelineVariables } = method.data;
  const pipeline = {
    project: `${groupName}/${projectName}`,
    ...(defaultRef ? { defaultRef } : {}),
    omitPayload: omitPayload ?? false,
    omitUserInputs: omitUserInputs ?? false,
    ...(pipelineVariables && !isTemplate(pipelineVariables) ? { variables: pipelineVariables } : {}),
  };
  return { runId, pipeline, payload: body };
});

/** Whether these are the action's own words, which nobody has filled in. */
function isTemplate(variables: Readonly<Record<string, unknown>>): boolean {
  return JSON.stringify(variables).includes('{{');
}
