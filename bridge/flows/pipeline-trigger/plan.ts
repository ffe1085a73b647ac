import type { Trigger } from '../../ledger/triggers.ts';
import { field } from '../../model/change.ts';
import { toApprovalStatus } from '../../model/decision.ts';
import { namesDeployment, type Tags } from '../../model/tags.ts';
import type { Route } from '../../outbound/gitlab.ts';
import type { FlowSettings } from '../shared/context.ts';
import { authorOf, describe } from './author.ts';
import { inputsOf, requestOf } from './deploy-request.ts';
import type { DecisionFacts, EarlierAttempt, Facts } from './gather.ts';
import { pipelinePayload } from './pipeline-run.ts';
import { planDeploy, projectTokenOf } from './plan-deploy.ts';
import { planOwn } from './plan-own.ts';
import { heldPlan, notYetKnown, notYetShown, type Plan } from './plans.ts';
import { planPortalTrigger } from './portal-trigger.ts';
import * as texts from './texts.ts';

/** What the record alone asks for, whatever became of earlier attempts. */
export function planTrigger(trigger: Trigger, facts: Facts, settings: FlowSettings, now: number): Plan {
  if (facts.kind === 'damaged') return { kind: 'parked', reason: texts.DAMAGED };
  if (facts.kind === 'unreadable') {
    return facts.deleted
      ? { kind: 'superseded', reason: texts.DELETED }
      : { kind: 'parked', reason: texts.UNREADABLE };
  }
  if (facts.kind === 'deploy') return planDeploy(trigger, facts, settings);
  if (facts.own !== undefined) return planOwn(trigger, facts, facts.own, settings, now);
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
  if (facts.untilReadCounts > 0) return notYetShown(facts.untilReadCounts);
  if (notStanding !== undefined) return { kind: 'superseded', reason: notStanding.reason };
  if (!namesDeployment(tags)) {
    return { kind: 'abandoned', reason: texts.namesNoDeployment(record, settings.tagsField) };
  }
  const route = routeOf(settings, tags, facts.asked);
  if (route === undefined) {
    return { kind: 'parked', reason: texts.noTriggerToken(tags.gitlabProject ?? settings.gitlabProject) };
  }
  if (facts.held !== undefined) return heldPlan(facts.held, now);
  if (predecessor.kind === 'found')
    return { kind: 'parked', reason: texts.startedBefore(predecessor.pipeline) };
  if (predecessor.kind === 'untold')
    return { kind: 'parked', reason: texts.cannotTellBefore(predecessor.why) };
  const portals = planPortalTrigger(facts.portalTrigger, settings, now);
  if (portals !== undefined && portals.kind !== 'adopt') return portals;
  const author = authorOf(facts, now);
  if (author === undefined) return notYetKnown();
  const described = describe(facts, author);
  if (portals !== undefined) return { ...portals, described };
  // The second pipeline deploys what the first one was asked to.
  return {
    kind: 'go',
    route,
    payload: {
      ...askedOf(facts.asked),
      approval_status: toApprovalStatus(decision),
      system_id: record.sysId,
      change_number: field(record, 'number'),
      ...(tags.deployRun === undefined ? {} : { deploy_run_id: tags.deployRun }),
      decided_by: author.name,
      reason: author.reason,
      ...(author.approveRun === undefined ? {} : { port_context: { runId: author.approveRun } }),
    },
    described,
  };
}

/** What the run behind the change asked for; undefined parts where it asked for the default pipeline. */
function askedOf(asked: Trigger | undefined): Record<string, unknown> {
  if (asked === undefined) return {};
  const request = requestOf(asked);
  const { pipeline } = request;
  return {
    ...inputsOf(request),
    ...(pipeline === undefined ? {} : pipelinePayload(request, pipeline, asked)),
  };
}

/** The project, ref and token for a change; undefined where the project has no token. */
function routeOf(settings: FlowSettings, tags: Tags, asked: Trigger | undefined): Route | undefined {
  const project = tags.gitlabProject ?? settings.gitlabProject;
  const token = settings.triggerTokens.get(project) ?? tokenByPath(settings, project, asked);
  return token === undefined ? undefined : { project, ref: tags.gitlabRef ?? settings.gitlabRef, token };
}

/** A project that the run behind the change named by its path has its token under that path. */
function tokenByPath(
  settings: FlowSettings,
  project: string,
  asked: Trigger | undefined,
): string | undefined {
  const path =
    asked === undefined || asked.project !== project ? undefined : requestOf(asked).pipeline?.project;
  return path === undefined ? undefined : projectTokenOf(settings, path);
}
