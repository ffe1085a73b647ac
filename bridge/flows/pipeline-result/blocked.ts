import { ownPipeline } from '../../ledger/gates.ts';
import { isFinished, type Trigger } from '../../ledger/triggers.ts';
import type { FlowContext } from '../shared/context.ts';

/** GitLab's status of a pipeline that waits for a click. It has not ended. */
export const BLOCKED = 'manual';

/**
 * Follows up on a pipeline that waits for a click: its decision may be there already, and wait for the pipeline to
 * come this far. Where its run has ended nobody waits for the pipeline, so it is not asked for any more. `trigger` is
 * the record that it acts for.
 */
export async function followBlocked(
  ctx: FlowContext,
  project: string,
  id: string,
  trigger: Trigger | undefined,
): Promise<void> {
  const decision = await decisionOf(ctx, project, id);
  if (decision !== undefined && !isFinished(decision.status))
    await ctx.enqueue('pipeline-trigger', decision.id);
  const runId = trigger?.run_id ?? trigger?.deploy_run;
  if (trigger !== undefined && runId !== undefined && (await ctx.ledger.runReports.ended(runId)))
    await ctx.ledger.triggers.unwatch(trigger.id);
}

/** The decision that belongs to this pipeline because its gate does; undefined where there is none yet. */
async function decisionOf(
  { ledger }: FlowContext,
  project: string,
  id: string,
): Promise<Trigger | undefined> {
  const gateId = await ledger.gates.ofPipeline(project, id);
  const gate = gateId === undefined ? undefined : await ledger.gates.get(gateId);
  if (gate?.sys_id === undefined || ownPipeline(gate) === undefined) return undefined;
  const change = await ledger.changes.get(gate.sys_id);
  return change?.decision === undefined ? undefined : ledger.triggers.get(change.decision);
}
