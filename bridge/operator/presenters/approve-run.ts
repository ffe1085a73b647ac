import type { ApproveRun } from '../../ledger/approve-runs.ts';
import { labelOf } from './choices.ts';
import { isoTime } from './time.ts';

/** What is shown of a decision that somebody asked for in the portal. */
export function presentApproveRun(run: ApproveRun) {
  const { decision } = run;
  return {
    run_id: run.runId,
    status: run.status,
    ...(decision === undefined ? {} : { decision, decision_label: labelOf('approval', decision) }),
    actor: run.actor,
    via: run.via,
    reason: run.reason,
    outcome: run.outcome,
    applied_version: run.applied_version,
    created_at: isoTime(run.created_at),
    updated_at: isoTime(run.updated_at),
  };
}
