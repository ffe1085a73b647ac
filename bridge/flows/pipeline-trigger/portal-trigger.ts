import type { Change } from '../../ledger/changes.ts';
import type { Trigger } from '../../ledger/triggers.ts';
import { type Decision, toDecision } from '../../model/decision.ts';
import { CredentialsRefused, RequestRefused } from '../../model/errors.ts';
import type { TriggerPayload } from '../../model/trigger-payload.ts';
import type { GitLabPipeline } from '../../outbound/gitlab.ts';
import type { FlowContext, FlowSettings } from '../shared/context.ts';
import { type OwnTrigger, ownTriggers } from '../shared/own-triggers.ts';
import type { Adopt, End, Wait } from './plans.ts';
import * as texts from './texts.ts';

/** Whether the portal itself starts the pipeline of a decision, because its definitions still call GitLab. */
export type PortalTrigger =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'expected';
      /** The definition that calls GitLab. */
      readonly name: string;
      readonly pipeline: GitLabPipeline | 'none' | 'unseen';
      /** Since when (ms) its call was due; undefined while the portal does not show the decision. */
      readonly dueSince: number | undefined;
    };

/** How long (ms) before a decision is seen the approve run that made it may have called GitLab. */
const BEFORE_MS = 10 * 60_000;
/** How many times the settling time a call of the portal is waited for. */
const PATIENCE = 3;
const POLL_MS = 1_000;

type Decided = { readonly trigger: Trigger; readonly change: Change; readonly decision: Decision };

/** Reads whether the portal starts this decision's pipeline, and whether it has. Throws what the clients throw. */
export async function gatherPortalTrigger(ctx: FlowContext, decided: Decided): Promise<PortalTrigger> {
  const { trigger, change } = decided;
  if (trigger.attempt > 0 || trigger.resolved) return { kind: 'none' };
  const expected = await expectedOf(ctx, decided);
  if (expected === undefined) return { kind: 'none' };
  const { name, on } = expected;
  const isDue = on === 'approval' || change.portalVersion >= (trigger.version ?? 0);
  return {
    kind: 'expected',
    name,
    pipeline: await lookFor(ctx, decided, expected),
    dueSince: isDue ? await ctx.ledger.triggers.firstTime(trigger.id, 'portal-due', ctx.clock()) : undefined,
  };
}

/** The definition that calls GitLab for this decision; one that does so for each change comes first. */
async function expectedOf(ctx: FlowContext, decided: Decided): Promise<OwnTrigger | undefined> {
  const own = await ownTriggers(ctx);
  const forEach = own.find(({ on }) => on === 'entity');
  if (forEach !== undefined || own.length === 0) return forEach;
  return (await wasMadeInPortal(ctx, decided)) ? own[0] : undefined;
}

/** Whether a run of the approve action is behind the decision. */
async function wasMadeInPortal(ctx: FlowContext, { trigger, change, decision }: Decided): Promise<boolean> {
  const runs = await ctx.port.runsOn(ctx.settings.approveAction, change.record.sysId);
  return runs.some(
    ({ createdAt, properties: { approval_status: status } }) =>
      Date.parse(createdAt ?? '') >= trigger.created_at - BEFORE_MS &&
      (status === 'approved' || status === 'declined' || status === 'rejected') &&
      toDecision(status) === decision,
  );
}

/** The pipeline that the portal started: of this change and decision, and nobody else's. */
async function lookFor(
  ctx: FlowContext,
  { trigger, change, decision }: Decided,
  { project }: OwnTrigger,
): Promise<GitLabPipeline | 'none' | 'unseen'> {
  if (!ctx.gitlab.canRead) return 'unseen';
  const isIt = ({ system_id: sysId, decision_id: id, approval_status: status }: TriggerPayload): boolean =>
    sysId === change.record.sysId &&
    id === undefined &&
    (status === 'approved' ? 'approved' : 'rejected') === decision;
  try {
    const since = trigger.created_at - BEFORE_MS;
    const found = await ctx.gitlab.findTriggered({ project, ref: undefined }, isIt, since);
    if (found === undefined) return 'none';
    const holder = await ctx.ledger.triggers.ofPipeline(found.project, found.id);
    return holder === undefined || holder === trigger.id ? found : 'none';
  } catch (error) {
    if (!(error instanceof RequestRefused) && !(error instanceof CredentialsRefused)) throw error;
    return 'unseen';
  }
}

/** What to do about a pipeline that the portal starts; undefined where the bridge has to start one. */
export function planPortalTrigger(
  portal: PortalTrigger,
  { settleMs }: FlowSettings,
  now: number,
): Adopt | End | Wait | undefined {
  if (portal.kind === 'none') return undefined;
  const { name, pipeline, dueSince } = portal;
  if (pipeline === 'unseen') return { kind: 'parked', reason: texts.portalStartsIt(name) };
  if (pipeline !== 'none') return { kind: 'adopt', pipeline };
  const isLost = dueSince !== undefined && now - dueSince >= PATIENCE * settleMs;
  return isLost
    ? undefined
    : { kind: 'wait', why: texts.waitsForPortal(name), ms: Math.min(POLL_MS, settleMs) };
}
