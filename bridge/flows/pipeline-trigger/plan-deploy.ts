import type { Trigger } from '../../ledger/triggers.ts';
import type { FlowSettings } from '../shared/context.ts';
import { isSentTo } from '../shared/sent-here.ts';
import { type DeployRequest, inputsOf, requestOf, requestOfRun } from './deploy-request.ts';
import type { DeployFacts } from './gather-deploy.ts';
import { pipelinePayload, refOf } from './pipeline-run.ts';
import type { Plan } from './plans.ts';
import * as texts from './texts.ts';

/** Only a run that exists and is under way, as the portal's API tells it, starts a pipeline. */
export function planDeploy(
  trigger: Trigger,
  { run, predecessor }: DeployFacts,
  settings: FlowSettings,
): Plan {
  if (run === undefined) return { kind: 'abandoned', reason: texts.NO_SUCH_RUN };
  if (!settings.deployActions.includes(run.action)) {
    const isOurs = isSentTo(run, 'deploy') || isSentTo(run, 'gitlab');
    const reason = texts.otherAction(run.action);
    return { kind: 'abandoned', reason, ...(isOurs ? {} : { isAlien: true }) };
  }
  if (run.status !== 'IN_PROGRESS') return { kind: 'abandoned', reason: texts.runHasEnded(run.status) };
  const request = requestOfRun(run, requestOf(trigger));
  if (predecessor.kind === 'found') return { kind: 'adopt', pipeline: predecessor.pipeline, request };
  if (predecessor.kind === 'untold')
    return { kind: 'parked', reason: texts.cannotTellBeforeRun(predecessor.why) };
  return request.pipeline === undefined
    ? ofDefault(trigger, request, settings)
    : ofAsked(trigger, request, settings);
}

/** The default project's pipeline, with what people typed at the top of its payload. */
function ofDefault(trigger: Trigger, request: DeployRequest, settings: FlowSettings): Plan {
  const { gitlabProject: project, gitlabRef: ref } = settings;
  const token = settings.triggerTokens.get(project);
  if (token === undefined) return { kind: 'parked', reason: texts.noTriggerToken(project) };
  const { check_run: checkRun } = trigger;
  const payload = {
    ...inputsOf(request),
    approval_status: 'pending',
    deploy_run_id: request.runId,
    // A pipeline may end the run that it finds here: never the developer's own.
    ...(checkRun === undefined ? {} : { port_context: { runId: checkRun } }),
  };
  return { kind: 'go', route: { project, ref, token }, payload, request };
}

/** The trigger token of a project by its full path. */
export function projectTokenOf(settings: FlowSettings, path: string): string | undefined {
  return settings.triggerTokens.get(path) ?? settings.projectToken(path);
}

/** The pipeline that the run names itself. What is wrong with that, its own person can mend: so it ends. */
function ofAsked(trigger: Trigger, request: DeployRequest, settings: FlowSettings): Plan {
  const { pipeline } = request;
  if (pipeline === undefined) return { kind: 'abandoned', reason: texts.DAMAGED };
  const { project } = pipeline;
  const token = projectTokenOf(settings, project);
  if (token === undefined) return { kind: 'abandoned', reason: texts.noProjectToken(project) };
  const payload = {
    ...pipelinePayload(request, pipeline, trigger),
    approval_status: 'pending',
    deploy_run_id: request.runId,
  };
  return { kind: 'go', route: { project, ref: refOf(request, pipeline), token }, payload, request };
}
