import { NotYet, RequestRefused } from '../../model/errors.ts';
import type { FlowContext } from '../shared/context.ts';
import { progressOf } from './deploy-job.ts';
import type { Play } from './plans.ts';
import * as texts from './texts.ts';

/** How soon (ms) a job is looked at again that somebody else seems to have started at the same moment. */
const LOOK_AGAIN_MS = 500;
/** A worker that stood still so long (ms) after it looked does not call: another one may have, and be done by now. */
const LATE_MS = 2_000;

/**
 * Starts the job of the gate's own pipeline and hands the decision on to it. Answers what was done. `begun`: when
 * (ms) the attempt began. Throws NotYet where the job has to be looked at again, and whatever GitLab's client throws.
 */
export async function play(
  ctx: FlowContext,
  id: string,
  { own, job }: Play,
  { attempt, begun }: { readonly attempt: number; readonly begun: number },
): Promise<string> {
  if (ctx.clock() - begun > LATE_MS) throw new NotYet(texts.STOOD_STILL, LOOK_AGAIN_MS);
  try {
    await ctx.gitlab.play(own.project, job.id);
  } catch (error) {
    await explain(ctx, own.project, job.id, error);
    throw error;
  }
  await ctx.ledger.triggers.triggered(id, attempt, own, ctx.clock());
  return texts.played(own, job.name);
}

/** "Unplayable Job" may mean that it was started already: then it does not wait any more. */
async function explain({ gitlab }: FlowContext, project: string, job: string, error: unknown): Promise<void> {
  if (!(error instanceof RequestRefused) || error.status !== 400) return;
  if (progressOf(await gitlab.readJob(project, job)) !== 'waits')
    throw new NotYet(texts.NO_LONGER_WAITS, LOOK_AGAIN_MS);
}
