import type { ApproveRequest, ApproveRun } from '../../ledger/approve-runs.ts';
import { type ChangeRecord, field } from '../../model/change.ts';
import { awaitsDecision } from '../../model/decision.ts';
import { RequestRefused } from '../../model/errors.ts';
import type { Run } from '../../outbound/port.ts';
import type { FlowContext } from '../shared/context.ts';
import { tagsOf } from '../shared/deployment.ts';
import { readAndObserve } from '../shared/observe.ts';
import { readRunInputs, type RunReading } from './run-inputs.ts';

/** Somebody's request to decide a change: `deciders` are the portal's ids of who ran it, and on whose behalf. */
export type Asked = { readonly request: ApproveRequest; readonly deciders: readonly string[] };

/** What the portal's API says of the run. */
export type RunFacts = Exclude<RunReading, { kind: 'inputs' }> | ({ readonly kind: 'asked' } & Asked);

/**
 * Who asked for the deployment behind the change, by the portal's user ids. `any` where nobody has to be compared;
 * `unknown` where the portal no longer has the run.
 */
export type Requesters =
  | { readonly kind: 'any' }
  | { readonly kind: 'unknown'; readonly deployRun: string }
  | { readonly kind: 'known'; readonly ids: readonly string[] };

/** What is known of the change right before the write; no record where ServiceNow does not show it. */
export type ChangeFacts = { readonly record: ChangeRecord | undefined; readonly requesters: Requesters };

/** Reads the run through the portal's API, and who is behind it. */
export async function gatherRun(ctx: FlowContext, runId: string): Promise<RunFacts> {
  const reading = readRunInputs(await ctx.port.readRun(runId), ctx.settings.approveAction);
  if (reading.kind !== 'inputs') return reading;
  const { run, inputs } = reading;
  const actorId = run.createdBy ?? '';
  const actor = actorId === '' ? undefined : await emailOf(ctx, actorId);
  return {
    kind: 'asked',
    deciders: peopleOf(run),
    request: {
      ...inputs,
      actor: actor ?? (actorId || 'an unknown portal user'),
      ...(run.impersonatedBy ? { via: run.impersonatedBy } : {}),
    },
  };
}

/** Reads the change as ServiceNow shows it now, and who asked for its deployment where that matters. */
export async function gatherChange(ctx: FlowContext, { request }: Asked): Promise<ChangeFacts> {
  const record = await readAndObserve(ctx, request.sysId);
  if (record === undefined) return { record, requesters: { kind: 'any' } };
  // Whatever else happens: what was just read may be news to the portal and to the pipeline.
  await ctx.enqueue('change-sync', request.sysId);
  return { record, requesters: await requestersOf(ctx, request, record) };
}

/** The change that a run wanted to decide, as ServiceNow shows it now. */
export async function readChangeOf(
  ctx: FlowContext,
  { sys_id: sysId }: ApproveRun,
): Promise<ChangeRecord | undefined> {
  return sysId === undefined ? undefined : readAndObserve(ctx, sysId);
}

/** Only an approval that is about to be written is compared: declining one's own deployment is no risk. */
async function requestersOf(
  ctx: FlowContext,
  { decision }: ApproveRequest,
  record: ChangeRecord,
): Promise<Requesters> {
  const isCompared = decision === 'approved' && awaitsDecision(field(record, 'approval'));
  if (!isCompared || ctx.settings.selfApproval === 'allow') return { kind: 'any' };
  const { deployRun } = await tagsOf(ctx, record);
  if (deployRun === undefined) return { kind: 'any' };
  const run = await ctx.port.readRun(deployRun);
  return run === undefined ? { kind: 'unknown', deployRun } : { kind: 'known', ids: peopleOf(run) };
}

/** The portal's user ids of who ran an action and on whose behalf. */
function peopleOf(run: Run): string[] {
  const ids = [run.createdBy, run.impersonatedBy];
  return ids.filter((id) => typeof id === 'string').filter((id) => id !== '');
}

async function emailOf(ctx: FlowContext, userId: string): Promise<string | undefined> {
  try {
    return await ctx.port.emailOf(userId);
  } catch (error) {
    if (error instanceof RequestRefused) return undefined;
    throw error;
  }
}
