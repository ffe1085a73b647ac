import { actingPipeline } from '../../ledger/triggers.ts';
import { RequestRefused } from '../../model/errors.ts';
import type { FlowContext } from '../shared/context.ts';
import { note } from '../shared/tell.ts';

/** How many pipelines one sync asks for. */
const AT_MOST = 100;
/** A pipeline is not asked for again within this time (ms). */
const POLL_EVERY_MS = 60_000;

/** GitLab does not repeat a lost hook: pipelines that have not ended are asked, those first that waited longest. */
export async function pollPipelines(ctx: FlowContext): Promise<void> {
  if (!ctx.gitlab.canRead) return;
  const { triggers } = ctx.ledger;
  for (const id of await triggers.runningBefore(ctx.clock() - POLL_EVERY_MS, AT_MOST)) {
    // Asked or not: the next sync begins with the others.
    await triggers.polled(id, ctx.clock());
    const trigger = await triggers.get(id);
    const acting = trigger === undefined ? undefined : actingPipeline(trigger);
    if (acting === undefined) continue;
    const holder = await triggers.ofPipeline(acting.project, acting.id);
    if (holder !== undefined && holder !== id) {
      // The pipeline acts for a decision by now, and is asked for on its behalf.
      await triggers.unwatch(id);
      continue;
    }
    try {
      await pollPipeline(ctx, id, acting);
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      await pollRefused(ctx, id, trigger?.sys_id, acting, error);
    }
  }
}

type Acting = { readonly project: string; readonly id: string };

async function pollPipeline(ctx: FlowContext, trigger: string, acting: Acting): Promise<void> {
  const found = await ctx.gitlab.readPipeline(acting.project, acting.id);
  const { status, url, source, ref } = found;
  const news = { status, url, trigger, source, ref };
  await ctx.ledger.pipelines.observe(acting.project, found.id, news, ctx.clock());
  await ctx.enqueue('pipeline-result', `${acting.project}/${found.id}`);
}

/** A pipeline that was deleted will never tell how it ended: it is not asked again. */
async function pollRefused(
  ctx: FlowContext,
  trigger: string,
  sysId: string | undefined,
  acting: Acting,
  error: RequestRefused,
): Promise<void> {
  const facts = { trigger, ...acting, error: error.message };
  if (error.status !== 404) return ctx.log.warn(facts, 'GitLab does not tell how a pipeline is.');
  const text = `GitLab knows no pipeline ${acting.id} in project ${acting.project} any more (404), so nobody can tell how it ended. If it was not deleted, check what GITLAB_API_TOKEN may read.`;
  ctx.log.warn(facts, text);
  if (sysId !== undefined) await note(ctx, sysId, 'pipeline-gone', text);
  await ctx.ledger.triggers.unwatch(trigger);
}
