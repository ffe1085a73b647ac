import type { Ledger } from '../../ledger/ledger.ts';
import { messageOf, RequestRefused } from '../../model/errors.ts';
import type { ReplayEffect } from '../../model/jobs.ts';
import type { FlowContext } from '../shared/context.ts';
import type { Flow } from '../shared/flow.ts';
import { feedApproveRuns, feedAutomationRuns, feedDeployRuns } from '../shared/lost-runs.ts';
import { ownTriggers } from '../shared/own-triggers.ts';
import { pollPipelines } from './gitlab-pipelines.ts';
import { readServiceNow } from './servicenow.ts';

/**
 * Reads from ServiceNow what may have been missed and brings the portal in step: what was updated since the last
 * look (delta), or everything (full). Then it asks the portal and GitLab for news that were lost; trouble with
 * one of the three does not keep the others from being read. Key: the id of a sync; it goes on where it was.
 */
export const reconcile = {
  name: 'reconcile',
  concurrency: 2,
  run,
  owes: false,
  replayEffect,
  prepareReplay,
} as const satisfies Flow;

async function run(ctx: FlowContext, syncId: string): Promise<void> {
  const { syncs } = ctx.ledger;
  const sync = await syncs.get(syncId);
  if (sync === undefined || sync.status === 'done' || sync.status === 'failed') return;
  await syncs.update(syncId, { status: 'running' });
  try {
    await readServiceNow(ctx, sync);
  } catch (error) {
    const failed = error instanceof RequestRefused;
    await syncs.update(syncId, {
      message: messageOf(error),
      ...(failed ? { status: 'failed', ended_at: ctx.clock() } : {}),
    });
    throw error;
  } finally {
    await askAlso(ctx, 'the portal for open approve runs', () => feedApproveRuns(ctx));
    await askAlso(ctx, 'the portal for open deploy runs', () => feedDeployRuns(ctx));
    await askAlso(ctx, 'the portal for open runs of automations', () => feedAutomationRuns(ctx));
    await askAlso(ctx, 'the portal for calls of GitLab', async () => void (await ownTriggers(ctx)));
    await askAlso(ctx, 'GitLab for pipelines that have not ended', () => pollPipelines(ctx));
  }
  await syncs.update(syncId, { status: 'done', message: '', ended_at: ctx.clock() });
  await syncs.forgetSeen(syncId);
}

/** What is not the sync itself: its failure is told in the log, and the next sync tries again. */
async function askAlso(ctx: FlowContext, what: string, ask: () => Promise<void>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    ctx.log.warn({ error: messageOf(error) }, `A sync could not ask ${what}; the next one asks again.`);
  }
}

/** A sync is known for a week. */
async function replayEffect(ledger: Ledger, syncId: string): Promise<ReplayEffect> {
  const sync = await ledger.syncs.get(syncId);
  if (sync === undefined) return 'superseded';
  return sync.status === 'done' ? 'already_applied' : 'would_apply';
}

/** A failed sync has its end in the ledger: it has to begin anew. */
async function prepareReplay(ledger: Ledger, syncId: string, now: number): Promise<void> {
  await ledger.syncs.restart(syncId, now);
}
