import { isFinal, type Pipeline } from '../ledger/pipelines.ts';
import { actingPipeline, type Trigger } from '../ledger/triggers.ts';
import type { FlowContext } from './shared/context.ts';
import type { Flow } from './shared/flow.ts';
import { note, report } from './shared/tell.ts';
import { adopt } from './shared/adopt.ts';

/**
 * Follows up on what GitLab said of one pipeline (key `project/pipeline`): adopts it where the trigger's own
 * answer was lost, and ends the developer's run when the pipeline has ended.
 */
export const pipelineResult = {
  name: 'pipeline-result',
  concurrency: 8,
  run,
  owes: false,
} as const satisfies Flow;

async function run(ctx: FlowContext, key: string): Promise<void> {
  const [project = '', id = ''] = key.split('/');
  const pipeline = await ctx.ledger.pipelines.get(project, id);
  if (pipeline === undefined) return;
  const trigger = await triggerOf(ctx, project, id, pipeline);
  if (trigger === undefined || !isFinal(pipeline.status)) return;
  if (trigger.kind === 'deploy')
    await endDeploy(ctx, trigger, pipeline, await ctx.ledger.gates.ofPipeline(project, id));
  else await endDecision(ctx, trigger, id, pipeline);
  await ctx.ledger.triggers.unwatch(trigger.id);
}

/** The record behind the pipeline; undefined for pipelines that are none of ours, or a duplicate. */
async function triggerOf(
  ctx: FlowContext,
  project: string,
  id: string,
  pipeline: Pipeline,
): Promise<Trigger | undefined> {
  const { triggers } = ctx.ledger;
  const known = await triggers.ofPipeline(project, id);
  const trigger = await triggers.get(known ?? pipeline.trigger);
  if (trigger?.status === 'triggering' && pipeline.trigger === trigger.id && trigger.project === project) {
    await adopt(ctx, trigger.id, trigger.attempt, {
      id,
      project,
      status: pipeline.status,
      url: pipeline.url,
    });
    // Its flow tells how it was started, and then asks for this one again: a start is told before its end.
    await ctx.enqueue('pipeline-trigger', trigger.id);
    return undefined;
  }
  const acting = trigger === undefined ? undefined : actingPipeline(trigger);
  return acting?.id === id && acting.project === project ? trigger : undefined;
}

async function endDeploy(
  ctx: FlowContext,
  trigger: Trigger,
  pipeline: Pipeline,
  gate: string | undefined,
): Promise<void> {
  // The pipeline stopped at its gate: the run goes on until the change is decided.
  if (gate !== undefined && pipeline.status === 'success') return;
  const success = pipeline.status === 'success';
  await report(ctx, trigger.run_id, {
    step: 'end',
    message: success
      ? '✅ The service was deployed.'
      : `❌ The pipeline ended as "${pipeline.status}": ${pipeline.url}`,
    ends: success ? 'SUCCESS' : 'FAILURE',
    label: success ? 'deployed' : `pipeline ${pipeline.status}`,
  });
}

async function endDecision(
  ctx: FlowContext,
  trigger: Trigger,
  id: string,
  pipeline: Pipeline,
): Promise<void> {
  const success = pipeline.status === 'success';
  const line = `Pipeline ${id} ended as "${pipeline.status}".`;
  if (trigger.sys_id !== undefined && !(await ctx.ledger.runReports.ended(trigger.deploy_run ?? ''))) {
    await note(ctx, trigger.sys_id, 'pipeline-ended', line);
  }
  const declined = trigger.decision === 'rejected';
  const message = declined
    ? `❌ Not deployed. ${trigger.sentence ?? 'The change was declined.'}`
    : success
      ? '✅ The service was deployed.'
      : `❌ The deployment failed. ${line} ${pipeline.url}`;
  await report(ctx, trigger.deploy_run, {
    step: 'end',
    message,
    ends: success && !declined ? 'SUCCESS' : 'FAILURE',
    label: declined ? 'declined' : success ? 'deployed' : `pipeline ${pipeline.status}`,
  });
}
