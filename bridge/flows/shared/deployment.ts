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
  const { pipeline } = gate.request;
  const { deployRun: _claimed, ...others } = tags;
  const deployRun = await deployRunOf(ctx, pipeline);
  return {
    ...others,
    ...(deployRun === undefined ? {} : { deployRun }),
    gitlabProject: pipeline.project_id,
    gitlabPipeline: pipeline.id,
    ...(pipeline.ref === undefined ? {} : { gitlabRef: pipeline.ref }),
  };
}

/** The developer's run that started a pipeline, as the ledger knows it: nobody's word counts. */
export async function deployRunOf(
  { ledger }: FlowContext,
  pipeline: { readonly project_id: string; readonly id: string },
): Promise<string | undefined> {
  const known = await ledger.triggers.ofPipeline(pipeline.project_id, pipeline.id);
  const trigger = known === undefined ? undefined : await ledger.triggers.get(known);
  return trigger?.run_id ?? trigger?.deploy_run;
}
