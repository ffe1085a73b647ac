import type { Change } from '../ledger/changes.ts';
import { type ChangeRecord, field, isClosed } from '../model/change.ts';
import { type Decision, toApprovalStatus } from '../model/decision.ts';
import { CredentialsRefused, RequestRefused } from '../model/errors.ts';
import type { Route } from '../outbound/gitlab.ts';
import type { FlowContext } from './context.ts';
import { toIsoDate } from './portal-entity.ts';

// A ledger that was lost, or has just begun, meets changes that were decided long ago. Their pipelines may have
// run already, so they are never triggered without a look, or an operator's word.

const RESOLVE = 'Look at the pipelines of its project, then resolve this decision: trigger or abandon.';

/** How a decision enters the ledger: what a reconcile finds standing since before the ledger waits for an operator. */
export async function initialStatus(
  ctx: FlowContext,
  change: Change,
): Promise<{ status: 'pending' | 'parked' | 'abandoned'; reason: string }> {
  if (change.firstSeenBy !== 'reconcile' || !(await mayBeOld(ctx, change.record))) {
    return { status: 'pending', reason: '' };
  }
  if (isClosed(change.record)) {
    return { status: 'abandoned', reason: 'Decided and closed before this ledger began.' };
  }
  return {
    status: 'parked',
    reason: `Decided before this ledger began, so its pipeline may have run already. ${RESOLVE}`,
  };
}

/**
 * Why a decision may have been acted upon before this ledger began: GitLab shows a pipeline for it, or cannot be
 * asked about an old change. Undefined where there is no such doubt. Without a token that can read nobody looks.
 */
export async function actedUponBefore(
  ctx: FlowContext,
  record: ChangeRecord,
  decision: Decision,
  route: Route,
): Promise<string | undefined> {
  if (!ctx.gitlab.canRead || !(await mayBeOld(ctx, record))) return undefined;
  const status = toApprovalStatus(decision);
  const since = Date.parse(toIsoDate(field(record, 'sys_created_on')) ?? '');
  try {
    const found = await ctx.gitlab.findTriggered(
      route,
      (payload) => payload.system_id === record.sysId && payload.approval_status === status,
      since,
    );
    if (found === undefined) return undefined;
    return `Pipeline ${found.id} was started for this change before this ledger began: ${found.url}. ${RESOLVE}`;
  } catch (error) {
    if (!(error instanceof RequestRefused) && !(error instanceof CredentialsRefused)) throw error;
    return `The change is older than this ledger, and GitLab does not tell what was started for it (${error.message}). ${RESOLVE}`;
  }
}

/** Whether the decision stood already when this ledger first saw the change, and the change is older than the ledger. */
async function mayBeOld(ctx: FlowContext, record: ChangeRecord): Promise<boolean> {
  const first = await ctx.ledger.changes.firstApproval(record.sysId);
  if (first !== field(record, 'approval')) return false;
  const createdOn = toIsoDate(field(record, 'sys_created_on'));
  return createdOn !== null && Date.parse(createdOn) < (await ctx.ledger.syncs.bornAt(ctx.clock()));
}
