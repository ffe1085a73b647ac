import type { ApproveRun } from '../../ledger/approve-runs.ts';
import type { Trigger } from '../../ledger/triggers.ts';
import { type ChangeRecord, field } from '../../model/change.ts';
import { toApprovalStatus } from '../../model/decision.ts';
import type { Held } from '../../model/standing.ts';
import { namesDeployment, type Tags } from '../../model/tags.ts';
import type { GitLabPipeline, Route } from '../../outbound/gitlab.ts';
import type { FlowSettings } from '../shared/context.ts';
import { type DeployRequest, inputsOf, requestOf, requestOfRun } from './deploy-request.ts';
import type { DecisionFacts, EarlierAttempt, Facts } from './gather.ts';
import * as texts from './texts.ts';

/** What starts a pipeline: where, with which payload, and what people are told of it. */
export type Go = {
  readonly kind: 'go';
  readonly route: Route;
  readonly payload: Readonly<Record<string, unknown>>;
  /** What the deploy run asks for, by its own properties: the pipeline after the decision gets it too. */
  readonly request?: DeployRequest;
  readonly described?: {
    readonly sentence: string;
    readonly deploy_run?: string;
    readonly decided_by: string;
    readonly decided_why: string;
  };
};

/** How a record ends without a pipeline. `instead` is the decision that took its place. */
export type End = {
  readonly kind: 'superseded' | 'parked' | 'abandoned';
  readonly reason: string;
  /** The run is none of ours: nothing is written to it. */
  readonly isAlien?: true;
};

/** What to do with a trigger record now. */
export type Plan =
  | Go
  | End
  | { readonly kind: 'wait'; readonly why: string; readonly ms: number }
  /** It stands, but has to wait; looked at again after `ms`, or when the change is changed. */
  | { readonly kind: 'held'; readonly reason: string; readonly ms: number }
  | { readonly kind: 'adopt'; readonly pipeline: GitLabPipeline };

/** How long (ms) a decision waits for the portal approval that is being written to say who made it. */
const ATTRIBUTION_MS = 15_000;
const ATTRIBUTION_POLL_MS = 100;
/** How often (ms) a decision that is held is looked at, should no event tell that it may go on. */
const HELD_POLL_MS = 60_000;

/** What the record alone asks for, whatever became of earlier attempts. */
export function planTrigger(trigger: Trigger, facts: Facts, settings: FlowSettings, now: number): Plan {
  if (facts.kind === 'damaged') return { kind: 'parked', reason: texts.DAMAGED };
  if (facts.kind === 'unreadable') {
    return facts.deleted
      ? { kind: 'superseded', reason: texts.DELETED }
      : { kind: 'parked', reason: texts.UNREADABLE };
  }
  if (facts.kind === 'deploy') return planDeploy(trigger, facts, settings);
  return planDecision(facts, settings, now);
}

/**
 * The same after an attempt of unknown outcome. What it started is adopted. Not found after the time in which it may
 * still appear, it is repeated; where nobody can look, only a receiver that claims makes a repetition safe.
 */
export function planAfter(
  earlier: EarlierAttempt,
  plan: Plan,
  trigger: Trigger,
  settings: FlowSettings,
  now: number,
): Plan {
  const { pipeline } = earlier;
  if (typeof pipeline === 'object') return { kind: 'adopt', pipeline };
  const left = settings.settleMs - (now - trigger.updated_at);
  if (left > 0) return { kind: 'wait', why: texts.MAY_STILL_TAKE_EFFECT, ms: left };
  if (pipeline === 'none') return plan;
  if (plan.kind === 'go' && earlier.projectClaims(plan.route.project)) return plan;
  return { kind: 'parked', reason: texts.nobodyCanTell(trigger.project ?? '', trigger.id) };
}

