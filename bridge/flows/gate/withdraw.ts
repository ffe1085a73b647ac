import type { Gate } from '../../ledger/gates.ts';
import { type ChangeRecord, field, isCancelled, isClosed } from '../../model/change.ts';
import { isDecision } from '../../model/decision.ts';
import { RequestRefused } from '../../model/errors.ts';
import { audited } from '../shared/audited.ts';
import type { FlowContext } from '../shared/context.ts';
import { deployRunOf } from '../shared/deployment.ts';
import { observe, readAndObserve } from '../shared/observe.ts';
import { note, report } from '../shared/tell.ts';
import * as texts from './texts.ts';

/** ServiceNow's state Canceled. */
const CANCELED = '4';

/**
 * Withdraws a gate whose time is over: nothing may be deployed by it from now on, its change is cancelled, and the
 * developer is told. A change that was decided in time stays as it is. Run again after a crash, it does what is
 * missing. Throws what ServiceNow's client throws.
 */
export async function withdrawExpired(ctx: FlowContext, gate: Gate): Promise<void> {
  const { gates } = ctx.ledger;
  const record = gate.sys_id === undefined ? undefined : await readAndObserve(ctx, gate.sys_id);
  const isOver = record !== undefined && (isDecision(field(record, 'approval')) || isClosed(record));
  if (gate.status === 'open' && isOver) return gates.settleExpiry(gate.id);
  await gates.withdrawn(gate.id, texts.withdrawn(gate));
  const trouble = record === undefined || isOver ? undefined : await cancel(ctx, gate, record);
  await tell(ctx, gate, trouble);
  await gates.settleExpiry(gate.id);
}

/** Cancels the change. Answers why ServiceNow did not, where it said no. */
async function cancel(ctx: FlowContext, gate: Gate, record: ChangeRecord): Promise<string | undefined> {
  if (isCancelled(record)) return undefined;
  const asked = ctx.clock();
  try {
    const reason = texts.withdrawn(gate);
    const trouble = (kept: ChangeRecord) =>
      isCancelled(kept) ? undefined : texts.notCancelled(gate, field(kept, 'state'));
    const kept = await audited(
      ctx,
      { action: 'cancel-change', subject: record.sysId, reason },
      () => ctx.servicenow.patchChange(record.sysId, { state: CANCELED, work_notes: reason }),
      (answer) => trouble(answer) ?? texts.cancelled(gate),
    );
    await observe(ctx, kept, 'read', asked);
    return trouble(kept);
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    return texts.notCancelled(gate, error.message);
  }
}

async function tell(ctx: FlowContext, gate: Gate, trouble: string | undefined): Promise<void> {
  const text = texts.withdrawn(gate);
  ctx.log.info({ gate: gate.id, change: gate.sys_id }, text);
  if (gate.sys_id !== undefined) {
    await note(ctx, gate.sys_id, 'withdrawn', trouble === undefined ? text : `${text} ${trouble}`);
    await ctx.enqueue('change-sync', gate.sys_id);
  }
  const line = { step: 'end', message: `❌ ${text}`, ends: 'FAILURE', label: 'withdrawn' } as const;
  await report(ctx, await deployRunOf(ctx, gate.request.pipeline), line);
}
