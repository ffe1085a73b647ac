import type { Pipeline } from '../../sandbox/gitlab/server.ts';
import { PEOPLE, SERVICE, type Stage } from '../stage.ts';
import type { Teller } from './teller.ts';

export type ChangeRow = { readonly sysId: string; readonly number: string };
/** A deployment that waits for its approval. */
export type Waiting = { readonly runId: string; readonly change: ChangeRow; readonly pipeline: Pipeline };

/** A developer asks for a deployment; it stops at its gate, with a change request. */
export async function untilGate(stage: Stage, tell: Teller): Promise<Waiting> {
  const { id: runId } = stage.port.startRun('deploy_service_to_cluster', {
    by: PEOPLE.developer,
    entity: SERVICE,
    properties: { environment: 'Production' },
  });
  tell.say('Portal', `${PEOPLE.developer} asks to deploy ${SERVICE} to Production`);
  const pipeline = await tell.see(
    'GitLab',
    'a pipeline for the run',
    () => stage.gitlab.pipelines().find((each) => each.payload.deploy_run_id === runId),
    (seen) => `pipeline ${seen.id} builds and tests commit ${shortSha(seen)}`,
  );
  const change = await tell.see(
    'ServiceNow',
    'a change request with the run in its tags',
    () => changeOf(stage, runId),
    (seen) => `coverage is 65, the threshold 70: the pipeline asks, and ${seen.number} is opened`,
  );
  await seePortal(stage, tell, change, 'requested');
  await tell.see(
    'GitLab',
    'the first pipeline at its end',
    () => (pipeline.status === 'success' ? pipeline : undefined),
    (seen) => `pipeline ${seen.id} stops at its gate; nothing is deployed`,
  );
  must(deploymentsOf(stage, runId) === 0, 'no deployment before the decision');
  return { runId, change, pipeline };
}

export async function seePortal(
  stage: Stage,
  tell: Teller,
  { sysId, number }: ChangeRow,
  approval: string,
): Promise<void> {
  const changes = () => stage.port.entities('servicenowChangeRequest');
  await tell.see(
    'Portal',
    `${number} as ${approval}`,
    () => changes().find((each) => each.identifier === sysId && each.properties['approval'] === approval),
    () => `shows ${number}: ${approval}`,
  );
}

/** The pipeline that a decision starts. */
export function seePipeline(
  stage: Stage,
  tell: Teller,
  change: ChangeRow,
  status: 'approved' | 'declined',
): Promise<Pipeline> {
  return tell.see(
    'GitLab',
    `a pipeline with approval_status ${status}`,
    () => pipelinesOf(stage, change).find((each) => each.payload.approval_status === status),
    (seen) => `pipeline ${seen.id} is started: ${status} by ${seen.payload.decided_by}`,
  );
}

export async function seeEnd(
  stage: Stage,
  tell: Teller,
  runId: string,
  status: string,
  whose: string,
): Promise<void> {
  await tell.see(
    'Portal',
    `run ${runId} ended as ${status}`,
    () => stage.port.runs().find((each) => each.id === runId && each.status === status),
    () => `${whose} ends: ${status} — “${stage.port.logs(runId).at(-1)?.message ?? ''}”`,
  );
}

/** What the deploy job of a pipeline says in its log; the line that begins with `words`, from there on. */
export function deployLog(pipeline: Pipeline, words: string): string | undefined {
  const lines = pipeline.jobs.flatMap((job) => (job.environment === 'production' ? job.log : []));
  const line = lines.find((each) => each.includes(words));
  return line?.slice(line.indexOf(words));
}

export function pipelinesOf(stage: Stage, { sysId }: ChangeRow): Pipeline[] {
  return stage.gitlab.pipelines().filter((each) => each.payload.system_id === sysId);
}

export function deploymentsOf(stage: Stage, runId: string): number {
  return stage.gitlab.deployments().filter((each) => each.deploy_run_id === runId).length;
}

export function shortSha({ sha }: { readonly sha: string }): string {
  return sha.slice(0, 8);
}

export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`The systems do not show: ${what}`);
}

function changeOf(stage: Stage, runId: string): ChangeRow | undefined {
  const row = stage.servicenow
    .rows('change_request')
    .find((each) => each['u_external_tags']?.includes(runId) === true && each['approval'] === 'requested');
  return row === undefined ? undefined : { sysId: row['sys_id'] ?? '', number: row['number'] ?? '' };
}
