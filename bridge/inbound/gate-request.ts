import { z } from 'zod';
import { changeFieldsSchema } from '../model/change-fields.ts';
import type { GateRequest } from '../ledger/gates.ts';
import type { PipelineRule } from '../model/pipeline-rules.ts';
import { type Caller, statedPipelineSchema } from './caller.ts';

const runId = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be a run id');
const webAddress = z.url({ protocol: /^https?$/ }).max(500);

const check = z.strictObject({
  name: z.string().min(1).max(100),
  value: z.union([z.string().max(200), z.number(), z.boolean()]).nullish(),
  threshold: z.union([z.string().max(200), z.number()]).nullish(),
  passed: z.boolean(),
  url: webAddress.nullish(),
});

/** The body of `POST /v1/gates`: what a pipeline says when it asks for a gate. */
export const gateRequestSchema = z
  .strictObject({
    pipeline: statedPipelineSchema.optional(),
    deploy_run_id: runId.optional(),
    service: z.string().min(1).max(160).optional(),
    environment: z.string().min(1).max(255).optional(),
    reason: z.string().min(1).max(2000).optional(),
    evidence: z.array(check).max(50).optional(),
    change: changeFieldsSchema.optional(),
    /** Seconds: a minute to a quarter of a year. */
    expires_in: z.int().min(60).max(7_776_000).optional(),
    tags: z
      .array(
        z
          .string()
          .regex(
            /^(?!deploy_run:|gitlab_)[^,\s]{1,100}$/,
            'may not hold a comma, a space or a reserved name',
          ),
      )
      .max(10)
      .optional(),
    port_context: z.looseObject({ runId: runId.nullish() }).nullish(),
  })
  .refine((body) => body.reason !== undefined || (body.evidence ?? []).length > 0, {
    path: ['reason'],
    message: 'say why, or send evidence',
  });
export type GateBody = z.output<typeof gateRequestSchema>;

/** What is kept of a request. Who asks is what the token proved; the developer's run is not believed from a body. */
export function keptRequest(body: GateBody, caller: Caller, rule: PipelineRule): GateRequest {
  const { service, environment } = body;
  return {
    mode: rule.mode,
    pipeline: askingPipeline(caller, body.pipeline?.url),
    ...(service === undefined ? {} : { service }),
    ...(environment === undefined ? {} : { environment }),
    reason: body.reason ?? reasonOf(body),
    evidence: (body.evidence ?? []).map(({ name, value, threshold, passed, url }) => ({
      name,
      ...(value === undefined || value === null ? {} : { value }),
      ...(threshold === undefined || threshold === null ? {} : { threshold }),
      passed,
      ...(url === undefined || url === null ? {} : { url }),
    })),
    change: { ...rule.change, ...body.change },
    tags: body.tags ?? [],
  };
}

function reasonOf({ evidence = [] }: GateBody): string {
  const missed = evidence.filter((each) => !each.passed).map((each) => each.name);
  return missed.length === 0 ? 'Every deployment needs an approval' : `Not passed: ${missed.join(', ')}`;
}

/** `stated` is the address that the body gives; an id_token proves a better one. */
function askingPipeline(
  { identity, projectId, pipelineId, ref, sha }: Caller,
  stated: string | undefined,
): GateRequest['pipeline'] {
  const url =
    identity.kind === 'token'
      ? stated
      : `${identity.issuer}/${identity.projectPath}/-/pipelines/${pipelineId}`;
  const people =
    identity.kind === 'token'
      ? {}
      : { source: identity.pipelineSource, user: identity.user, user_email: identity.userEmail };
  return {
    project_id: projectId,
    id: pipelineId,
    ...(ref === undefined ? {} : { ref }),
    ...(sha === undefined ? {} : { sha }),
    ...(url === undefined ? {} : { url }),
    ...people,
  };
}
