import type { Change } from '../../ledger/changes.ts';
import { isWaiting } from '../../ledger/triggers.ts';
import { isCancelled, isClosed } from '../../model/change.ts';
import type { FlowContext } from '../shared/context.ts';
import { tagsOf } from '../shared/deployment.ts';
import { note, report } from '../shared/tell.ts';
import * as texts from './texts.ts';

/**
 * Ends the developer's run where its change can no longer be approved: deleted, cancelled, or closed without a
 * decision. A decision that has its pipeline, or still gets it, tells the run itself.
 */
export async function tellWithdrawn(ctx: FlowContext, change: Change): Promise<void> {
  const why = withdrawn(change);
  if (why === undefined) return;
  const { deployRun } = await tagsOf(ctx, change.record);
  if (deployRun === undefined || (await ctx.ledger.runReports.ended(deployRun))) return;
  const fresh = await ctx.ledger.changes.get(change.record.sysId);
  const decision = fresh?.decision === undefined ? undefined : await ctx.ledger.triggers.get(fresh.decision);
  const doomed = decision !== undefined && isWaiting(decision.status) && decision.decision === 'approved';
  if (decision !== undefined && decision.status !== 'superseded' && !doomed) return;
  const gate = await ctx.ledger.gates.ofChange(change.record.sysId);
  const expired = gate?.status === 'withdrawn' ? gate.outcome : undefined;
  const text = expired ?? texts.nothingIsDeployed(change.record, why);
  await note(ctx, change.record.sysId, 'withdrawn', text);
  await report(ctx, deployRun, { step: 'end', message: `❌ ${text}`, ends: 'FAILURE', label: 'withdrawn' });
}

function withdrawn(change: Change): string | undefined {
  if (change.deleted) return texts.WAS_DELETED;
  if (isCancelled(change.record)) return texts.WAS_CANCELLED;
  if (isClosed(change.record)) return texts.WAS_CLOSED;
  return undefined;
}
