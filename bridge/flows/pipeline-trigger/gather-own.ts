import { type Gate, type OwnPipeline, ownPipeline } from '../../ledger/gates.ts';
import type { Trigger } from '../../ledger/triggers.ts';
import { CredentialsRefused, RequestRefused } from '../../model/errors.ts';
import type { GitLabJob, GitLabPipeline } from '../../outbound/gitlab.ts';
import type { FlowContext } from '../shared/context.ts';

/** What is known of the pipeline that a decision belongs to from the start, in the modes `play` and `wait`. */
export type OwnFacts = OwnPipeline & {
  readonly ref: string;
  readonly url: string;
  /** What was tested and approved, where the pipeline said it. */
  readonly sha: string | undefined;
  readonly environment: string | undefined;
  /** How it ended, as far as GitLab has told. */
  readonly status: string | undefined;
  /** Why the gate lets nobody through any more. */
  readonly withdrawn: string | undefined;
  /** What GitLab shows of it at this moment; undefined where nobody has to look. */
  readonly seen: Seen | undefined;
};

export type Seen =
  | { readonly kind: 'seen'; readonly pipeline: GitLabPipeline; readonly jobs: readonly GitLabJob[] }
  /** GitLab says no: a person has to look. */
  | { readonly kind: 'refused'; readonly status: number; readonly why: string }
  /** The token is not accepted. */
  | { readonly kind: 'locked-out'; readonly why: string };

/** Undefined where a new pipeline is started for the decision. `stands`: whether the decision does. */
export async function gatherOwn(
  ctx: FlowContext,
  trigger: Trigger,
  gate: Gate | undefined,
  stands: boolean,
): Promise<OwnFacts | undefined> {
  const own = ownPipeline(gate);
  if (gate === undefined || own === undefined) return undefined;
  const { ref = '', sha, url } = gate.request.pipeline;
  const known = await ctx.ledger.pipelines.get(own.project, own.id);
  return {
    ...own,
    ref,
    url: known?.url || url || '',
    sha,
    environment: gate.request.environment,
    status: known?.status,
    withdrawn: gate.status === 'withdrawn' ? (gate.outcome ?? '') : undefined,
    seen: hasToLook(trigger, own, stands) ? await lookAt(ctx, own) : undefined,
  };
}

/** A job is looked at before it is started, and after any attempt to start it. */
function hasToLook(trigger: Trigger, { mode }: OwnPipeline, stands: boolean): boolean {
  const isDue = trigger.decision === 'approved' && trigger.claimed_by === undefined;
  return mode === 'play' && isDue && (stands || trigger.attempt > 0);
}

async function lookAt({ gitlab }: FlowContext, { project, id }: OwnPipeline): Promise<Seen> {
  try {
    const pipeline = await gitlab.readPipeline(project, id);
    return { kind: 'seen', pipeline, jobs: await gitlab.jobsOf(project, id) };
  } catch (error) {
    if (error instanceof RequestRefused) return { kind: 'refused', status: error.status, why: error.message };
    if (error instanceof CredentialsRefused) return { kind: 'locked-out', why: error.message };
    throw error;
  }
}