function planDecision(facts: DecisionFacts, settings: FlowSettings, now: number): Plan {
  const { change, decision, notStanding, tags, predecessor } = facts;
  const { record } = change;
  if (facts.untilReadCounts > 0) {
    return { kind: 'wait', why: texts.NOT_SHOWN_YET, ms: facts.untilReadCounts + 50 };
  }
  if (notStanding !== undefined) return { kind: 'superseded', reason: notStanding.reason };
  if (!namesDeployment(tags)) {
    return { kind: 'abandoned', reason: texts.namesNoDeployment(record, settings.tagsField) };
  }
  const route = routeOf(settings, tags);
  if (route === undefined) {
    return { kind: 'parked', reason: texts.noTriggerToken(tags.gitlabProject ?? settings.gitlabProject) };
  }
  if (facts.held !== undefined) return heldPlan(facts.held, now);
  if (predecessor.kind === 'found')
    return { kind: 'parked', reason: texts.startedBefore(predecessor.pipeline) };
  if (predecessor.kind === 'untold')
    return { kind: 'parked', reason: texts.cannotTellBefore(predecessor.why) };
  const author = authorOf(facts, now);
  if (author === undefined) {
    return { kind: 'wait', why: texts.STILL_BEING_CONFIRMED, ms: ATTRIBUTION_POLL_MS };
  }
  // The second pipeline deploys what the first one was asked to.
  const asked = facts.asked === undefined ? {} : inputsOf(requestOf(facts.asked));
  return {
    kind: 'go',
    route,
    payload: {
      ...asked,
      approval_status: toApprovalStatus(decision),
      system_id: record.sysId,
      change_number: field(record, 'number'),
      ...(tags.deployRun === undefined ? {} : { deploy_run_id: tags.deployRun }),
      decided_by: author.name,
      reason: author.reason,
      ...(author.approveRun === undefined ? {} : { port_context: { runId: author.approveRun } }),
    },
    described: {
      sentence: texts.decided(record, decision, author.name, author.reason),
      decided_by: author.name,
      decided_why: author.reason,
      ...(tags.deployRun === undefined ? {} : { deploy_run: tags.deployRun }),
    },
  };
}

function heldPlan({ reason, notBefore }: Held, now: number): Plan {
  const left = notBefore === undefined ? HELD_POLL_MS : notBefore - now;
  return { kind: 'held', reason, ms: Math.min(Math.max(left, 1), HELD_POLL_MS) };
}

/** Only a run that exists and is under way, as the portal's API tells it, starts a pipeline. */
function planDeploy(
  trigger: Trigger,
  { run }: Extract<Facts, { kind: 'deploy' }>,
  settings: FlowSettings,
): Plan {
  if (run === undefined) return { kind: 'abandoned', reason: texts.NO_SUCH_RUN };
  if (!settings.deployActions.includes(run.action)) {
    return { kind: 'abandoned', reason: texts.otherAction(run.action), isAlien: true };
  }
  if (run.status !== 'IN_PROGRESS') return { kind: 'abandoned', reason: texts.runHasEnded(run.status) };
  const route = routeOf(settings, { others: [] });
  if (route === undefined) return { kind: 'parked', reason: texts.noTriggerToken(settings.gitlabProject) };
  const request = requestOfRun(run);
  const payload = {
    ...inputsOf(request),
    approval_status: 'pending',
    deploy_run_id: run.id,
    port_context: { runId: run.id },
  };
  return { kind: 'go', route, payload, request };
}

/** The project, ref and token for a change; undefined where the project has no token. */
function routeOf(settings: FlowSettings, tags: Tags): Route | undefined {
  const project = tags.gitlabProject ?? settings.gitlabProject;
  const token = settings.triggerTokens.get(project);
  return token === undefined ? undefined : { project, ref: tags.gitlabRef ?? settings.gitlabRef, token };
}

type Author = { readonly name: string; readonly reason: string; readonly approveRun?: string };

/**
 * Who decided: the portal's user where this decision is the portal's, else who ServiceNow names. Undefined while the
 * portal approval behind it is still being written.
 */
function authorOf({ change, origin }: DecisionFacts, now: number): Author | undefined {
  const { approveRun, isOwnWrite } = origin;
  if (approveRun?.status === 'writing' && now - approveRun.updated_at < ATTRIBUTION_MS) return undefined;
  // Never confirmed, but the record was last written by the bridge's own account.
  const isPortals = approveRun?.status === 'applied' || (approveRun !== undefined && isOwnWrite);
  if (isPortals) return portalUser(approveRun);
  return { name: origin.approver ?? servicenowUser(change.record), reason: '' };
}

function portalUser(run: ApproveRun): Author {
  return { name: run.actor ?? 'a portal user', reason: run.reason ?? '', approveRun: run.runId };
}

function servicenowUser(record: ChangeRecord): string {
  return field(record, 'sys_updated_by') || 'ServiceNow';
}
