import { deployId } from '../../model/decision.ts';
import { pipelineRunSchema } from '../../model/pipeline-run.ts';
import { approveCallSchema, deployCallSchema, entityCallSchema } from '../../model/portal-calls.ts';
import type { PortalCall } from '../../ledger/portal-calls.ts';
import type { DeployExtras } from '../../ledger/triggers.ts';
import type { Run } from '../../outbound/port.ts';
import type { FlowContext } from './context.ts';
import { isSentTo, routeOfRun } from './sent-here.ts';

// The portal does not repeat a lost webhook: its run just stays open.

/** Takes up the open runs of the approve action. */
export async function feedApproveRuns(ctx: FlowContext): Promise<void> {
  for (const run of await ctx.port.openRuns(ctx.settings.approveAction)) {
    await ctx.ledger.approveRuns.record(run.id, ctx.clock());
    await ctx.enqueue('portal-approval', run.id);
  }
}

/**
 * Takes up the open runs of the deploy actions that the portal sent to this bridge. One that went elsewhere is somebody
 * else's, and one without an address is for an agent to claim.
 */
export async function feedDeployRuns(ctx: FlowContext): Promise<void> {
  for (const action of ctx.settings.deployActions) {
    for (const run of await ctx.port.openRuns(action)) {
      if (isSentTo(run, 'deploy')) await feedDeploy(ctx, run);
      if (isSentTo(run, 'gitlab') && run.payload?.url !== undefined) await feedPipelineRun(ctx, run);
    }
  }
}

async function feedDeploy(ctx: FlowContext, sent: Run): Promise<void> {
  const told = { runId: sent.id, properties: sent.properties };
  const call = deployCallSchema.safeParse(sent.payload?.body ?? told);
  const { run, checkRun } = call.success ? call.data : { run: sent.id, checkRun: undefined };
  await takeUp(ctx, run, {}, { checkRun });
}

async function feedPipelineRun(ctx: FlowContext, sent: Run): Promise<void> {
  const asked = pipelineRunSchema.safeParse(sent.payload?.body);
  if (!asked.success || asked.data.runId !== sent.id) return;
  const { pipeline, payload } = asked.data;
  await takeUp(ctx, sent.id, { pipeline }, { payload });
}

/** A run that a change stands for has had its pipeline. */
async function takeUp(ctx: FlowContext, runId: string, asked: object, extras: DeployExtras): Promise<void> {
  const { runTies, triggers } = ctx.ledger;
  if ((await runTies.holderOf(runId)) !== undefined) return;
  const id = deployId(runId);
  const request = { runId, inputs: {}, ...asked };
  if (await triggers.recordDeploy(id, runId, request, ctx.clock(), extras))
    await ctx.enqueue('pipeline-trigger', id);
}

/** Takes up the open runs of automations that the portal sent to this bridge, so that each gets its end. */
export async function feedAutomationRuns(ctx: FlowContext): Promise<void> {
  for (const run of await ctx.port.openAutomationRuns()) {
    const told = toldBy(run);
    if (told === undefined) continue;
    if (!(await ctx.ledger.portalCalls.record({ runId: run.id, ...told }, ctx.clock()))) continue;
    if (told.about === 'change') {
      await ctx.ledger.changes.askRefresh(told.subject, ctx.clock());
      await ctx.enqueue('change-sync', told.subject);
    }
    await ctx.enqueue('portal-call', run.id);
  }
}

function toldBy(run: Run): Pick<PortalCall, 'about' | 'subject' | 'problem'> | undefined {
  const route = routeOfRun(run);
  const body = run.payload?.body;
  if (route === 'approve') {
    const call = approveCallSchema.safeParse(body);
    // A body that was made for ServiceNow names no run.
    if (!call.success || call.data.run === run.id) return { about: 'approvals', subject: '', problem: '' };
    return { about: 'approval', subject: call.data.run, problem: '' };
  }
  if (route !== 'entity') return undefined;
  const call = entityCallSchema.safeParse(body);
  if (call.success) return { about: 'change', subject: call.data.sysId, problem: '' };
  return { about: 'nothing', subject: '', problem: call.error.issues[0]?.message ?? '' };
}
