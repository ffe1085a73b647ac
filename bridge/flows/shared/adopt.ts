import type { GitLabPipeline } from '../../outbound/gitlab.ts';
import type { FlowContext } from './context.ts';
import { note } from './tell.ts';
import { duplicatePipeline } from './texts.ts';

/**
 * Records the pipeline that GitLab made for a trigger record, and how it is: one that was found by looking may have
 * ended already, and its hook may have been lost.
 */
export async function adopt(
  ctx: FlowContext,
  id: string,
  attempt: number,
  pipeline: Pick<GitLabPipeline, 'project' | 'id' | 'status' | 'url'>,
): Promise<void> {
  const { triggers } = ctx.ledger;
  const { project, status, url } = pipeline;
  await ctx.ledger.pipelines.observe(project, pipeline.id, { status, url, trigger: id }, ctx.clock());
  await triggers.triggered(id, attempt, pipeline, ctx.clock());
  const trigger = await triggers.get(id);
  if (trigger === undefined || trigger.pipeline_id === pipeline.id || trigger.sys_id === undefined) return;
  const holder = trigger.pipeline_id ?? '?';
  await note(ctx, trigger.sys_id, 'duplicate-pipeline', duplicatePipeline(pipeline.id, holder));
}
