import type { ApproveRun } from '../../ledger/approve-runs.ts';
import type { Change } from '../../ledger/changes.ts';
import type { Trigger } from '../../ledger/triggers.ts';
import { type ChangeRecord, field } from '../../model/change.ts';
import { type Decision, deployId, toApprovalStatus } from '../../model/decision.ts';
import { CredentialsRefused, RequestRefused } from '../../model/errors.ts';
import { type Held, type NotStanding, whyHeld, whyNotStanding } from '../../model/standing.ts';
import type { Tags } from '../../model/tags.ts';
import { toIsoDate } from '../../model/time.ts';
import type { TriggerPayload } from '../../model/trigger-payload.ts';
import type { GitLabPipeline } from '../../outbound/gitlab.ts';
import { mayPredateLedger } from '../shared/before-ledger.ts';
import type { FlowContext } from '../shared/context.ts';
import { tagsOf } from '../shared/deployment.ts';
import { readAndObserve, untilReadCounts } from '../shared/observe.ts';
import { type Approver, approverIn } from './approver.ts';
import { type DeployFacts, gatherDeploy } from './gather-deploy.ts';
import { gatherOwn, type OwnFacts } from './gather-own.ts';
import { gatherPortalTrigger, type PortalTrigger } from './portal-trigger.ts';

/** The pipeline that an unanswered call made, `none` where there surely is none, `unseen` where nobody may look. */
export type EarlierPipeline = GitLabPipeline | 'none' | 'unseen';

/** What became of earlier attempts of unknown outcome; undefined where there was none. */
export type EarlierAttempt = {
  readonly pipeline: EarlierPipeline;
  /** Whether pipelines of this project claim before they deploy: then a repeated call cannot deploy twice. */
  readonly projectClaims: (project: string) => boolean;
};

/** What is known of a decision on a change right before its pipeline is started. */
export type DecisionFacts = {
  readonly kind: 'decision';
  readonly decision: Decision;
  readonly change: Change;
  readonly notStanding: NotStanding | undefined;
  /** Why it has to wait, where it stands. */
  readonly held: Held | undefined;
  /** How long (ms) until a read can tell whether the version of this decision exists, where only an event told it. */
  readonly untilReadCounts: number;
  readonly tags: Tags;
  /** The deploy request behind the change, where the bridge has seen it. */
  readonly asked: Trigger | undefined;
  /** A pipeline that was started for this change before the ledger began, or why nobody can tell. */
  readonly predecessor: Predecessor;
  /** Whether the portal starts the pipeline itself. */
  readonly portalTrigger: PortalTrigger;
  readonly origin: Origin;
  /** The gate's own pipeline, where the decision belongs to it and starts no other. */
  readonly own: OwnFacts | undefined;
};

export type Predecessor =
  | { readonly kind: 'none' }
  | { readonly kind: 'found'; readonly pipeline: GitLabPipeline }
  | { readonly kind: 'untold'; readonly why: string };

/** Where a decision came from: a run of the portal's approve action, or whoever ServiceNow names. */
export type Origin = {
  readonly approveRun: ApproveRun | undefined;
  /** The record was last written by the bridge's own account. */
  readonly isOwnWrite: boolean;
  readonly approver: Approver | undefined;
};

export type Facts =
  | DecisionFacts
  | { readonly kind: 'unreadable'; readonly deleted: boolean }
  | { readonly kind: 'damaged' }
  | DeployFacts;

/** Reads all that the plan needs: ServiceNow as it is now, the ledger, and GitLab where it has to be asked first. */
export async function gather(ctx: FlowContext, trigger: Trigger): Promise<Facts> {
  if (trigger.kind === 'deploy') return gatherDeploy(ctx, trigger);
  const { sys_id: sysId, decision } = trigger;
  if (sysId === undefined || decision === undefined) return { kind: 'damaged' };
  const record = await readAndObserve(ctx, sysId);
  const known = await ctx.ledger.changes.get(sysId);
  if (record === undefined || known === undefined) {
    return { kind: 'unreadable', deleted: known?.deleted === true };
  }
  const change = { ...known, record, deleted: false };
  const notStanding = await whyItDoesNotStand(ctx, trigger.id, decision, change);
  const tags = await tagsOf(ctx, record);
  const { deployRun } = tags;
  const isShown = record.version >= (trigger.version ?? 0);
  const left = isShown ? 0 : untilReadCounts(ctx, record, known);
  const held = whyHeld(decision, record, { now: ctx.clock(), window: ctx.settings.changeWindow });
  const facts = {
    kind: 'decision',
    decision,
    change,
    notStanding,
    held,
    untilReadCounts: left,
    tags,
  } as const;
  const stands = notStanding === undefined;
  const own = await gatherOwn(ctx, trigger, await ctx.ledger.gates.ofChange(sysId), stands);
  const isDated = stands && own === undefined;
  return {
    ...facts,
    own,
    asked: deployRun === undefined ? undefined : await ctx.ledger.triggers.get(deployId(deployRun)),
    predecessor: isDated ? await predecessorOf(ctx, trigger, change, decision, tags) : { kind: 'none' },
    portalTrigger: isDated ? await gatherPortalTrigger(ctx, { trigger, change, decision }) : { kind: 'none' },
    origin: stands
      ? await originOf(ctx, record, trigger, decision)
      : { approveRun: undefined, isOwnWrite: false, approver: undefined },
  };
}

