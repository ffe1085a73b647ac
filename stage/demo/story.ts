import { PEOPLE, SERVICE, type Stage } from '../stage.ts';
import {
  type ChangeRow,
  deployLog,
  deploymentsOf,
  must,
  pipelinesOf,
  seeEnd,
  seePipeline,
  seePortal,
  untilGate,
} from './sights.ts';
import type { Teller } from './teller.ts';

/** A deployment below the threshold, approved by an approver who never leaves ServiceNow. */
export async function approvedInServiceNow(stage: Stage, tell: Teller): Promise<void> {
  tell.title('Approved in ServiceNow');
  const { runId, change } = await untilGate(stage, tell);
  stage.servicenow.decide(change.sysId, PEOPLE.approver, 'approved', 'Coverage is fine for this release');
  tell.say('ServiceNow', `${PEOPLE.approver} approves ${change.number} in ServiceNow`);
  await seePortal(stage, tell, change, 'approved');
  const pipeline = await seePipeline(stage, tell, change, 'approved');
  await tell.see(
    'GitLab',
    'the claim of the approval',
    () => deployLog(pipeline, 'belongs to this pipeline'),
    () =>
      `its deploy job proves who it is and claims the approval; ServiceNow is asked, and ${change.number} still stands`,
  );
  await tell.see(
    'GitLab',
    'one deployment',
    () => stage.gitlab.deployments().find((each) => each.deploy_run_id === runId),
    (seen) => `pipeline ${seen.pipeline_id} deploys ${SERVICE} to ${seen.environment}`,
  );
  await tell.see(
    'Portal',
    'the deployment',
    () => stage.port.entities('deployment').find((each) => each.identifier === `${SERVICE}-production`),
    (seen) => `shows the deployment ${seen.identifier}, with its job, commit and user`,
  );
  await seeEnd(stage, tell, runId, 'SUCCESS', `${PEOPLE.developer}'s deploy run`);
  must(deploymentsOf(stage, runId) === 1, 'exactly one deployment');
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
  must(deploymentsOf(stage, runId) === 0, 'no deployment');
  must(pipelinesOf(stage, change).length === 1, 'exactly one pipeline for the decision');
}

function workNotes(stage: Stage, change: ChangeRow): string[] {
  const rows = stage.servicenow.rows('sys_journal_field').filter((row) => row['element_id'] === change.sysId);
  return rows.map((row) => row['value'] ?? '');
}
