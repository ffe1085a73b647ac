import { isFinal, type Pipeline } from '../../ledger/pipelines.ts';
import { actingPipeline, type Trigger } from '../../ledger/triggers.ts';
import { field } from '../../model/change.ts';
import { CredentialsRefused, NotYet, RequestRefused } from '../../model/errors.ts';
import { parseTags } from '../../model/tags.ts';
import { adopt } from '../shared/adopt.ts';
import type { FlowContext } from '../shared/context.ts';
import type { Flow } from '../shared/flow.ts';
import { note, report } from '../shared/tell.ts';
import { BLOCKED, followBlocked } from './blocked.ts';
import { endOfCheck, endOfDecision, endOfDeploy } from './plan.ts';
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

/** How soon (ms) the end of a pipeline is looked at again whose start is being told. */
const LOOK_AGAIN_MS = 300;

async function run(ctx: FlowContext, key: string): Promise<void> {
  const [project = '', id = ''] = key.split('/');
  const pipeline = await ctx.ledger.pipelines.get(project, id);
  if (pipeline === undefined) return;
  const trigger = await triggerOf(ctx, project, id, pipeline);
  if (pipeline.status === BLOCKED) await followBlocked(ctx, project, id, trigger);
  if (trigger === undefined || !isFinal(pipeline.status)) return;
  // A run that has ended takes no more lines: so a start is told before its end.
  if (await ctx.ledger.owed.isOwed('pipeline-trigger', trigger.id)) {
    await ctx.enqueue('pipeline-trigger', trigger.id);
    throw new NotYet(texts.START_FIRST, LOOK_AGAIN_MS);
  }
  if (trigger.kind === 'deploy') await endDeploy(ctx, trigger, project, id, pipeline);
  else await endDecision(ctx, trigger, project, id, pipeline);
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
    const { status, url } = pipeline;
    await adopt(ctx, trigger.id, trigger.attempt, { id, project, status, url });
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
  // For a decision that belongs to its gate's own pipeline no other was started, whatever a hook says.
  if (trigger.mode !== undefined) return false;
  const { project: named = '' } = trigger;
  // Before GitLab has answered, a project that was named by its path has no number yet.
  const isByPath = named.includes('/') && ctx.gitlab.canRead;
  if (pipeline.trigger !== trigger.id || (named !== project && !isByPath)) return false;
  if (pipeline.source !== 'trigger' || pipeline.ref !== trigger.ref) return false;
  if (!ctx.gitlab.canRead) return true;
  try {
    const found = await ctx.gitlab.readPipeline(project, id);
    const payload = await ctx.gitlab.startedWith(project, id);
    const isTriggered = found.source === 'trigger' && found.ref === trigger.ref;
    const isItsProject = named === project || found.url.includes(`/${named}/-/pipelines/`);
    return isTriggered && isItsProject && (payload === undefined || payload.decision_id === trigger.id);
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
  await report(ctx, trigger.check_run, endOfCheck(pipeline));
  const gate = await ctx.ledger.gates.ofPipeline(project, id);
  const waits = gate !== undefined || (pipeline.status === 'success' && (await hasChange(ctx, trigger)));
  const end = endOfDeploy(pipeline, waits);
  if (end === undefined) return;
  await ctx.ledger.pipelines.tellEndOnce(project, id, pipeline.status);
  await report(ctx, trigger.run_id, end);
}

/**
 * Whether a change stands for the run. A pipeline may open one by itself, end well, and wait for its decision; the
 * event that tells of it may still be on its way, so ServiceNow is asked.
 */
async function hasChange(ctx: FlowContext, { run_id: runId }: Trigger): Promise<boolean> {
  if (runId === undefined) return false;
  const { tagsField } = ctx.settings;
  // ServiceNow leaves a condition on a column that it does not have out without a word: what it answers is read.
  const { records } = await ctx.servicenow.pageOfChanges(`${tagsField}LIKE${runId}`, 10, 0);
  return records.some((record) => parseTags(field(record, tagsField)).deployRun === runId);
}

async function endDecision(
  ctx: FlowContext,
  trigger: Trigger,
  project: string,
  id: string,
  pipeline: Pipeline,
): Promise<void> {
  const { sys_id: sysId, deploy_run: deployRun } = trigger;
  const hasEnded = deployRun !== undefined && (await ctx.ledger.runReports.ended(deployRun));
  if (trigger.decision === 'approved') await tellServiceNow(ctx, trigger.id, id, pipeline);
  const isNews = await ctx.ledger.pipelines.tellEndOnce(project, id, pipeline.status);
  if (sysId !== undefined && isNews) {
    await tellEnd(ctx, trigger, sysId, texts.pipelineEnded(id, pipeline.status), hasEnded);
  }
  await report(ctx, deployRun, endOfDecision(trigger, id, pipeline));
}

/** The change learns how its deployment ended. */
async function tellServiceNow(
  ctx: FlowContext,
  decision: string,
  id: string,
  { status: outcome, url }: Pipeline,
): Promise<void> {
  const { lifecycles } = ctx.ledger;
  if (ctx.settings.lifecycle === 'off' || (await lifecycles.get(decision))?.outcome === outcome) return;
  await lifecycles.ended(decision, { outcome, pipeline: id, url }, ctx.clock());
  await ctx.enqueue('change-lifecycle', decision);
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
