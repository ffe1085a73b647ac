import { type ChangeRecord, field } from '../../model/change.ts';
import { parseTags, type Tags } from '../../model/tags.ts';
import type { FlowContext } from './context.ts';

/**
 * The tags of a change. What the gate that opened it knows counts before the column, which people may edit.
 */
export async function tagsOf(ctx: FlowContext, record: ChangeRecord): Promise<Tags> {
  const tags = parseTags(field(record, ctx.settings.tagsField));
  const gate = await ctx.ledger.gates.ofChange(record.sysId);
  if (gate === undefined) return tags;
  const { deploy_run_id: deployRun, pipeline } = gate.request;
  return {
    ...tags,
    ...(deployRun === undefined ? {} : { deployRun }),
    ...(pipeline === undefined ? {} : { gitlabProject: pipeline.project_id, gitlabPipeline: pipeline.id }),
    ...(pipeline?.ref === undefined ? {} : { gitlabRef: pipeline.ref }),
  };
}
