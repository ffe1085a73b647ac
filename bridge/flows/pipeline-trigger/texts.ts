import type { Trigger } from '../../ledger/triggers.ts';
import { type ChangeRecord, nameOf } from '../../model/change.ts';
import { type Decision, toApprovalStatus } from '../../model/decision.ts';
import type { RequestRefused } from '../../model/errors.ts';
import type { GitLabJob, GitLabPipeline, Route } from '../../outbound/gitlab.ts';
import { LOOK_AND_RESOLVE, reasonGiven } from '../shared/texts.ts';
import type { OwnFacts } from './gather-own.ts';

// Everything that people read about a trigger record.

export const CHECK_DECIDED =
  '✅ The change is decided. Whether the service was deployed stands on the run of the deployment.';
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
export const NO_LONGER_WAITS = 'GitLab does not start the job, and it does not wait any more: looking again.';
export const STOOD_STILL = 'This worker stood still before it called GitLab: looking again.';
export const HELD_BY_ANOTHER = 'Another worker is calling GitLab for this record.';
export const TAKEN_BY_ANOTHER = 'Another worker took this record.';

export function otherAction(action: string): string {
  return `The run belongs to the action ${action}, which is none of PORT_DEPLOY_ACTIONS: add it there, if its runs may start pipelines.`;
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

/** The variable is the one that Port's agent would read. */
export function noProjectToken(project: string): string {
  return `No trigger token is configured for GitLab project ${project}: put it into the bridge's environment as ${project.replaceAll('/', '_')}, or add ${project}:<token> to GITLAB_TRIGGER_TOKENS. Then run the action again.`;
}

export function cannotTellBeforeRun(why: string): string {
  return `The run is older than this ledger, and nobody can tell whether a pipeline was started for it (${why}). ${LOOK_AND_RESOLVE}`;
}

export function waitsForPortal(name: string): string {
  return `The portal's ${name} starts the pipeline of this decision itself: waiting for it.`;
}

export function portalStartsIt(name: string): string {
  return `The portal's ${name} calls GitLab itself for this decision, and nobody can tell whether it did: set a GITLAB_API_TOKEN that may read pipelines, or point ${name} at the bridge. If no pipeline runs, resolve this decision with "trigger", otherwise with "abandon".`;
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
  const why = reason === '' ? '' : ` ${reasonGiven(reason)}`;
  return `${nameOf(record)} was ${toApprovalStatus(decision)} by ${by}.${why}`;
}

/** What a decision is worth that turns an earlier one around, which a pipeline was started for. */
export function turned(
  sentence: string,
  before: Pick<Trigger, 'sentence' | 'pipeline_id' | 'pipeline_url'>,
): string {
  const {
    sentence: first = 'It had been decided otherwise before.',
    pipeline_id: id = '',
    pipeline_url: url = '',
  } = before;
  const done = id === '' ? '' : ` Pipeline ${id} had been told of that: look at what it did. ${url}`;
  return `The decision was turned around. ${sentence} Before: ${first}${done}`.trim();
}

export function started(pipeline: string, url: string): string {
  return `Pipeline ${pipeline} started: ${url}`;
}

/** The gate's own pipeline, with its page. */
type Own = Pick<OwnFacts, 'project' | 'id' | 'url' | 'mode'>;
type Job = Pick<GitLabJob, 'name' | 'status'>;

/** A claim lets the gate's own pipeline through also while its decision is parked. */
const LET_THROUGH = 'the approval lets it through';

export function goesOn(own: Own): string {
  return `Pipeline ${own.id} goes on with it${pageOf(own)}`;
}

export function played(own: Own, job: string): string {
  return `Job "${job}" of pipeline ${own.id} was started${pageOf(own)}`;
}

export function startedByHand(own: Own, { name }: Job): string {
  return `Job "${name}" of pipeline ${own.id} had been started by somebody already${pageOf(own)}`;
}

export function hadEnded(own: Own): string {
  return `Pipeline ${own.id} had ended before the decision, so nothing is deployed by itself. Retry its failed job in GitLab: ${LET_THROUGH}. Or start the deployment again${pageOf(own)}`;
}

/** What becomes of the pipeline whose change was declined. */
export function leftAlone(own: Own): string {
  return own.mode === 'play'
    ? `Pipeline ${own.id} stays blocked: its deploy job is not started, and deploys nothing if somebody starts it${pageOf(own)}`
    : `Pipeline ${own.id} ends without a deployment${pageOf(own)}`;
}

/** A change was declined after its pipeline had begun to deploy with an earlier approval. */
export function tooLate(pipeline: string): string {
  return `Pipeline ${pipeline} had taken an earlier approval of this change before: look in GitLab what it deployed.`;
}

export function notThereYet(own: Own): string {
  return `Pipeline ${own.id} has not come to its deploy job yet: it is started as soon as it waits.`;
}

export function otherCommit(own: Own, approved: string, runs: string): string {
  return `Pipeline ${own.id} is of commit ${runs}, and commit ${approved} was approved: its job is not started. Start the deployment of the commit that is to go out, and resolve this decision with "abandon".`;
}

export function noJob(own: Own): string {
  return `Pipeline ${own.id} has ended, and no job of it waits for an approval. In mode play the deploy job needs "when: manual" and "allow_failure: false", as .gated-deploy of the component has them. Mend it, start the deployment again, and resolve this decision with "abandon".`;
}

export function severalJobs(own: Own, jobs: readonly Job[]): string {
  const names = jobs.map(({ name }) => `"${name}"`).join(', ');
  return `Several jobs of pipeline ${own.id} wait: ${names}. Nobody can tell which one was approved. Start the right one in GitLab: ${LET_THROUGH}. For the next time let its name end in the environment, as in "deploy: [production]".`;
}

export function waitsNoLonger(own: Own, { name, status }: Job): string {
  return `Job "${name}" of pipeline ${own.id} does not wait any more, it is ${status}. Retry it in GitLab: ${LET_THROUGH}. Or start the deployment again, and resolve this decision with "abandon".`;
}

export function skipped(own: Own, { name }: Job): string {
  return `Job "${name}" of pipeline ${own.id} was skipped, because a job before it failed. Retry that one in GitLab. When "${name}" waits, resolve this decision with "trigger".`;
}

export function notShown(own: Own, status: number, why: string): string {
  return `GitLab does not show pipeline ${own.id} of project ${own.project} (${status}): it was deleted, or GITLAB_API_TOKEN may not read this project. ${why} Mend the cause, then resolve this decision with "trigger"; if the pipeline is gone, with "abandon".`;
}

/** What GitLab's refusal to start a job means and what to do about it. */
export function notPlayed(error: RequestRefused, own: Own, { name }: Job): string {
  const then = `Then resolve this decision with "trigger". Or start the job in GitLab: ${LET_THROUGH}.`;
  const what = `GitLab does not start job "${name}" of pipeline ${own.id}`;
  if (error.message.includes('insufficient_scope')) {
    return `${what} (403): GITLAB_API_TOKEN needs the scope api. Make a token with it, and restart Changebridge. ${then}`;
  }
  if (error.status === 403) {
    return `${what} (403): the user of GITLAB_API_TOKEN may not. Give it the right to deploy to the job's environment (Settings > CI/CD > Protected environments) and to push or merge to its branch. ${then}`;
  }
  if (error.status === 400) {
    return `${what}, though it waits: ${error.message} Its environment may ask for approvals in GitLab itself, or the pipeline is archived. Mend that. ${then}`;
  }
  return `${what}: ${error.message} Mend the cause. ${then}`;
}

export function plays({ project, id }: Own, { name }: Job, attempt: number): string {
  return `Project ${project}, pipeline ${id}, job "${name}", attempt ${attempt}.`;
}

function pageOf({ url }: Own): string {
  return url === '' ? '.' : `: ${url}`;
}

export function held(reason: string): string {
  return `The change is approved, but its pipeline has to wait. ${reason}`;
}

export function calls({ project, ref }: Route, attempt: number): string {
  return `Project ${project}, ref ${ref}, attempt ${attempt}.`;
}

/** Once the dates are moved, it goes on by itself. */
export function tooLateToStart(reason: string): string {
  return `${notStarted(reason)} The deployment then goes on by itself.`;
}

export function notStarted(reason: string): string {
  return `⚠️ The deployment was not started: ${reason}`;
}

/** The same about a pipeline that a run of the portal names by itself. */
export function refusedAsked(error: RequestRefused, { project, ref }: Route): string {
  const again = 'Then run the action again.';
  if (error.status === 404) {
    return `GitLab knows no project ${project} with this trigger token (404). Check groupName and projectName of the action, and the token: the variable ${project.replaceAll('/', '_')}, or GITLAB_TRIGGER_TOKENS. ${again}`;
  }
  if (error.message.includes('Reference not found')) {
    return `GitLab has no ref "${ref}" in project ${project}. Mend the input ref, or defaultRef of the action. ${again}`;
  }
  if (error.message.includes('pipeline variables')) {
    return `Project ${project} takes no pipeline variables, and the inputs of the action go as such. Allow them in the project (Settings, CI/CD, Variables), or leave them out (omitUserInputs) and read them from port_payload. ${again}`;
  }
  return `${error.message} (project ${project}, ref ${ref}). ${again}`;
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
