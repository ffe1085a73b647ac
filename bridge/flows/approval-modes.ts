import type { Wish } from '../ledger/approvals.ts';
import { type ChangeRecord, field, nameOf } from '../model/change.ts';
import { toApprovalStatus } from '../model/decision.ts';
import { type FlowContext, readAndObserve } from './context.ts';

/**
 * How ServiceNow took a decision. `decided`: the change shows it. `recorded`: it counts, but the change waits
 * for more approvers. `refused`: nothing was kept.
 */
export type Written =
  | { readonly kind: 'decided'; readonly record: ChangeRecord }
  | { readonly kind: 'recorded'; readonly record: ChangeRecord; readonly text: string }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Writes a decision in the way that SERVICENOW_APPROVAL_MODE names, and compares what ServiceNow kept with what
 * was sent: a field that the integration user may not write is dropped without an error.
 */
export async function writeDecision(ctx: FlowContext, wish: Wish, record: ChangeRecord): Promise<Written> {
  if (ctx.settings.approvalMode === 'field') return writeField(ctx, wish, record);
  if (ctx.settings.approvalMode === 'approver') return writeApprover(ctx, wish, record);
  return writeThroughChangeApi(ctx, wish, record);
}

/** The words that name the real approver: ServiceNow itself only sees the integration user. */
function comment(wish: Wish): string {
  const reason = wish.reason === '' ? 'No reason was given.' : `Reason: ${wish.reason}`;
  return `${capital(toApprovalStatus(wish.decision))} in the developer portal by ${wish.actor}. ${reason}`;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

async function writeField(ctx: FlowContext, wish: Wish, record: ChangeRecord): Promise<Written> {
  const sent = { approval: wish.decision, work_notes: comment(wish) };
  const answer = await ctx.servicenow.patchChange(record.sysId, sent);
  const kept = field(answer, 'approval');
  if (kept === wish.decision) return { kind: 'decided', record: answer };
  return {
    kind: 'refused',
    reason: `ServiceNow took the request for ${nameOf(record)} and left approval at "${kept}" instead of "${wish.decision}": the integration user lacks the right to write change_request.approval. Give it the write ACL for that field (role x_chb_changebridge.integration), or set SERVICENOW_APPROVAL_MODE to approver or change-api.`,
  };
}

async function writeApprover(ctx: FlowContext, wish: Wish, record: ChangeRecord): Promise<Written> {
  const pending = await ctx.servicenow.approversWho(record.sysId, 'requested');
  const own = pending.find((row) => row.email !== '' && row.email.toLowerCase() === wish.actor.toLowerCase());
  const row = own ?? (pending.length === 1 ? pending[0] : undefined);
  if (row === undefined) {
    const reason =
      pending.length === 0
        ? `${nameOf(record)} has no pending approval in ServiceNow (sysapproval_approver), or the integration user may not read it: request the approval there first.`
        : `${nameOf(record)} waits for ${pending.length} approvers (${pending.map((each) => each.name).join(', ')}), and none of them is ${wish.actor}.`;
    return { kind: 'refused', reason };
  }
  const kept = await ctx.servicenow.decideApprover(row.sysId, wish.decision, comment(wish));
  if (kept !== wish.decision) {
    return {
      kind: 'refused',
      reason: `ServiceNow took the request for ${nameOf(record)} and left the approval of ${row.name} at "${kept}": the integration user lacks the right to write sysapproval_approver.state (role approval_admin, or being that approver or a delegate).`,
    };
  }
  return confirm(ctx, wish, record);
}

async function writeThroughChangeApi(ctx: FlowContext, wish: Wish, record: ChangeRecord): Promise<Written> {
  await ctx.servicenow.decideThroughChangeApi(record.sysId, wish.decision, comment(wish));
  return confirm(ctx, wish, record);
}

/** The approver's row is decided; the change follows only when all that are needed have approved. */
async function confirm(ctx: FlowContext, wish: Wish, record: ChangeRecord): Promise<Written> {
  const now = (await readAndObserve(ctx, record.sysId)) ?? record;
  const approval = field(now, 'approval');
  if (approval === wish.decision) return { kind: 'decided', record: now };
  const text = `The decision of ${wish.actor} on ${nameOf(record)} is recorded in ServiceNow; the change still shows "${approval}" because other approvers have to decide too.`;
  return { kind: 'recorded', record: now, text };
}
