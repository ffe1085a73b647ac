import type { ApproveRequest } from '../../ledger/approve-runs.ts';
import { type ChangeRecord, field } from '../../model/change.ts';
import type { ApproverRow } from '../../outbound/servicenow-approvals.ts';
import { peopleIn, personIn, progressOf } from '../shared/approvers.ts';
import type { FlowContext } from '../shared/context.ts';
import { readAndObserve } from '../shared/observe.ts';
import type { Write } from './plan.ts';
import * as texts from './texts.ts';

/**
 * How ServiceNow took a decision. `decided`: the change shows it. `recorded`: it counts, but the change waits
 * for more approvers. `refused`: nothing was kept.
 */
export type Written =
  | { readonly kind: 'decided'; readonly record: ChangeRecord }
  | { readonly kind: 'recorded'; readonly record: ChangeRecord; readonly outcome: string }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Writes a decision in the way that SERVICENOW_APPROVAL_MODE names, and compares what ServiceNow kept with what
 * was sent: a field that the integration user may not write is dropped without an error.
 */
export async function writeDecision(ctx: FlowContext, { request, record, remark }: Write): Promise<Written> {
  const { approvalMode } = ctx.settings;
  const comment = texts.comment(request, remark);
  if (approvalMode === 'field') return writeField(ctx, request, record, comment);
  if (approvalMode === 'approver') return writeApprover(ctx, request, record, comment);
  return writeThroughChangeApi(ctx, request, record, comment);
}

async function writeField(
  ctx: FlowContext,
  { decision }: ApproveRequest,
  record: ChangeRecord,
  comment: string,
): Promise<Written> {
  const sent = { approval: decision, work_notes: comment };
  const answer = await ctx.servicenow.patchChange(record.sysId, sent);
  const kept = field(answer, 'approval');
  if (kept === decision) return { kind: 'decided', record: answer };
  return { kind: 'refused', reason: texts.fieldNotWritten(record, decision, kept) };
}

/**
 * Decides the actor's own approval row, and no other: the integration account could decide every row, so that one
 * person would count for several.
 */
async function writeApprover(
  ctx: FlowContext,
  request: ApproveRequest,
  record: ChangeRecord,
  comment: string,
): Promise<Written> {
  const { actor, decision } = request;
  const isOwn = (row: ApproverRow): boolean => row.email.toLowerCase() === actor.toLowerCase();
  const { pending, own, isDecided } = await rowsOf(ctx, request, record, isOwn);
  if (own === undefined && isDecided) return confirm(ctx, request, record);
  if (own === undefined) return { kind: 'refused', reason: notAnApprover(actor, record, pending) };
  const kept = await ctx.servicenow.approvals.decide(own.sysId, decision, comment);
  if (kept === decision) return confirm(ctx, request, record);
  return { kind: 'refused', reason: texts.approverNotWritten(record, personIn(own), kept) };
}

function notAnApprover(actor: string, record: ChangeRecord, pending: readonly ApproverRow[]): string {
  if (pending.length === 0) return texts.noPendingApproval(record);
  return texts.notAnApprover(record, peopleIn(pending), actor);
}

async function writeThroughChangeApi(
  ctx: FlowContext,
  request: ApproveRequest,
  record: ChangeRecord,
  comment: string,
): Promise<Written> {
  const { userName } = ctx.servicenow;
  const { own, isDecided } = await rowsOf(ctx, request, record, (row) => row.name === userName);
  if (own === undefined && isDecided) return confirm(ctx, request, record);
  await ctx.servicenow.approvals.decideAsCaller(record.sysId, request.decision, comment);
  return confirm(ctx, request, record);
}

type Rows = {
  readonly pending: readonly ApproverRow[];
  /** The row that waits for this person. */
  readonly own: ApproverRow | undefined;
  /** A row of this person already says what is asked for: an earlier answer was lost, or they decided in ServiceNow. */
  readonly isDecided: boolean;
};

async function rowsOf(
  ctx: FlowContext,
  { decision }: ApproveRequest,
  { sysId }: ChangeRecord,
  isOwn: (row: ApproverRow) => boolean,
): Promise<Rows> {
  const rows = await ctx.servicenow.approvals.rows(sysId);
  const pending = rows.filter(({ state }) => state === 'requested');
  const own = pending.find(isOwn);
  const isDecided = own === undefined && rows.some((row) => row.state === decision && isOwn(row));
  return { pending, own, isDecided };
}

/** The approver's row is decided; the change follows only when all who are needed have approved. */
async function confirm(ctx: FlowContext, request: ApproveRequest, record: ChangeRecord): Promise<Written> {
  const now = (await readAndObserve(ctx, record.sysId)) ?? record;
  const approval = field(now, 'approval');
  if (approval === request.decision) return { kind: 'decided', record: now };
  const progress = progressOf(await ctx.servicenow.approvals.rows(record.sysId));
  const outcome = texts.waitsForOthers(record, request.actor, approval, progress);
  return { kind: 'recorded', record: now, outcome };
}
