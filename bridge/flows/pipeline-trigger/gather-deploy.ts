import type { Trigger } from '../../ledger/triggers.ts';
import { CredentialsRefused, RequestRefused } from '../../model/errors.ts';
import type { Run } from '../../outbound/port.ts';
import type { FlowContext } from '../shared/context.ts';
import { requestOf } from './deploy-request.ts';
import type { Predecessor } from './gather.ts';

/** What is known of a run that wants to be deployed, right before its pipeline is started. */
export type DeployFacts = {
  readonly kind: 'deploy';
  /** The run as the portal's API shows it; undefined where there is none. */
  readonly run: Run | undefined;
  /** A pipeline that was started for this run before the ledger began, or why nobody can tell. */
  readonly predecessor: Predecessor;
};

export async function gatherDeploy(ctx: FlowContext, trigger: Trigger): Promise<DeployFacts> {
  const run = await ctx.port.readRun(trigger.run_id ?? '');
  return { kind: 'deploy', run, predecessor: await predecessorOf(ctx, trigger, run) };
}

/** The pipeline of a run that is older than this ledger may have been started by the one before it: GitLab is asked. */
async function predecessorOf(ctx: FlowContext, trigger: Trigger, run: Run | undefined): Promise<Predecessor> {
  const madeAt = Date.parse(run?.createdAt ?? '');
  const isFirst = trigger.attempt === 0 && !trigger.resolved;
  if (!isFirst || !(madeAt < (await ctx.ledger.syncs.bornAt(ctx.clock())))) return { kind: 'none' };
  if (!ctx.gitlab.canRead) return { kind: 'untold', why: 'there is no GITLAB_API_TOKEN' };
  const { pipeline: asked } = requestOf(trigger);
  const project = asked?.project ?? ctx.settings.gitlabProject;
  try {
    const pipeline = await ctx.gitlab.findTriggered(
      { project, ref: undefined },
      (payload) => payload.decision_id === trigger.id,
      madeAt,
    );
    return pipeline === undefined ? { kind: 'none' } : { kind: 'found', pipeline };
  } catch (error) {
    if (!(error instanceof RequestRefused) && !(error instanceof CredentialsRefused)) throw error;
    return { kind: 'untold', why: error.message };
  }
}
