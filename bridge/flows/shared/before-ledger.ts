import type { Change } from '../../ledger/changes.ts';
import { field } from '../../model/change.ts';
import { toIsoDate } from '../../model/time.ts';
import type { FlowContext } from './context.ts';

// A ledger that was lost, or has just begun, meets changes that were decided long ago. Their pipelines may have
// run already, so they are never triggered without a look, or an operator's word.

/** Whether the decision stood already when this ledger first saw the change, and the change is older than the ledger. */
export async function mayPredateLedger(ctx: FlowContext, change: Change): Promise<boolean> {
  const { record, approvals } = change;
  const first = approvals.get(Math.min(...approvals.keys()));
  if (first !== field(record, 'approval')) return false;
  const createdOn = toIsoDate(field(record, 'sys_created_on'));
  return createdOn !== null && Date.parse(createdOn) < (await ctx.ledger.syncs.bornAt(ctx.clock()));
}
