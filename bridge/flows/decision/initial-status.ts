import type { Change } from '../../ledger/changes.ts';
import type { InitialStatus } from '../../ledger/triggers.ts';
import { isClosed } from '../../model/change.ts';
import { mayPredateLedger } from '../shared/before-ledger.ts';
import type { FlowContext } from '../shared/context.ts';
import * as texts from './texts.ts';

/** How a decision enters the ledger: what a reconcile finds standing since before the ledger waits for an operator. */
export async function initialStatus(ctx: FlowContext, change: Change): Promise<InitialStatus> {
  if (change.firstSeenBy !== 'reconcile' || !(await mayPredateLedger(ctx, change))) {
    return { status: 'pending', reason: '' };
  }
  if (isClosed(change.record)) {
    return { status: 'abandoned', reason: texts.CLOSED_BEFORE_LEDGER };
  }
  return { status: 'parked', reason: texts.DECIDED_BEFORE_LEDGER };
}
