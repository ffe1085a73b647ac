import type { Trigger } from '../../ledger/triggers.ts';
import type { FlowContext } from '../shared/context.ts';
import { tagsOf } from '../shared/deployment.ts';
import { note, report } from '../shared/tell.ts';
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
  await ctx.ledger.triggers.watch(trigger.id, ctx.clock());
  if (trigger.kind === 'deploy') {
    const message = `🚀 ${texts.started(pipeline, url)}`;
    await report(ctx, trigger.run_id, { step: 'pipeline', message, link: url, externalRunId: pipeline });
  }
  if (trigger.kind === 'decision' && trigger.sys_id !== undefined) {
    await tellDecision(ctx, trigger, trigger.sys_id, texts.started(pipeline, url));
  }
  // Its end may have been reported before its start was recorded.
  await ctx.enqueue('pipeline-result', `${project}/${pipeline}`);
}

async function tellDecision(ctx: FlowContext, trigger: Trigger, sysId: string, line: string): Promise<void> {
  const { deploy_run: deployRun, sentence = 'The change was decided.', pipeline_url: url = '' } = trigger;
  await note(ctx, sysId, 'triggered', line);
  const mark = trigger.decision === 'approved' ? '✅' : '❌';
  await report(ctx, deployRun, {
    step: `decision-${trigger.id}`,
    message: `${mark} ${sentence} ${line}`,
    ...(url === '' ? {} : { link: url }),
  });
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
  const { id, status, sys_id: sysId, reason = '' } = trigger;
  if (status === 'parked') ctx.log.error({ trigger: id, change: sysId }, `Parked: ${reason}`);
  if (trigger.silent) return ctx.log.warn({ trigger: id }, `Ignored: ${reason}`);
  if (sysId !== undefined) await note(ctx, sysId, status, reason);
  if (status === 'superseded') {
    // Whoever waits for a change that was withdrawn is told by the flow that knows it.
    if (sysId !== undefined) await ctx.enqueue('decision', sysId);
    return;
  }
  await report(ctx, trigger.run_id ?? trigger.deploy_run, {
    step: `${status}-${id}`,
    message: texts.notStarted(reason),
    ...(status === 'abandoned' ? { ends: 'FAILURE' } : {}),
  });
}
