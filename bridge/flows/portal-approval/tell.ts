import type { ApproveRun } from '../../ledger/approve-runs.ts';
import { toApprovalStatus } from '../../model/decision.ts';
import type { FlowContext } from '../shared/context.ts';
import { note, report } from '../shared/tell.ts';

/**
 * Tells the run and the timeline how a run ended; `remark` is what there is to know besides. Run again after a crash in
 * between, it tells what is missing.
 */
export async function tell(ctx: FlowContext, approveRun: ApproveRun, remark: string): Promise<void> {
  const { runId, sys_id: sysId, status, decision = 'rejected' } = approveRun;
  const outcome = [approveRun.outcome, remark].filter(Boolean).join(' ');
  const isApplied = status === 'applied';
  ctx.log.info({ run: runId, change: sysId, status }, outcome);
  if (sysId !== undefined) {
    await note(ctx, sysId, isApplied ? 'portal-approval' : 'portal-approval-refused', outcome);
    await ctx.enqueue('change-sync', sysId);
  }
  await report(ctx, runId, {
    step: 'end',
    message: `${isApplied ? '✅' : '❌'} ${outcome}`,
    ends: isApplied ? 'SUCCESS' : 'FAILURE',
    label: isApplied ? toApprovalStatus(decision) : 'not decided',
  });
  await ctx.ledger.owed.settle('portal-approval', runId);
}
