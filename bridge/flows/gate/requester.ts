import type { GateRequest } from '../../ledger/gates.ts';
import { CredentialsRefused, RequestRefused, UpstreamUnavailable } from '../../model/errors.ts';
import type { FlowContext } from '../shared/context.ts';

/**
 * Who asked for the deployment, as people know them: whoever ran the portal's action, else whoever started the
 * pipeline. Undefined where nobody can tell; no gate waits for a portal that is away.
 */
export async function requesterOf(
  ctx: FlowContext,
  pipeline: GateRequest['pipeline'],
  deployRun: string | undefined,
): Promise<string | undefined> {
  const email = deployRun === undefined ? undefined : await emailBehind(ctx, deployRun);
  if (email !== undefined) return email;
  // The owner of a trigger token is nobody in particular.
  return pipeline.source === 'trigger' ? undefined : pipeline.user_email || pipeline.user || undefined;
}

async function emailBehind({ port }: FlowContext, runId: string): Promise<string | undefined> {
  try {
    const run = await port.readRun(runId);
    return run?.createdBy ? await port.emailOf(run.createdBy) : undefined;
  } catch (error) {
    const isTold = [UpstreamUnavailable, CredentialsRefused, RequestRefused].some(
      (kind) => error instanceof kind,
    );
    if (isTold) return undefined;
    throw error;
  }
}
