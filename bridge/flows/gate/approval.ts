import type { Gate } from '../../ledger/gates.ts';
import { type ChangeRecord, field, nameOf } from '../../model/change.ts';
import { awaitsDecision } from '../../model/decision.ts';
import { NotYet, RequestRefused } from '../../model/errors.ts';
import { audited } from '../shared/audited.ts';
import type { FlowContext } from '../shared/context.ts';
import { observe, readAndObserve } from '../shared/observe.ts';
import type { ApproverRow } from '../../outbound/servicenow-approvals.ts';
import { deployRunOf } from '../shared/deployment.ts';
import { peopleIn } from '../shared/approvers.ts';
import { note, report } from '../shared/tell.ts';
import * as texts from './texts.ts';

const NEW = '-5';
/**
 * Where the approvals of a change are asked for, by its type: the flows of these states do it on a stock instance
 * (docs/servicenow.md, "What a stock instance does"). A standard change is approved by its template.
 */
const ASKS: Readonly<Record<string, string>> = { normal: '-4', emergency: '-3', standard: '-2' };
/** How soon (ms) it is looked again whether a flow has asked somebody. */
const LOOK_AGAIN_MS = 500;

/**
 * Sees to it that somebody is asked to approve a gate's change: moves it out of New, looks who was asked, and tells where
 * nobody was. Run again after a crash, it does what is missing. Throws NotYet while a flow of ServiceNow may still act,
 * and whatever ServiceNow's client throws.
 */
export async function seekApproval(ctx: FlowContext, gate: Gate): Promise<void> {
  const { sys_id: sysId = '' } = gate;
  if (ctx.settings.requestApproval === 'none') return;
  const record = await readAndObserve(ctx, sysId);
  if (record === undefined || !awaitsDecision(field(record, 'approval'))) return;
  const trouble = ctx.settings.requestApproval === 'state' ? await leaveNew(ctx, record) : undefined;
  if (trouble !== undefined) return tellNobodyAsked(ctx, gate, record, trouble);
  const asked = await whoIsAsked(ctx, sysId);
  if (asked === 'somebody') return;
  if (typeof asked === 'object') return tellAsked(ctx, gate, record, asked);
  const since = await ctx.ledger.gates.askedAt(gate.id, ctx.clock());
  const left = since + ctx.settings.settleMs - ctx.clock();
  if (asked === 'nobody' && left > 0) throw new NotYet(texts.FLOW_MAY_ASK, Math.min(left + 1, LOOK_AGAIN_MS));
  await tellNobodyAsked(ctx, gate, record, asked === 'hidden' ? texts.APPROVALS_HIDDEN : '');
}

/** One legal step, to where its flow asks. Answers ServiceNow's words where it said no. */
async function leaveNew(ctx: FlowContext, record: ChangeRecord): Promise<string | undefined> {
  const to = ASKS[field(record, 'type') || 'normal'];
  if (field(record, 'state') !== NEW || to === undefined) return undefined;
  const asked = ctx.clock();
  try {
    const kept = await audited(
      ctx,
      { action: 'request-approval', subject: record.sysId, reason: texts.asksForApproval(nameOf(record)) },
      () => ctx.servicenow.patchChange(record.sysId, { state: to }),
      (answer) => texts.stateIs(nameOf(answer), field(answer, 'state')),
    );
    await observe(ctx, kept, 'read', asked);
    return field(kept, 'state') === NEW ? texts.STATE_KEPT : undefined;
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    return error.message;
  }
}

async function whoIsAsked(
  ctx: FlowContext,
  sysId: string,
): Promise<readonly ApproverRow[] | 'somebody' | 'nobody' | 'hidden'> {
  try {
    const rows = await ctx.servicenow.approvals.rows(sysId);
    const asked = rows.filter(({ state }) => state === 'requested');
    if (asked.length > 0) return asked;
    // It may have been decided meanwhile, or its template approves it.
    const now = await readAndObserve(ctx, sysId);
    return now !== undefined && awaitsDecision(field(now, 'approval')) ? 'nobody' : 'somebody';
  } catch (error) {
    if (error instanceof RequestRefused) return 'hidden';
    throw error;
  }
}

async function tellAsked(
  ctx: FlowContext,
  gate: Gate,
  record: ChangeRecord,
  rows: readonly ApproverRow[],
): Promise<void> {
  const text = texts.peopleAsked(nameOf(record), peopleIn(rows));
  await note(ctx, record.sysId, 'asked', text);
  const line = { step: `asked-${gate.id}`, message: `👤 ${text}` };
  await report(ctx, await deployRunOf(ctx, gate.request.pipeline), line);
}

async function tellNobodyAsked(
  ctx: FlowContext,
  gate: Gate,
  record: ChangeRecord,
  why: string,
): Promise<void> {
  const text = texts.nobodyAsked(nameOf(record), why, field(record, 'assignment_group'));
  ctx.log.error({ gate: gate.id, change: record.sysId }, text);
  await note(ctx, record.sysId, 'nobody-asked', text);
  const line = { step: `nobody-asked-${gate.id}`, message: `⚠️ ${text}` };
  await report(ctx, await deployRunOf(ctx, gate.request.pipeline), line);
}
