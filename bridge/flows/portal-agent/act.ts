import {
  type Acceptance,
  acceptApprovals,
  acceptApprove,
  acceptDeploy,
  acceptEntity,
  acceptPipelineRun,
  owesAnswer,
} from '../../intake/portal.ts';
import type { FlowContext } from '../shared/context.ts';
import type { Plan } from './plan.ts';

/** What the bridge does about a run: everything but leaving it to others. */
type Taken = Exclude<Plan, { kind: 'foreign' }>;

/** Stores what a claimed run of an action asks for, and asks for its flow: as if the portal had called. */
export async function takeRun(ctx: FlowContext, id: string, plan: Taken): Promise<Acceptance> {
  if (plan.kind === 'approve') return acceptApprove(ctx, plan.call);
  if (plan.kind === 'deploy') return acceptDeploy(ctx, plan.call);
  if (plan.kind === 'entity') return acceptEntity(ctx, plan.call);
  if (plan.kind === 'gitlab') return acceptPipelineRun(ctx, plan.run);
  if (plan.kind === 'approvals') return acceptApprovals(ctx, id);
  if (plan.kind === 'undecided') return owesAnswer(ctx, id, { about: 'approval', subject: id });
  return owesAnswer(ctx, id, { about: 'nothing', subject: '', problem: plan.problem });
}

/** Stores what a claimed run of a workflow's node tells. The node is ended with what became of it. */
export async function takeNode(ctx: FlowContext, id: string, plan: Taken): Promise<Acceptance> {
  return owesAnswer(ctx, id, { ...(await toldBy(ctx, plan)), isNode: true });
}

async function toldBy(ctx: FlowContext, plan: Taken): Promise<Parameters<typeof owesAnswer>[2]> {
  if (plan.kind === 'approve') {
    await acceptApprove(ctx, { ...plan.call, caller: undefined });
    return { about: 'approval', subject: plan.call.run };
  }
  if (plan.kind === 'deploy') {
    await acceptDeploy(ctx, { ...plan.call, checkRun: undefined });
    return { about: 'deployment', subject: plan.call.run };
  }
  if (plan.kind === 'gitlab') {
    await acceptPipelineRun(ctx, plan.run);
    return { about: 'deployment', subject: plan.run.runId };
  }
  if (plan.kind === 'entity') {
    await acceptEntity(ctx, { ...plan.call, caller: undefined });
    return { about: 'change', subject: plan.call.sysId };
  }
  return { about: 'nothing', subject: '', problem: plan.kind === 'unreadable' ? plan.problem : '' };
}
