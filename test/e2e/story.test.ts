import { expect, test } from 'vitest';
import { PEOPLE, SERVICE, type Stage } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';

function startDeploy(stage: Stage): string {
  return stage.port.startRun('deploy_service_to_cluster', {
    by: PEOPLE.developer,
    entity: SERVICE,
    properties: { environment: 'Production' },
  }).id;
}

async function openedChange(stage: Stage, runId: string): Promise<string> {
  const change = await until('a change request in ServiceNow', () =>
    stage.servicenow
      .rows('change_request')
      .find((row) => row['u_external_tags']?.includes(runId) && row['approval'] === 'requested'),
  );
  return change['sys_id'] ?? '';
}

function run(stage: Stage, id: string) {
  return stage.port.runs().find((each) => each.id === id);
}

test('a deployment below the threshold waits, is approved in ServiceNow, and deploys once', async () => {
  const stage = await stageForTest();
  const runId = startDeploy(stage);
  const sysId = await openedChange(stage, runId);
  await until('the change in the portal', () =>
    stage.port.entities('servicenowChangeRequest').some((e) => e.identifier === sysId),
  );
  expect(stage.gitlab.deployments()).toHaveLength(0);

  stage.servicenow.decide(sysId, PEOPLE.approver, 'approved', 'Looks fine');
  await until('the developer’s run ends', () => run(stage, runId)?.status === 'SUCCESS');
  await until('the portal shows the approval', () =>
    stage.port.entities('servicenowChangeRequest').some((e) => e.properties['approval'] === 'approved'),
  );
  expect(stage.gitlab.deployments()).toHaveLength(1);
  expect(stage.gitlab.pipelines()).toHaveLength(2);
  const lines = stage.port.logs(runId).map((line) => line.message);
  expect(lines.join('\n')).toContain('approved by ann');
});

test('a deployment declined in the portal is written to ServiceNow and never deploys', async () => {
  const stage = await stageForTest();
  const runId = startDeploy(stage);
  const sysId = await openedChange(stage, runId);
  await until('the change in the portal', () =>
    stage.port.entities('servicenowChangeRequest').some((e) => e.identifier === sysId),
  );
  const approve = stage.port.startRun('approve_and_deploy_service', {
    by: PEOPLE.engineer,
    entity: sysId,
    properties: { approval_status: 'declined', reason: 'Freeze until Monday' },
  });
  await until('the approve run ends', () => run(stage, approve.id)?.status === 'SUCCESS');
  await until('the developer’s run ends', () => run(stage, runId)?.status === 'FAILURE');
  expect(stage.servicenow.change(sysId)?.['approval']).toBe('rejected');
  expect(stage.gitlab.deployments()).toHaveLength(0);
  expect(stage.gitlab.pipelines()).toHaveLength(2);
  const lines = stage.port.logs(runId).map((line) => line.message);
  expect(lines.join('\n')).toContain('declined by petra@example.com. Reason: Freeze until Monday');
});
