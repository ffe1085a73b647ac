import { ProblemError } from '../http/problem.ts';
import { messageOf } from '../model/errors.ts';
import type { PipelineIdentity } from '../model/pipeline-identity.ts';
import type { InboundContext } from './context.ts';

/** Names come from paths: what is kept of one has an end. */
const SUBJECT_CHARS = 200;

/**
 * Writes down who asks for what before it is done, and afterwards how it ended: `:done`, or `:refused` with the
 * problem. Nothing is done where the first cannot be written.
 */
export async function audited<T>(
  { ledger, clock }: InboundContext,
  identity: PipelineIdentity,
  action: 'gate' | 'claim' | 'report',
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  const actor = actorOf(identity);
  const subject = name.slice(0, SUBJECT_CHARS);
  const write = (suffix: string, reason: string): Promise<void> =>
    ledger.audit.append({ at: clock(), actor, action: `${action}${suffix}`, subject, reason });
  await write('', 'asked');
  try {
    const result = await work();
    await write(':done', 'granted');
    return result;
  } catch (error) {
    const isRefusal = error instanceof ProblemError;
    await write(
      isRefusal ? ':refused' : ':failed',
      isRefusal ? `${error.problem}: ${error.message}` : messageOf(error),
    );
    throw error;
  }
}

/** The identity as it was proven: issuer, project, pipeline, job, ref, commit and user. */
function actorOf(identity: PipelineIdentity): string {
  if (identity.kind === 'token') return `project ${identity.projectId} (PIPELINE_TOKENS)`;
  const { issuer, projectId, projectPath, pipelineId, jobId, ref, sha, user } = identity;
  return `${issuer} project ${projectId} (${projectPath}) pipeline ${pipelineId} job ${jobId} ref ${ref} sha ${sha} user ${user}`;
}
