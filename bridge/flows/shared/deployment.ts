import { actingPipeline } from '../../ledger/triggers.ts';
import { type ChangeRecord, field } from '../../model/change.ts';
import { deployId } from '../../model/decision.ts';
import { CredentialsRefused, RequestRefused, UpstreamUnavailable } from '../../model/errors.ts';
import { parseTags, type Tags } from '../../model/tags.ts';
import type { Run } from '../../outbound/port.ts';
import type { FlowContext } from './context.ts';

/**
 * The tags of a change. What the gate that opened it knows counts before the column, which people may edit.
 */
export async function tagsOf(ctx: FlowContext, record: ChangeRecord): Promise<Tags> {
  const tags = parseTags(field(record, ctx.settings.tagsField));
  const gate = await ctx.ledger.gates.ofChange(record.sysId);
  if (gate === undefined) return provenTags(ctx, tags, record.sysId);
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

/** A column may be written by people, so a run that it names counts only if it is tied to the change. */
async function provenTags(ctx: FlowContext, tags: Tags, sysId: string): Promise<Tags> {
  const { deployRun: named, ...others } = tags;
  if (named === undefined || (await isTied(ctx, named, sysId))) return tags;
  return { ...others, unprovenRun: named };
}

/**
 * Whether the run belongs to the change. The first change that names a run gets it, if the portal says that it is a
 * deployment under way, and no other change stands for it.
 */
async function isTied(ctx: FlowContext, runId: string, sysId: string): Promise<boolean> {
  const { runTies } = ctx.ledger;
  const holder = await runTies.holderOf(runId);
  if (holder !== undefined) return holder === sysId;
  const run = await readRun(ctx, runId);
  if (run === undefined || (run !== 'unasked' && !isOpenDeploy(ctx, run))) return false;
  if (await hasGate(ctx, runId)) return false;
  return (await runTies.tie(runId, sysId)) === sysId;
}

function isOpenDeploy({ settings }: FlowContext, run: Run): boolean {
  return run.status === 'IN_PROGRESS' && settings.deployActions.includes(run.action);
}

/** No decision waits for a portal that is away: what the run is, is looked at again before it is written to. */
async function readRun(ctx: FlowContext, runId: string): Promise<Run | 'unasked' | undefined> {
  try {
    return await ctx.port.readRun(runId);
  } catch (error) {
    if (error instanceof UpstreamUnavailable || error instanceof CredentialsRefused) return 'unasked';
    if (error instanceof RequestRefused) return undefined;
    throw error;
  }
}

/** Whether the pipeline that the run started asked for a gate: then that gate's change stands for the run. */
async function hasGate({ ledger }: FlowContext, runId: string): Promise<boolean> {
  const trigger = await ledger.triggers.get(deployId(runId));
  const pipeline = trigger === undefined ? undefined : actingPipeline(trigger);
  return (
    pipeline !== undefined && (await ledger.gates.ofPipeline(pipeline.project, pipeline.id)) !== undefined
  );
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
