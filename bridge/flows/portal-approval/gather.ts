import type { ApproveRequest, ApproveRun } from '../../ledger/approve-runs.ts';
import { type ChangeRecord, field } from '../../model/change.ts';
import type { Gate } from '../../ledger/gates.ts';
import { awaitsDecision, type Decision } from '../../model/decision.ts';
import { CredentialsRefused, RequestRefused } from '../../model/errors.ts';
import { namesDeployment, type Tags } from '../../model/tags.ts';
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
  | { readonly kind: 'unknown'; readonly deployRun: string | undefined }
  | { readonly kind: 'known'; readonly ids: readonly string[]; readonly email?: string };

/** Who wrote the commit that an approval lets out, or why GitLab does not tell. */
export type Author =
  | { readonly sha: string; readonly email: string }
  | { readonly sha: string; readonly why: string };

/** What is known of the change right before the write; no record where ServiceNow does not show it. */
export type ChangeFacts = {
  readonly record: ChangeRecord | undefined;
  /** Whether it is among the changes that SERVICENOW_CHANGE_QUERY names. */
  readonly isInScope: boolean;
  /** Whether its tags or a gate say that it stands for a deployment. */
  readonly isDeployment: boolean;
  readonly requesters: Requesters;
  /** Undefined where nobody has to be compared: the change stands for no commit, or no token can read it. */
  readonly author: Author | undefined;
};

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

/** Reads the change as ServiceNow shows it now, and where that matters who asked for its deployment and who wrote it. */
export async function gatherChange(ctx: FlowContext, { request }: Asked): Promise<ChangeFacts> {
  const record = await readAndObserve(ctx, request.sysId);
  const nobody = { requesters: { kind: 'any' }, author: undefined } as const;
  if (record === undefined) return { record, isInScope: false, isDeployment: false, ...nobody };
  // Whatever else happens: what was just read may be news to the portal and to the pipeline.
  await ctx.enqueue('change-sync', request.sysId);
  const isInScope = await isAmongSynced(ctx, request.sysId);
  const tags = await tagsOf(ctx, record);
  const known = { record, isInScope, isDeployment: namesDeployment(tags) };
  // Only an approval that is about to be written is compared: declining one's own deployment is no risk.
  const isCompared = request.decision === 'approved' && awaitsDecision(field(record, 'approval'));
  if (!isCompared) return { ...known, ...nobody };
  const gate = await ctx.ledger.gates.ofChange(record.sysId);
  const requesters = await requestersOf(ctx, gate, tags);
  return { ...known, requesters, author: await authorOf(ctx, gate) };
}

/** A condition is ServiceNow's to judge. */
async function isAmongSynced(ctx: FlowContext, sysId: string): Promise<boolean> {
  const { changeQuery } = ctx.settings;
  if (changeQuery === '') return true;
  const found = await ctx.servicenow.listChanges(`${changeQuery}^sys_id=${sysId}`, 1);
  return found.some((record) => record.sysId === sysId);
}

/** Who made the decision that stands, as far as its pipeline's flow has found it out. */
export async function deciderOf(
  { ledger }: FlowContext,
  sysId: string | undefined,
  decision: Decision | undefined,
): Promise<string | undefined> {
  const change = sysId === undefined ? undefined : await ledger.changes.get(sysId);
  const trigger = change?.decision === undefined ? undefined : await ledger.triggers.get(change.decision);
  return trigger?.decision === decision ? trigger?.decided_by : undefined;
}

/** The change that a run wanted to decide, as ServiceNow shows it now. */
export async function readChangeOf(
  ctx: FlowContext,
  { sys_id: sysId }: ApproveRun,
): Promise<ChangeRecord | undefined> {
  return sysId === undefined ? undefined : readAndObserve(ctx, sysId);
}

async function requestersOf(ctx: FlowContext, gate: Gate | undefined, tags: Tags): Promise<Requesters> {
  if (!namesDeployment(tags)) return { kind: 'any' };
  const { deployRun } = tags;
  if (deployRun === undefined) return startedBy(gate, tags);
  const run = await ctx.port.readRun(deployRun);
  // A run that only the tags name proves nothing once it has ended: it may be anybody's.
  const isKnown = run !== undefined && (gate !== undefined || run.status === 'IN_PROGRESS');
  return isKnown ? { kind: 'known', ids: peopleOf(run) } : { kind: 'unknown', deployRun };
}

/** An outage of GitLab is waited for: nothing could be deployed meanwhile. */
async function authorOf(ctx: FlowContext, gate: Gate | undefined): Promise<Author | undefined> {
  const { project_id: project = '', sha } = gate?.request.pipeline ?? {};
  if (sha === undefined || !ctx.gitlab.canRead) return undefined;
  try {
    return { sha, email: await ctx.gitlab.authorOf(project, sha) };
  } catch (error) {
    if (!(error instanceof RequestRefused) && !(error instanceof CredentialsRefused)) throw error;
    return { sha, why: error.message };
  }
}

/** Without a run in the portal, whoever started the pipeline asked; a trigger token is nobody in particular. */
function startedBy(gate: Gate | undefined, { unprovenRun }: Tags): Requesters {
  const { source, user_email: email = '' } = gate?.request.pipeline ?? {};
  if (email === '' || source === undefined || source === 'trigger') {
    return { kind: 'unknown', deployRun: unprovenRun };
  }
  return { kind: 'known', ids: [], email };
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
