import type { ApproveRun } from '../../ledger/approve-runs.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { ReplayEffect } from '../../model/jobs.ts';
import type { FlowContext } from '../shared/context.ts';
import type { Flow } from '../shared/flow.ts';
import { act, inTurn } from './act.ts';
import { deciderOf, gatherChange, gatherRun, readChangeOf } from './gather.ts';
import { planClosing, planDecision, planRun } from './plan.ts';
import { settleRows } from './settle.ts';
import { tell } from './tell.ts';

/**
 * Carries one portal approval to ServiceNow, at most once. The webhook only said "look at this run": what counts is
 * the run as the portal's API shows it, and the change as ServiceNow shows it right before the write.
 */
export const portalApproval = {
  name: 'portal-approval',
  concurrency: 8,
  run,
  owes: true,
  replayEffect,
} as const satisfies Flow;

async function run(ctx: FlowContext, runId: string): Promise<void> {
  const approveRun = await ctx.ledger.approveRuns.get(runId);
  if (approveRun === undefined || !(await ctx.ledger.owed.isOwed('portal-approval', runId))) return;
  if (!isFinished(approveRun)) await advance(ctx, approveRun);
  const ended = await ctx.ledger.approveRuns.get(runId);
  if (ended !== undefined && isFinished(ended)) await tell(ctx, ended, await settleRows(ctx, ended));
}

async function advance(ctx: FlowContext, approveRun: ApproveRun): Promise<void> {
  const { runId } = approveRun;
  const { userName } = ctx.servicenow;
  const asked = planRun(approveRun, await gatherRun(ctx, runId));
  if (asked.kind === 'close') {
    const record = await readChangeOf(ctx, approveRun);
    const decider = await deciderOf(ctx, approveRun.sys_id, approveRun.decision);
    return act(ctx, runId, planClosing(approveRun, asked.reason, record, { account: userName, decider }));
  }
  if (asked.kind !== 'decide') return act(ctx, runId, asked);
  await inTurn(ctx, runId, asked.request, async () => {
    const facts = await gatherChange(ctx, asked);
    const { sysId, decision } = asked.request;
    const decider = await deciderOf(ctx, sysId, decision);
    const policy = { selfApproval: ctx.settings.selfApproval, account: userName, decider };
    await act(ctx, runId, planDecision(approveRun, asked, facts, policy));
  });
}

function isFinished({ status }: ApproveRun): boolean {
  return status === 'applied' || status === 'refused';
}

async function replayEffect(ledger: Ledger, runId: string): Promise<ReplayEffect> {
  const status = (await ledger.approveRuns.get(runId))?.status;
  if (status === 'applied') return 'already_applied';
  return status === 'refused' ? 'superseded' : 'would_apply';
}
