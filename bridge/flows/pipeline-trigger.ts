import { isFinished, type Trigger } from '../ledger/triggers.ts';
import {
  CredentialsRefused,
  NotYet,
  OutcomeUnknown,
  RequestRefused,
  UpstreamUnavailable,
} from '../model/errors.ts';
import type { TriggerPayload } from '../model/trigger-payload.ts';
import type { GitLabPipeline, Route } from '../outbound/gitlab.ts';
import { type FlowContext, note, report } from './context.ts';
import { type Plan, planDecision, planDeploy } from './trigger-plan.ts';

/**
 * Starts the pipeline of one trigger record, effectively once: the record is taken with a numbered attempt,
 * GitLab is called, and the outcome is written only if the attempt still holds. Where an earlier attempt's
 * outcome is unknown, it looks before it repeats.
 */
export async function pipelineTrigger(ctx: FlowContext, id: string): Promise<void> {
  const trigger = await ctx.ledger.triggers.get(id);
  if (trigger === undefined) return;
  if (!(await ctx.ledger.triggers.isOpen(id))) return;
  if (trigger.status === 'triggered') {
    await tellTriggered(ctx, trigger);
    return;
  }
  if (isFinished(trigger.status)) {
    await tellEnded(ctx, trigger);
    return;
  }
  if (trigger.lease > ctx.clock()) {
    throw new NotYet('Another worker is calling GitLab for this record.', trigger.lease - ctx.clock() + 50);
  }
  const plan =
    trigger.kind === 'decision' ? await planDecision(ctx, trigger) : await planDeploy(ctx, trigger);
  if (trigger.status === 'triggering' && !(await mayRepeat(ctx, trigger, plan))) return;
  if (plan.kind !== 'go') {
    await end(ctx, trigger, plan.kind, plan.reason);
    return;
  }
  await call(ctx, trigger, plan);
}

type Go = Extract<Plan, { kind: 'go' }>;

async function call(ctx: FlowContext, trigger: Trigger, plan: Go): Promise<void> {
  const { ledger, clock, settings } = ctx;
  const attempt = await ledger.triggers.begin(trigger, plan.route, clock(), settings.leaseMs);
  if (attempt === undefined) throw new NotYet('Another worker took this record.', 500);
  try {
    const pipeline = await ctx.gitlab.trigger(plan.route, { ...plan.payload, decision_id: trigger.id });
    await adopt(ctx, trigger.id, attempt, pipeline);
  } catch (error) {
    if (error instanceof OutcomeUnknown) {
      await ledger.triggers.releaseLease(trigger.id, attempt, clock());
      throw error;
    }
    if (error instanceof UpstreamUnavailable || error instanceof CredentialsRefused) {
      await ledger.triggers.moveTo(trigger.id, attempt, 'pending', error.message, clock());
      throw error;
    }
    if (!(error instanceof RequestRefused)) throw error;
    await end(ctx, { ...trigger, attempt }, 'parked', advice(error, plan.route));
  }
}

/** Records the pipeline that GitLab made for this record, and tells everybody. */
export async function adopt(
  ctx: FlowContext,
  id: string,
  attempt: number,
  pipeline: GitLabPipeline,
): Promise<void> {
  await ctx.ledger.triggers.triggered(id, attempt, pipeline, ctx.clock());
  const trigger = await ctx.ledger.triggers.get(id);
  if (trigger === undefined) return;
  if (trigger.pipeline_id !== pipeline.id && trigger.sys_id !== undefined) {
    const text = `Pipeline ${pipeline.id} was started for a decision that pipeline ${trigger.pipeline_id ?? '?'} has: it may not deploy.`;
    await note(ctx, trigger.sys_id, 'duplicate-pipeline', text);
  }
  await tellTriggered(ctx, trigger);
}

/**
 * What became of an attempt of unknown outcome: found, it is adopted (false: nothing to repeat). Not found
 * after the time in which it may still appear: true. Where nobody can look, only a receiver that claims
 * makes a repetition safe; otherwise the record is parked.
 */
async function mayRepeat(ctx: FlowContext, trigger: Trigger, plan: Plan): Promise<boolean> {
  const { settings, clock, ledger } = ctx;
  const route = { project: trigger.project ?? '', ref: trigger.ref ?? '', token: '' };
  const settled = clock() - trigger.updated_at >= settings.settleMs;
  const found = await look(ctx, route, trigger);
  if (typeof found === 'object') {
    await adopt(ctx, trigger.id, trigger.attempt, found);
    return false;
  }
  if (!settled) {
    const left = settings.settleMs - (clock() - trigger.updated_at);
    throw new NotYet(
      'The last call to GitLab may still take effect: looking again before it is repeated.',
      left,
    );
  }
  if (found === 'none') return true;
  if (plan.kind === 'go' && (await ledger.triggers.projectClaims(plan.route.project))) return true;
  await end(
    ctx,
    trigger,
    'parked',
    `GitLab did not answer, and without a GITLAB_API_TOKEN that may read pipelines nobody can tell whether one started. Look for a pipeline of project ${route.project} whose TRIGGER_PAYLOAD has decision_id ${trigger.id}; if there is none, resolve this decision with "trigger", otherwise with "abandon".`,
  );
  return false;
}

