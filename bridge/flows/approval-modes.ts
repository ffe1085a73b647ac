import type { ApproveRequest } from '../ledger/approve-runs.ts';
import { type ChangeRecord, field, nameOf } from '../model/change.ts';
import { toApprovalStatus } from '../model/decision.ts';
import type { ApproverRow } from '../outbound/servicenow.ts';
import type { FlowContext } from './shared/context.ts';
import { readAndObserve } from './shared/observe.ts';

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
export async function writeDecision(
  ctx: FlowContext,
  wish: ApproveRequest,
  record: ChangeRecord,
): Promise<Written> {
  if (ctx.settings.approvalMode === 'field') return writeField(ctx, wish, record);
  if (ctx.settings.approvalMode === 'approver') return writeApprover(ctx, wish, record);
  return writeThroughChangeApi(ctx, wish, record);
}

/** The words that name the real approver: ServiceNow itself only sees the integration user. */
function comment(wish: ApproveRequest): string {
  const reason = wish.reason === '' ? 'No reason was given.' : `Reason: ${wish.reason}`;
  const via = wish.via === undefined ? '' : ` (run in their name by ${wish.via})`;
  return `${capital(toApprovalStatus(wish.decision))} in the developer portal by ${wish.actor}${via}. ${reason}`;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

async function writeField(ctx: FlowContext, wish: ApproveRequest, record: ChangeRecord): Promise<Written> {
  const sent = { approval: wish.decision, work_notes: comment(wish) };
  const answer = await ctx.servicenow.patchChange(record.sysId, sent);
  const kept = field(answer, 'approval');
  if (kept === wish.decision) return { kind: 'decided', record: answer };
  return {
    kind: 'refused',
    reason: `ServiceNow took the request for ${nameOf(record)} and left approval at "${kept}" instead of "${wish.decision}": the integration user lacks the right to write change_request.approval. Give it the write ACL for that field (role x_chb_changebridge.integration), or set SERVICENOW_APPROVAL_MODE to approver or change-api.`,
  };
}

/**
 * Decides the actor's own approval row, and no other: the integration account could decide every row, so that one
 * person would count for several.
 */
async function writeApprover(ctx: FlowContext, wish: ApproveRequest, record: ChangeRecord): Promise<Written> {
  const isOwn = (row: ApproverRow): boolean => row.email.toLowerCase() === wish.actor.toLowerCase();
  const { pending, own, decided } = await rowsOf(ctx, wish, record, isOwn);
  if (own === undefined && decided) return confirm(ctx, wish, record);
  if (own === undefined) return { kind: 'refused', reason: notAnApprover(wish, record, pending) };
  const kept = await ctx.servicenow.decideApprover(own.sysId, wish.decision, comment(wish));
  if (kept === wish.decision) return confirm(ctx, wish, record);
  return {
    kind: 'refused',
    reason: `ServiceNow took the request for ${nameOf(record)} and left the approval of ${own.name} at "${kept}": the integration user lacks the right to write sysapproval_approver.state (role x_chb_changebridge.integration_approver).`,
  };
}

type Rows = {
  readonly pending: readonly ApproverRow[];
  /** The row that waits for this person. */
  readonly own: ApproverRow | undefined;
  /** A row of this person says already what is wished: an earlier answer was lost, or they decided in ServiceNow. */
  readonly decided: boolean;
};

async function rowsOf(
  ctx: FlowContext,
  wish: ApproveRequest,
  record: ChangeRecord,
  isOwn: (row: ApproverRow) => boolean,
): Promise<Rows> {
  const pending = await ctx.servicenow.approversWho(record.sysId, 'requested');
  const own = pending.find(isOwn);
  if (own !== undefined) return { pending, own, decided: false };
  return {
    pending,
    own,
    decided: (await ctx.servicenow.approversWho(record.sysId, wish.decision)).some(isOwn),
  };
}

function notAnApprover(wish: ApproveRequest, record: ChangeRecord, pending: readonly ApproverRow[]): string {
  if (pending.length === 0) {
    return `${nameOf(record)} has no pending approval in ServiceNow (sysapproval_approver), or the integration user may not read it: request the approval there first.`;
  }
  const names = pending.map((row) => row.name).join(', ');
  return `${nameOf(record)} waits for ${names} in ServiceNow, and ${wish.actor} is none of them (approvers are known by their e-mail address).`;
}

async function writeThroughChangeApi(
  ctx: FlowContext,
  wish: ApproveRequest,
  record: ChangeRecord,
): Promise<Written> {
  const { userName } = ctx.servicenow;
  const { own, decided } = await rowsOf(ctx, wish, record, (row) => row.name === userName);
  if (own === undefined && decided) return confirm(ctx, wish, record);
  await ctx.servicenow.decideThroughChangeApi(record.sysId, wish.decision, comment(wish));
  return confirm(ctx, wish, record);
}

/** The approver's row is decided; the change follows only when all that are needed have approved. */
async function confirm(ctx: FlowContext, wish: ApproveRequest, record: ChangeRecord): Promise<Written> {
  const now = (await readAndObserve(ctx, record.sysId)) ?? record;
  const approval = field(now, 'approval');
  if (approval === wish.decision) return { kind: 'decided', record: now };
  const text = `The decision of ${wish.actor} on ${nameOf(record)} is recorded in ServiceNow; the change still shows "${approval}" because other approvers have to decide too.`;
  return { kind: 'recorded', record: now, text };
}
