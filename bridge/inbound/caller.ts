import { z } from 'zod';
import { ProblemError } from '../http/problem.ts';
import type { PipelineIdentity } from '../model/pipeline-identity.ts';
import { type PipelineRight, type PipelineRule, ruleFor } from '../model/pipeline-rules.ts';

/** The pipeline that calls: by its id_token, or as the holder of its project's token says. */
export type Caller = {
  readonly identity: PipelineIdentity;
  readonly projectId: string;
  readonly pipelineId: string;
  readonly ref: string | undefined;
  readonly sha: string | undefined;
  /** The environment that the calling job deploys to. */
  readonly environment: string | undefined;
};

const number = z.coerce.string().regex(/^[1-9]\d{0,17}$/, 'must be a number');

/** What a body may say of the pipeline. Only the holder of a PIPELINE_TOKENS token has to. */
export const statedPipelineSchema = z.strictObject({
  project_id: number.optional(),
  id: number.optional(),
  ref: z.string().min(1).max(255).optional(),
  sha: z
    .string()
    .regex(/^[0-9a-f]{40,64}$/, 'must be a commit’s full hash')
    .optional(),
  url: z.string().max(500).optional(),
});
export type StatedPipeline = z.output<typeof statedPipelineSchema>;

/**
 * Who calls. Throws `identity-mismatch` where the body says otherwise than the token, and `impossible` where a
 * project's token comes without its pipeline.
 */
export function callerOf(identity: PipelineIdentity, stated: StatedPipeline = {}): Caller {
  const { projectId } = identity;
  compare('project', projectId, stated.project_id);
  if (identity.kind === 'token') {
    const { id, ref, sha } = stated;
    if (id === undefined) {
      const text =
        'A token of PIPELINE_TOKENS proves its project alone. Name the pipeline: {"pipeline":{"id":…,"ref":…,"sha":…}}.';
      throw new ProblemError('impossible', text);
    }
    return { identity, projectId, pipelineId: id, ref, sha, environment: undefined };
  }
  const { pipelineId, ref, sha, environment } = identity;
  compare('pipeline', pipelineId, stated.id);
  compare('ref', ref, stated.ref);
  compare('commit', sha, stated.sha);
  return { identity, projectId, pipelineId, ref, sha, environment };
}

/** The rule that gives the caller a right. Throws `not-allowed` where none does. */
export function ruleOf(
  { identity, environment: own }: Caller,
  right: PipelineRight,
  rules: readonly PipelineRule[],
  environment = own,
): PipelineRule {
  const rule = ruleFor({ identity, environment }, rules);
  if (rule?.may.includes(right)) return rule;
  const place = environment === undefined ? '' : `, environment ${environment}`;
  const text =
    rule === undefined
      ? `No rule of PIPELINE_RULES fits ${nameOf(identity)}${place}, so it may not ${right}.`
      : `The rule of PIPELINE_RULES that fits ${nameOf(identity)}${place} does not let it ${right}.`;
  throw new ProblemError('not-allowed', text);
}

function nameOf(identity: PipelineIdentity): string {
  if (identity.kind === 'token') return `project ${identity.projectId}`;
  const { projectPath, ref, refProtected } = identity;
  return `project ${projectPath}, ${refProtected ? 'protected' : 'unprotected'} ref ${ref}`;
}

function compare(what: string, proven: string, stated: string | undefined): void {
  if (stated === undefined || stated === proven) return;
  throw new ProblemError('identity-mismatch', `The body names the ${what} ${stated}, the token ${proven}.`);
}
