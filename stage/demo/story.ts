import { PEOPLE, SERVICE, type Stage } from '../stage.ts';
import type { Teller } from './teller.ts';

type ChangeRow = { readonly sysId: string; readonly number: string };

/** A deployment below the threshold, approved by an approver who never leaves ServiceNow. */
export async function approvedInServiceNow(stage: Stage, tell: Teller): Promise<void> {
  tell.title('Approved in ServiceNow');
  const { runId, change } = await untilGate(stage, tell);
  stage.servicenow.decide(change.sysId, PEOPLE.approver, 'approved', 'Coverage is fine for this release');
  tell.say('ServiceNow', `${PEOPLE.approver} approves ${change.number} in ServiceNow`);
  await seePortal(stage, tell, change, 'approved');
  await seePipeline(stage, tell, change, 'approved');
  await tell.see(
    'GitLab',
    'one deployment',
    () => stage.gitlab.deployments().find((each) => each.deploy_run_id === runId),
    (seen) => `deployed ${seen.entity} (pipeline ${seen.pipeline_id})`,
  );
  await seeEnd(stage, tell, runId, 'SUCCESS', `${PEOPLE.developer}'s deploy run`);
  must(
    stage.gitlab.deployments().filter((each) => each.deploy_run_id === runId).length === 1,
    'exactly one deployment',
  );
  must(pipelinesOf(stage, change).length === 1, 'exactly one pipeline for the decision');
}

/** The same, declined by a platform engineer in the portal: written to ServiceNow, told to the developer. */
export async function declinedInPortal(stage: Stage, tell: Teller): Promise<void> {
  tell.title('Declined in the portal');
  const { runId, change } = await untilGate(stage, tell);
  const reason = 'Change freeze until Monday';
  const approve = stage.port.startRun('approve_and_deploy_service', {
    by: PEOPLE.engineer,
    entity: change.sysId,
    properties: { approval_status: 'declined', reason },
  });
  tell.say('Portal', `${PEOPLE.engineer} declines ${change.number}: ${reason}`);
  await tell.see(
    'ServiceNow',
    'the change rejected',
    () => (stage.servicenow.change(change.sysId)?.['approval'] === 'rejected' ? change : undefined),
    () => `${change.number} shows rejected, with a work note that names ${PEOPLE.engineer}`,
  );
  must(
    workNotes(stage, change).some((note) => note.includes(PEOPLE.engineer) && note.includes(reason)),
    'the work note',
  );
  await seeEnd(stage, tell, approve.id, 'SUCCESS', `${PEOPLE.engineer}'s run`);
  await seePortal(stage, tell, change, 'rejected');
  await seePipeline(stage, tell, change, 'declined');
  await seeEnd(stage, tell, runId, 'FAILURE', `${PEOPLE.developer}'s deploy run`);
  must(!stage.gitlab.deployments().some((each) => each.deploy_run_id === runId), 'no deployment');
  must(pipelinesOf(stage, change).length === 1, 'exactly one pipeline for the decision');
}

async function untilGate(stage: Stage, tell: Teller): Promise<{ runId: string; change: ChangeRow }> {
  const run = stage.port.startRun('deploy_service_to_cluster', {
    by: PEOPLE.developer,
    entity: SERVICE,
    properties: { environment: 'Production' },
  });
  const runId = run.id;
  tell.say('Portal', `${PEOPLE.developer} asks to deploy ${SERVICE} to Production (run ${runId})`);
  const pipeline = await tell.see(
    'GitLab',
    'a pipeline for the run',
    () => stage.gitlab.pipelines().find((each) => each.payload['deploy_run_id'] === runId),
    (seen) => `pipeline ${seen.id} builds and tests`,
  );
  const change = await tell.see(
    'ServiceNow',
    'a change request with the run in its tags',
    () => changeOf(stage, runId),
    (seen) => `coverage is too low: ${seen.number} opened, tagged deploy_run:${runId}`,
  );
  await seePortal(stage, tell, change, 'requested');
  await tell.see(
    'GitLab',
    'the first pipeline at its end',
    () => (pipeline.status === 'success' ? pipeline : undefined),
    (seen) => `pipeline ${seen.id} stops at its gate; nothing is deployed`,
  );
  must(
    !stage.gitlab.deployments().some((each) => each.deploy_run_id === runId),
    'no deployment before the decision',
  );
  return { runId, change };
}

async function seePortal(stage: Stage, tell: Teller, change: ChangeRow, approval: string): Promise<void> {
  const find = () =>
    stage.port
      .entities('servicenowChangeRequest')
      .find((each) => each.identifier === change.sysId && each.properties['approval'] === approval);
  await tell.see(
    'Portal',
    `${change.number} as ${approval}`,
    find,
    () => `shows ${change.number}: ${approval}`,
  );
}

async function seePipeline(stage: Stage, tell: Teller, change: ChangeRow, status: string): Promise<void> {
  await tell.see(
    'GitLab',
    `a pipeline with approval_status ${status}`,
    () => pipelinesOf(stage, change).find((each) => each.payload['approval_status'] === status),
    (seen) => `pipeline ${seen.id} triggered: ${status} by ${String(seen.payload['decided_by'])}`,
  );
}

async function seeEnd(
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

function changeOf(stage: Stage, runId: string): ChangeRow | undefined {
  const row = stage.servicenow
    .rows('change_request')
    .find((each) => each['u_external_tags']?.includes(runId));
  return row === undefined ? undefined : { sysId: row['sys_id'] ?? '', number: row['number'] ?? '' };
}

function workNotes(stage: Stage, change: ChangeRow): string[] {
  const rows = stage.servicenow.rows('sys_journal_field').filter((row) => row['element_id'] === change.sysId);
  return rows.map((row) => row['value'] ?? '');
}

function pipelinesOf(stage: Stage, change: ChangeRow) {
  return stage.gitlab.pipelines().filter((each) => each.payload['system_id'] === change.sysId);
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`The systems do not show: ${what}`);
}
