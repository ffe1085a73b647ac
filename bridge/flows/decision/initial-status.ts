import type { Change } from '../../ledger/changes.ts';
import type { InitialStatus } from '../../ledger/triggers.ts';
import { isClosed } from '../../model/change.ts';
import { LOOK_AND_RESOLVE, mayPredateLedger } from '../shared/before-ledger.ts';
import type { FlowContext } from '../shared/context.ts';

/** How a decision enters the ledger: what a reconcile finds standing since before the ledger waits for an operator. */
export async function initialStatus(ctx: FlowContext, change: Change): Promise<InitialStatus> {
  if (change.firstSeenBy !== 'reconcile' || !(await mayPredateLedger(ctx, change))) {
    return { status: 'pending', reason: '' };
  }
  if (isClosed(change.record)) {
    return { status: 'abandoned', reason: 'Decided and closed before this ledger began.' };
  }
  return {
    status: 'parked',
    reason: `Decided before this ledger began, so its pipeline may have run already. ${LOOK_AND_RESOLVE}`,
  };
}
