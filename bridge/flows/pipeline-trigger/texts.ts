import { type ChangeRecord, nameOf } from '../../model/change.ts';
import { type Decision, toApprovalStatus } from '../../model/decision.ts';
import type { RequestRefused } from '../../model/errors.ts';
import type { GitLabPipeline, Route } from '../../outbound/gitlab.ts';
import { LOOK_AND_RESOLVE } from '../shared/texts.ts';

// Everything that people read about a trigger record.

export const DAMAGED = 'The record is damaged.';
export const DELETED = 'The change was deleted in ServiceNow before its pipeline was started.';
/** ServiceNow answers 404 for both. */
export const UNREADABLE =
  'ServiceNow no longer shows this change: it was deleted, or the integration user may not read it any more. Check that user, then resolve this decision: trigger or abandon.';
export const NO_SUCH_RUN = 'The portal knows no such run.';
export const MAY_STILL_TAKE_EFFECT =
  'The last call to GitLab may still take effect: looking again before it is repeated.';
export const STILL_BEING_CONFIRMED = 'The portal approval behind this decision is still being confirmed.';
export const NOT_SHOWN_YET = 'ServiceNow does not show yet what an event told of this change: looking again.';
export const HELD_BY_ANOTHER = 'Another worker is calling GitLab for this record.';
export const TAKEN_BY_ANOTHER = 'Another worker took this record.';

export function otherAction(action: string): string {
  return `The run belongs to the action ${action}, which is none of PORT_DEPLOY_ACTIONS.`;
}

export function runHasEnded(status: string): string {
  return `The run is ${status} in the portal.`;
}

export function namesNoDeployment(record: ChangeRecord, tagsField: string): string {
  return `${nameOf(record)} names no deployment in ${tagsField}: there is no pipeline to start.`;
}

export function noTriggerToken(project: string): string {
  return `No trigger token is configured for GitLab project ${project}: add it to GITLAB_TRIGGER_TOKENS, then resolve this decision with "trigger".`;
}

export function startedBefore(pipeline: GitLabPipeline): string {
  return `Pipeline ${pipeline.id} was started for this change before this ledger began: ${pipeline.url}. ${LOOK_AND_RESOLVE}`;
}

export function cannotTellBefore(why: string): string {
  return `The change is older than this ledger, and GitLab does not tell what was started for it (${why}). ${LOOK_AND_RESOLVE}`;
}

export function nobodyCanTell(project: string, id: string): string {
  return `GitLab did not answer, and without a GITLAB_API_TOKEN that may read pipelines nobody can tell whether one started. Look for a pipeline of project ${project} whose TRIGGER_PAYLOAD has decision_id ${id}; if there is none, resolve this decision with "trigger", otherwise with "abandon".`;
}

export function decided(record: ChangeRecord, decision: Decision, by: string, reason: string): string {
  const why = reason === '' ? '' : ` Reason: ${reason}`;
  return `${nameOf(record)} was ${toApprovalStatus(decision)} by ${by}.${why}`;
}

export function started(pipeline: string, url: string): string {
  return `Pipeline ${pipeline} started: ${url}`;
}

export function held(reason: string): string {
  return `The change is approved, but its pipeline has to wait. ${reason}`;
}

export function calls({ project, ref }: Route, attempt: number): string {
  return `Project ${project}, ref ${ref}, attempt ${attempt}.`;
}

export function notStarted(reason: string): string {
  return `⚠️ The pipeline was not started: ${reason}`;
}

/** What GitLab's refusal means and what to do about it. */
export function refused(error: RequestRefused, route: Route): string {
  if (error.status === 404) {
    return `GitLab knows no project ${route.project} with this trigger token (404). Check GITLAB_PROJECT_ID and GITLAB_TRIGGER_TOKEN, then resolve this decision with "trigger".`;
  }
  if (error.message.includes('Reference not found')) {
    return `GitLab has no ref "${route.ref}" in project ${route.project}. Mend the tag gitlab_ref or GITLAB_REF, then resolve this decision with "trigger".`;
  }
  return `${error.message} (project ${route.project}, ref ${route.ref}). Mend the cause, then resolve this decision with "trigger".`;
}