/** The read may have brought a newer decision to light, which is not recorded yet. */
async function whyItDoesNotStand(
  ctx: FlowContext,
  id: string,
  decision: Decision,
  change: Change,
): Promise<NotStanding | undefined> {
  const standingId = await ctx.ledger.triggers.standingIdOn(change);
  return whyNotStanding({ id, decision }, { ...change, standingId });
}

/**
 * What became of an attempt of unknown outcome. Undefined where no attempt is under way, or none that started a
 * pipeline.
 */
export async function gatherEarlier(
  ctx: FlowContext,
  trigger: Trigger,
  projects: readonly string[],
): Promise<EarlierAttempt | undefined> {
  if (trigger.status !== 'triggering' || trigger.mode !== undefined) return undefined;
  const pipeline = await lookFor(ctx, trigger);
  const claiming = new Set<string>();
  for (const project of projects) {
    if (await ctx.ledger.triggers.projectClaims(project)) claiming.add(project);
  }
  return { pipeline, projectClaims: (project) => claiming.has(project) };
}

async function lookFor(ctx: FlowContext, trigger: Trigger): Promise<EarlierPipeline> {
  if (!ctx.gitlab.canRead) return 'unseen';
  const route = { project: trigger.project ?? '', ref: trigger.ref ?? '', token: '' };
  const isIt = (payload: TriggerPayload): boolean => payload.decision_id === trigger.id;
  try {
    return (await ctx.gitlab.findTriggered(route, isIt, trigger.created_at)) ?? 'none';
  } catch (error) {
    if (error instanceof RequestRefused || error instanceof CredentialsRefused) return 'unseen';
    throw error;
  }
}

/**
 * A decision of an older change may have been acted upon before this ledger began: GitLab is asked, the first time.
 * Without a token that can read nobody looks.
 */
async function predecessorOf(
  ctx: FlowContext,
  trigger: Trigger,
  change: Change,
  decision: Decision,
  tags: Tags,
): Promise<Predecessor> {
  const isFirst = trigger.attempt === 0 && !trigger.resolved;
  if (!isFirst || !ctx.gitlab.canRead || !(await mayPredateLedger(ctx, change))) return { kind: 'none' };
  const { sysId } = change.record;
  const status = toApprovalStatus(decision);
  const since = Date.parse(toIsoDate(field(change.record, 'sys_created_on')) ?? '');
  const project = tags.gitlabProject ?? ctx.settings.gitlabProject;
  const route = { project, ref: tags.gitlabRef ?? ctx.settings.gitlabRef, token: '' };
  try {
    const pipeline = await ctx.gitlab.findTriggered(
      route,
      (payload) => payload.system_id === sysId && payload.approval_status === status,
      since,
    );
    return pipeline === undefined ? { kind: 'none' } : { kind: 'found', pipeline };
  } catch (error) {
    if (!(error instanceof RequestRefused) && !(error instanceof CredentialsRefused)) throw error;
    return { kind: 'untold', why: error.message };
  }
}

async function originOf(
  ctx: FlowContext,
  record: ChangeRecord,
  trigger: Trigger,
  decision: Decision,
): Promise<Origin> {
  const version = trigger.version ?? record.version;
  const runs = await ctx.ledger.approveRuns.ofChange(record.sysId);
  const approveRun = runs.find((run) => isOrigin(run, decision, version));
  const { userName } = ctx.servicenow;
  const isOwnWrite = userName !== undefined && field(record, 'sys_updated_by') === userName;
  if (approveRun?.status === 'applied' || (approveRun !== undefined && isOwnWrite)) {
    return { approveRun, isOwnWrite, approver: undefined };
  }
  return { approveRun, isOwnWrite, approver: await approverOf(ctx, record, decision) };
}

function isOrigin(run: ApproveRun, decision: Decision, version: number): boolean {
  if (run.decision !== decision || run.base_version === undefined || version <= run.base_version)
    return false;
  if (run.status === 'writing') return true;
  return run.status === 'applied' && run.applied_version !== undefined && version <= run.applied_version;
}

/**
 * The approver whose row carries the decision, and what they wrote there or on the change. Reading that is a courtesy,
 * not a need.
 */
async function approverOf(ctx: FlowContext, record: ChangeRecord, decision: Decision): Promise<Approver> {
  const { approvals } = ctx.servicenow;
  try {
    const [rows, comments] = await Promise.all([
      approvals.rows(record.sysId),
      approvals.commentsOn(record.sysId),
    ]);
    return approverIn(rows, comments, record, decision);
  } catch (error) {
    if (error instanceof RequestRefused) return { name: '', words: '' };
    throw error;
  }
}
