import type { Trigger } from '../../ledger/triggers.ts';
import type { FlowContext } from '../shared/context.ts';
import { tagsOf } from '../shared/deployment.ts';
import { note, report } from '../shared/tell.ts';
import { notDeployed } from '../shared/texts.ts';
import { deployId } from '../../model/decision.ts';
import type { Tags } from '../../model/tags.ts';
import * as texts from './texts.ts';

/** Tells everybody how a finished record ended. Run again after a crash in between, it tells what is missing. */
export async function tell(ctx: FlowContext, trigger: Trigger): Promise<void> {
  if (trigger.status === 'triggered') await tellTriggered(ctx, trigger);
  else await tellEnded(ctx, trigger);
  if (!(await ctx.ledger.triggers.settle(trigger.id, trigger.status)))
    await ctx.enqueue('pipeline-trigger', trigger.id);
}

async function tellTriggered(ctx: FlowContext, trigger: Trigger): Promise<void> {
  const { pipeline_id: pipeline = '', pipeline_url: url = '', project = '' } = trigger;
  await tellTurn(ctx, trigger);
  if (trigger.mode !== undefined && trigger.decision === 'rejected') return tellDeclined(ctx, trigger);
  await ctx.ledger.triggers.watch(trigger.id, ctx.clock());
  if (trigger.kind === 'deploy') {
    const message = `🚀 ${texts.started(pipeline, url)}`;
    const line = { step: 'pipeline', message, link: url, externalRunId: pipeline };
    await report(ctx, trigger.run_id, line);
    await report(ctx, trigger.check_run, line);
  }
  if (trigger.kind === 'decision' && trigger.sys_id !== undefined) {
    await tellDecision(ctx, trigger, trigger.sys_id, trigger.line ?? texts.started(pipeline, url));
    await endCheck(ctx, trigger);
  }
  // Its end may have been reported before its start was recorded.
  await ctx.enqueue('pipeline-result', `${project}/${pipeline}`);
}

/**
 * A decision that turns an earlier one around is told to everybody who was told of that one: the timeline, the
 * developer's run while it lasts, and ServiceNow's work notes.
 */
async function tellTurn(ctx: FlowContext, trigger: Trigger): Promise<void> {
  const { id, sys_id: sysId, follows, sentence = 'The change was decided again.' } = trigger;
  const before = follows === undefined ? undefined : await ctx.ledger.triggers.get(follows);
  if (sysId === undefined || before?.status !== 'triggered' || before.decision === trigger.decision) return;
  const text = texts.turned(sentence, before);
  ctx.log.warn({ change: sysId, trigger: id }, text);
  await note(ctx, sysId, 'turned', text);
  const run = trigger.deploy_run ?? before.deploy_run;
  await report(ctx, run, { step: `turned-${id}`, message: `⚠️ ${text}` });
  if (ctx.settings.lifecycle === 'off') return;
  await ctx.ledger.lifecycles.turned(id, text, ctx.clock());
  await ctx.enqueue('change-lifecycle', id);
}

async function tellDecision(ctx: FlowContext, trigger: Trigger, sysId: string, line: string): Promise<void> {
  const { deploy_run: deployRun, sentence = 'The change was decided.', pipeline_url: url = '' } = trigger;
  await note(ctx, sysId, 'triggered', `${sentence} ${line}`);
  const mark = trigger.decision === 'approved' ? '✅' : '❌';
  await report(ctx, deployRun, {
    step: `decision-${trigger.id}`,
    message: `${mark} ${sentence} ${line}`,
    ...(url === '' ? {} : { link: url }),
  });
}