/** The pipeline that an unanswered call made, `none` where there surely is none, `unseen` where nobody may look. */
async function look(
  ctx: FlowContext,
  route: Route,
  trigger: Trigger,
): Promise<GitLabPipeline | 'none' | 'unseen'> {
  if (!ctx.gitlab.canRead) return 'unseen';
  try {
    const isIt = (payload: TriggerPayload): boolean => payload.decision_id === trigger.id;
    return (await ctx.gitlab.findTriggered(route, isIt, trigger.created_at)) ?? 'none';
  } catch (error) {
    if (error instanceof RequestRefused || error instanceof CredentialsRefused) return 'unseen';
    throw error;
  }
}

async function end(
  ctx: FlowContext,
  trigger: Trigger,
  status: 'superseded' | 'parked' | 'abandoned',
  reason: string,
): Promise<void> {
  const { ledger, clock } = ctx;
  await ledger.triggers.moveTo(trigger.id, trigger.attempt, status, reason, clock());
  const ended = await ledger.triggers.get(trigger.id);
  // A later attempt may have started the pipeline meanwhile: then that is what is told.
  if (ended?.status === status) await tellEnded(ctx, ended);
}

/** Tells why a record came to its end without a pipeline. Parked, its run goes on: an operator has the last word. */
async function tellEnded(ctx: FlowContext, trigger: Trigger): Promise<void> {
  const { id, status, sys_id: sysId, reason = '' } = trigger;
  if (status === 'parked') ctx.log.error({ trigger: id, change: sysId }, `Parked: ${reason}`);
  if (sysId !== undefined) await note(ctx, sysId, status, reason);
  if (status !== 'superseded') {
    await report(ctx, trigger.run_id ?? trigger.deploy_run, {
      step: `${status}-${id}`,
      message: `⚠️ The pipeline was not started: ${reason}`,
      ...(status === 'abandoned' ? { ends: 'FAILURE' } : {}),
    });
  }
  // Whoever waits for a change that was withdrawn is told by its sync.
  else if (sysId !== undefined) await ctx.enqueue('change-sync', sysId);
  await ctx.ledger.triggers.settle(id);
}

async function tellTriggered(ctx: FlowContext, trigger: Trigger): Promise<void> {
  const { pipeline_id: pipeline = '', pipeline_url: url = '', project = '' } = trigger;
  if (trigger.kind === 'deploy') {
    await report(ctx, trigger.run_id, {
      step: 'pipeline',
      message: `🚀 Pipeline ${pipeline} started: ${url}`,
      link: url,
      externalRunId: pipeline,
    });
  }
  if (trigger.kind === 'decision' && trigger.sys_id !== undefined) {
    await tellDecision(ctx, trigger, trigger.sys_id, `Pipeline ${pipeline} started: ${url}`);
  }
  // Its end may have been reported before its start was recorded.
  await ctx.ledger.triggers.watch(trigger.id, ctx.clock());
  await ctx.enqueue('pipeline-result', `${project}/${pipeline}`);
  await ctx.ledger.triggers.settle(trigger.id);
}

async function tellDecision(
  ctx: FlowContext,
  trigger: Trigger,
  sysId: string,
  pipeline: string,
): Promise<void> {
  const { deploy_run: deployRun, sentence = 'The change was decided.' } = trigger;
  await note(ctx, sysId, 'triggered', pipeline);
  const mark = trigger.decision === 'approved' ? '✅' : '❌';
  await report(ctx, deployRun, {
    step: `decision-${trigger.id}`,
    message: `${mark} ${sentence} ${pipeline}`,
    ...(trigger.pipeline_url === undefined || trigger.pipeline_url === ''
      ? {}
      : { link: trigger.pipeline_url }),
  });
}

function advice(error: RequestRefused, route: Route): string {
  if (error.status === 404) {
    return `GitLab knows no project ${route.project} with this trigger token (404). Check GITLAB_PROJECT_ID and GITLAB_TRIGGER_TOKEN, then resolve this decision with "trigger".`;
  }
  if (error.message.includes('Reference not found')) {
    return `GitLab has no ref "${route.ref}" in project ${route.project}. Mend the tag gitlab_ref or GITLAB_REF, then resolve this decision with "trigger".`;
  }
  return `${error.message} (project ${route.project}, ref ${route.ref}). Mend the cause, then resolve this decision with "trigger".`;
}
