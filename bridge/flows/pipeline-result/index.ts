import { isFinal, type Pipeline } from '../../ledger/pipelines.ts';
import { actingPipeline, type Trigger } from '../../ledger/triggers.ts';
import { CredentialsRefused, RequestRefused } from '../../model/errors.ts';
import { adopt } from '../shared/adopt.ts';
import type { FlowContext } from '../shared/context.ts';
import type { Flow } from '../shared/flow.ts';
import { note, report } from '../shared/tell.ts';
import { endOfDecision, endOfDeploy } from './plan.ts';
import * as texts from './texts.ts';

/**
 * Follows up on what GitLab said of one pipeline (key `project/pipeline`): adopts it where GitLab's own answer to the
 * trigger was lost, and ends the developer's run when the pipeline has ended.
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
  if (trigger.kind === 'deploy') await endDeploy(ctx, trigger, project, id, pipeline);
  else await endDecision(ctx, trigger, id, pipeline);
  await ctx.ledger.triggers.unwatch(trigger.id);
}

/** The trigger record that the pipeline acts for; undefined where it acts for none. */
async function triggerOf(
  ctx: FlowContext,
  project: string,
  id: string,
  pipeline: Pipeline,
): Promise<Trigger | undefined> {
  const { triggers } = ctx.ledger;
  const known = await triggers.ofPipeline(project, id);
  const trigger = await triggers.get(known ?? pipeline.trigger);
  if (trigger?.status === 'triggering' && (await isStartedFor(ctx, trigger, project, id, pipeline))) {
    const { status, url, source, ref } = pipeline;
    await adopt(ctx, trigger.id, trigger.attempt, { id, project, status, url, source, ref });
    // Its flow tells how it was started, and then asks for this one again: a start is told before its end.
    await ctx.enqueue('pipeline-trigger', trigger.id);
    return undefined;
  }
  const acting = trigger === undefined ? undefined : actingPipeline(trigger);
  return acting?.id === id && acting.project === project ? trigger : undefined;
}

/**
 * Whether the bridge's own call made this pipeline. Whoever may run pipelines can give one any payload, so it has to be
 * a triggered one on the ref that was called for; where there is a token that can look, GitLab itself says so.
 */
async function isStartedFor(
  ctx: FlowContext,
  trigger: Trigger,
  project: string,
  id: string,
  pipeline: Pipeline,
): Promise<boolean> {
  if (pipeline.trigger !== trigger.id || trigger.project !== project) return false;
  if (pipeline.source !== 'trigger' || pipeline.ref !== trigger.ref) return false;
  if (!ctx.gitlab.canRead) return true;
  try {
    const found = await ctx.gitlab.readPipeline(project, id);
    const payload = await ctx.gitlab.startedWith(project, id);
    const isTriggered = found.source === 'trigger' && found.ref === trigger.ref;
    return isTriggered && (payload === undefined || payload.decision_id === trigger.id);
  } catch (error) {
    if (error instanceof RequestRefused || error instanceof CredentialsRefused) return false;
    throw error;
  }
}

async function endDeploy(
  ctx: FlowContext,
  trigger: Trigger,
  project: string,
  id: string,
  pipeline: Pipeline,
): Promise<void> {
  const gate = await ctx.ledger.gates.ofPipeline(project, id);
  const end = endOfDeploy(pipeline, gate !== undefined);
  if (end !== undefined) await report(ctx, trigger.run_id, end);
}

async function endDecision(
  ctx: FlowContext,
  trigger: Trigger,
  id: string,
  pipeline: Pipeline,
): Promise<void> {
  const { sys_id: sysId, deploy_run: deployRun } = trigger;
  const hasEnded = deployRun !== undefined && (await ctx.ledger.runReports.ended(deployRun));
  // Hooks and polls tell an end more than once.
  if (sysId !== undefined && (await ctx.ledger.triggers.tellOnce(trigger.id, `ended-${id}`))) {
    await tellEnd(ctx, trigger, sysId, texts.pipelineEnded(id, pipeline.status), hasEnded);
  }
  await report(ctx, deployRun, endOfDecision(trigger, id, pipeline));
}

/** A run that has ended takes no more: what was deployed after that is told here, and in the audit. */
async function tellEnd(
  ctx: FlowContext,
  { id, deploy_run: deployRun = '' }: Trigger,
  sysId: string,
  line: string,
  hasEnded: boolean,
): Promise<void> {
  if (!hasEnded) return note(ctx, sysId, 'pipeline-ended', line);
  const text = texts.afterTheEnd(line, deployRun);
  const entry = { actor: 'Changebridge', action: 'late-end', subject: id, reason: text };
  await ctx.ledger.audit.append({ at: ctx.clock(), ...entry });
  await note(ctx, sysId, 'pipeline-ended', text);
}
