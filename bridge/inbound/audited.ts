import { audited as auditedBy } from '../http/audited.ts';
import type { PipelineIdentity } from '../model/pipeline-identity.ts';
import type { InboundContext } from './context.ts';

/** Names come from paths: what is kept of one has an end. */
const SUBJECT_CHARS = 200;

/** Audits what a pipeline asks for, before it is done and how it ended. */
export function audited<T>(
  { ledger, clock }: InboundContext,
  identity: PipelineIdentity,
  action: 'gate' | 'claim' | 'report',
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  const actor = actorOf(identity);
  const subject = name.slice(0, SUBJECT_CHARS);
  return auditedBy(
    (suffix, reason) =>
      ledger.audit.append({ at: clock(), actor, action: `${action}${suffix}`, subject, reason }),
    'asked',
    work,
    () => 'granted',
  );
}

/** The identity as it was proven: issuer, project, pipeline, job, ref, commit and user. */
function actorOf(identity: PipelineIdentity): string {
  if (identity.kind === 'token') return `project ${identity.projectId} (PIPELINE_TOKENS)`;
  const { issuer, projectId, projectPath, pipelineId, jobId, ref, sha, user } = identity;
  return `${issuer} project ${projectId} (${projectPath}) pipeline ${pipelineId} job ${jobId} ref ${ref} sha ${sha} user ${user}`;
}