/** No pipeline is started that would end the developer's run: it ends here, unless an earlier approval deploys. */
async function tellDeclined(ctx: FlowContext, trigger: Trigger): Promise<void> {
  const {
    id,
    sys_id: sysId,
    line = '',
    pipeline_id: pipeline = '',
    sentence,
    deploy_run: deployRun,
  } = trigger;
  const isTooLate = await actsForAnother(ctx, trigger);
  const text = isTooLate ? texts.tooLate(pipeline) : line;
  if (sysId !== undefined) await note(ctx, sysId, 'declined', text);
  const message = `${notDeployed(sentence)} ${text}`;
  await report(
    ctx,
    deployRun,
    isTooLate
      ? { step: `decision-${id}`, message: `❌ ${sentence ?? ''} ${text}` }
      : { step: 'end', message, ends: 'FAILURE', label: 'declined' },
  );
  await endCheck(ctx, trigger);
}

/**
 * Ends the run of a check whose pipeline belongs to the decision from now on: what becomes of it stands on the
 * deployment's own run, and a pipeline that stays blocked never ends.
 */
async function endCheck(ctx: FlowContext, { mode, deploy_run: deployRun }: Trigger): Promise<void> {
  if (mode === undefined || deployRun === undefined) return;
  const asked = await ctx.ledger.triggers.get(deployId(deployRun));
  const line = { step: 'end', message: texts.CHECK_DECIDED, ends: 'SUCCESS', label: 'checked' } as const;
  await report(ctx, asked?.check_run, line);
}

/** Whether the pipeline has claimed an approval of the same change before. */
async function actsForAnother({ ledger }: FlowContext, trigger: Trigger): Promise<boolean> {
  const { project = '', pipeline_id: pipeline = '' } = trigger;
  const other = await ledger.triggers.ofPipeline(project, pipeline);
  const holder = other === undefined ? undefined : await ledger.triggers.get(other);
  return holder?.claimed_by !== undefined;
}

/** Tells what a decision waits for. */
export async function tellHeld(ctx: FlowContext, trigger: Trigger, reason: string): Promise<void> {
  const { id, sys_id: sysId } = trigger;
  if (sysId === undefined) return;
  await note(ctx, sysId, 'held', reason);
  const { deployRun } = await deploymentOf(ctx, sysId);
  await report(ctx, deployRun, { step: `held-${id}-${reason}`, message: `⏸ ${texts.held(reason)}` });
}

async function deploymentOf(ctx: FlowContext, sysId: string): Promise<Partial<Tags>> {
  const change = await ctx.ledger.changes.get(sysId);
  return change === undefined ? {} : tagsOf(ctx, change.record);
}

/** Tells why a record came to its end without a pipeline. Parked, its run goes on: an operator has the last word. */
async function tellEnded(ctx: FlowContext, trigger: Trigger): Promise<void> {
  const { id, status, sys_id: sysId, reason = '', check_run: checkRun } = trigger;
  if (status === 'parked') ctx.log.error({ trigger: id, change: sysId }, `Parked: ${reason}`);
  // The check has nothing to wait for: whatever becomes of it stands on the deployment's own run.
  const noStart = { step: 'end', message: texts.notStarted(reason), ends: 'FAILURE' } as const;
  await report(ctx, checkRun, noStart);
  if (trigger.silent) return ctx.log.warn({ trigger: id }, `Ignored: ${reason}`);
  if (sysId !== undefined) await note(ctx, sysId, status, reason);
  if (status === 'superseded') {
    // Whoever waits for a change that was withdrawn is told by the flow that knows it.
    if (sysId !== undefined) await ctx.enqueue('decision', sysId);
    return;
  }
  const isLate = trigger.parked_for === 'window';
  await report(ctx, await runBehind(ctx, trigger), {
    step: isLate ? `${status}-${id}-${reason}` : `${status}-${id}`,
    message: isLate ? texts.tooLateToStart(reason) : texts.notStarted(reason),
    ...(status === 'abandoned' ? { ends: 'FAILURE' } : {}),
  });
}

/** The developer's run: a decision that was never acted upon does not name it. */
async function runBehind(ctx: FlowContext, trigger: Trigger): Promise<string | undefined> {
  const { run_id: own, deploy_run: deployRun, sys_id: sysId } = trigger;
  if (own !== undefined || deployRun !== undefined || sysId === undefined) return own ?? deployRun;
  return (await deploymentOf(ctx, sysId)).deployRun;
}
