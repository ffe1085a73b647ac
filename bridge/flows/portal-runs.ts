import type { FlowContext } from './shared/context.ts';
import type { Flow } from './shared/flow.ts';
import { feedApproveRuns, feedAutomationRuns } from './shared/lost-runs.ts';

/**
 * Somebody told that a run of the portal was made, and not which one: the open runs are looked at. Key: of which kind,
 * `approve`.
 */
export const portalRuns = { name: 'portal-runs', concurrency: 1, run, owes: false } as const satisfies Flow;

async function run(ctx: FlowContext, kind: string): Promise<void> {
  if (kind !== 'approve') return;
  await feedApproveRuns(ctx);
  await feedAutomationRuns(ctx);
}
