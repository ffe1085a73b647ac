import type { ApproveRun } from '../../ledger/approve-runs.ts';
import { RequestRefused } from '../../model/errors.ts';
import type { ApproverRow } from '../../outbound/servicenow-approvals.ts';
import { audited } from '../shared/audited.ts';
import { peopleIn } from '../shared/approvers.ts';
import type { FlowContext } from '../shared/context.ts';
import { NOT_OURS } from './plan.ts';
import * as texts from './texts.ts';

/**
 * Settles who is still asked about a change that this run decided by its field: their rows stay pending on their own,
 * and one of them could turn the decision around later. Answers a sentence on what became of them, `''` where nobody is
 * asked. Run again after a crash, it does what is missing. Throws whatever ServiceNow's client throws.
 */
export async function settleRows(ctx: FlowContext, run: ApproveRun): Promise<string> {
  const { sys_id: sysId, decision, applied_version: version = NOT_OURS } = run;
  const isOurs = run.status === 'applied' && version !== NOT_OURS;
  if (ctx.settings.approvalMode !== 'field' || !isOurs || sysId === undefined || decision === undefined)
    return '';
  const rows = await readRows(ctx, sysId);
  if (rows === undefined) return '';
  const pending = rows.filter(({ state }) => state === 'requested');
  const plan = planSettling(rows, decision);
  if (plan === 'none') return '';
  const remain = plan === 'leave' ? pending : await setAside(ctx, run, sysId, pending);
  if (remain.length === 0) return texts.setAside(peopleIn(pending));
  const text = texts.remain(peopleIn(remain), plan === 'leave' ? texts.WOULD_APPROVE : texts.MAY_NOT_SETTLE);
  await noteInServiceNow(ctx, sysId, text);
  return text;
}

/**
 * Whether the rows that are still pending may be set aside. Once somebody has approved, a declined change keeps its
 * rows: with nobody left to wait for, ServiceNow would derive an approval from the others.
 */
export function planSettling(
  rows: readonly Pick<ApproverRow, 'state'>[],
  decision: 'approved' | 'rejected',
): 'none' | 'leave' | 'settle' {
  if (!rows.some(({ state }) => state === 'requested')) return 'none';
  return decision === 'rejected' && rows.some(({ state }) => state === 'approved') ? 'leave' : 'settle';
}

async function readRows(ctx: FlowContext, sysId: string): Promise<ApproverRow[] | undefined> {
  try {
    return await ctx.servicenow.approvals.rows(sysId);
  } catch (error) {
    if (error instanceof RequestRefused) return undefined;
    throw error;
  }
}

/** Answers the rows that ServiceNow did not let go. */
async function setAside(
  ctx: FlowContext,
  { actor = '', decision = 'rejected' }: ApproveRun,
  sysId: string,
  pending: readonly ApproverRow[],
): Promise<ApproverRow[]> {
  const remain: ApproverRow[] = [];
  for (const row of pending) {
    const fact = { action: 'set-aside-approval', subject: sysId, reason: texts.setsAside(peopleIn([row])) };
    const comment = texts.settledComment(decision, actor);
    try {
      const kept = await audited(
        ctx,
        fact,
        () => ctx.servicenow.approvals.decide(row.sysId, 'not_required', comment),
        (state) => `The row is "${state}".`,
      );
      if (kept === 'requested') remain.push(row);
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      remain.push(row);
    }
  }
  return remain;
}

/** A work note cannot be told from a repetition: it is looked for first. */
async function noteInServiceNow(ctx: FlowContext, sysId: string, text: string): Promise<void> {
  const { servicenow } = ctx;
  try {
    if ((await servicenow.files.workNotesHave(sysId, text)) !== 'absent') return;
    await servicenow.patchChange(sysId, { work_notes: text });
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    ctx.log.warn({ change: sysId }, `The work note was refused: ${error.message}`);
  }
}
