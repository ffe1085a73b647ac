import { expect, test } from 'vitest';
import { PEOPLE, PUBLIC_URL, type Stage } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import {
  deploymentsOf,
  endOf,
  logOf,
  openedChange,
  pipelinesOf,
  portApi,
  run,
  silentDeploy,
  standingDeploy,
  waitingChange,
} from './scene.ts';
import { operatorCall, quiet, setting } from './wire.ts';

function send(stage: Stage, method: string, path: string, body: object, token: string): Promise<Response> {
  return fetch(`${stage.bridgeUrl()}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

test('a pipeline writes lines to the run that started it, each once, and ends it', async () => {
  const stage = await stageForTest();
  const { runId, token } = await standingDeploy(stage);
  for (let time = 0; time < 3; time += 1) {
    expect(
      (await send(stage, 'POST', `/v1/runs/${runId}/logs`, { message: 'Rolling out' }, token)).status,
    ).toBe(202);
  }
  const link = `${stage.gitlab.url}/p/1`;
  const end = { status: 'SUCCESS', message: 'All pods are up', link };
  expect((await send(stage, 'PATCH', `/v1/runs/${runId}`, end, token)).status).toBe(202);
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  expect(logOf(stage, runId).match(/Rolling out/g)).toHaveLength(1);
  expect(logOf(stage, runId)).toContain('All pods are up');
});

test('no pipeline writes to a run that is not its own, nor ends it', async () => {
  const stage = await stageForTest();
  const { runId, pipeline, token } = await standingDeploy(stage);
  const victim = silentDeploy(stage, PEOPLE.engineer);
  const other = stage.gitlab.idToken(Number(pipeline), PUBLIC_URL, { pipeline_id: '999' });
  const foreign = stage.gitlab.idToken(Number(pipeline), PUBLIC_URL, { project_id: '99' });
  for (const [id, shown, status] of [
    [victim, token, 404],
    [runId, other, 404],
    [runId, foreign, 403],
    [runId, stage.operatorToken, 401],
  ] as const) {
    expect((await send(stage, 'POST', `/v1/runs/${id}/logs`, { message: 'x' }, shown)).status).toBe(status);
    expect((await send(stage, 'PATCH', `/v1/runs/${id}`, { status: 'FAILURE' }, shown)).status).toBe(status);
  }
  await quiet(stage);
  expect(run(stage, victim).status).toBe('IN_PROGRESS');
  expect(stage.port.logs(victim)).toHaveLength(0);
  expect(run(stage, runId).status).toBe('IN_PROGRESS');
});

test('a deployment is shown in the portal with what the token proves', async () => {
  const stage = await stageForTest();
  const { pipeline, token } = await standingDeploy(stage);
  const body = { service: 'checkout', environment: 'production', status: 'success', imageTag: '1.2' };
  const path = '/v1/deployments/checkout-production';
  expect((await send(stage, 'PUT', path, body, token)).status).toBe(202);
  const shown = await until('the deployment in the portal', () => stage.port.entities('deployment')[0]);
  const sha = stage.gitlab.pipelines()[0]?.sha;
  expect(shown).toMatchObject({
    identifier: 'checkout-production',
    properties: {
      imageTag: '1.2',
      commitSha: sha,
      deployingUser: 'root',
      environment: 'production',
      status: 'success',
      deployedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    },
    relations: { service: 'checkout' },
  });
  const forged = await send(stage, 'PUT', path, { ...body, commitSha: 'f'.repeat(40) }, token);
  expect(forged.status).toBe(403);
  const rules = JSON.stringify([{ project: 99 }]);
  const open = await stage.startBridge({ PIPELINE_RULES: rules, BRIDGE_ROLE: 'api' });
  const foreign = stage.gitlab.idToken(Number(pipeline), PUBLIC_URL, {
    project_id: '99',
    project_path: 'a/b',
  });
  const taken = await fetch(`${open.url}${path}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${foreign}`, 'content-type': 'application/json' },
    body: JSON.stringify({ status: 'failed' }),
  });
  expect(taken.status).toBe(404);
});

test('a deployment is shown only as the blueprint declares it', async () => {
  const stage = await stageForTest();
  const schema = { properties: { imageTag: { type: 'string' } } };
  await portApi(stage, '/blueprints/deployment', { title: 'Deployment', schema }, 'PUT');
  const { token } = await standingDeploy(stage);
  const body = { service: 'checkout', environment: 'production', status: 'success', imageTag: '1.2' };
  expect((await send(stage, 'PUT', '/v1/deployments/d', body, token)).status).toBe(202);
  const shown = await until('the deployment in the portal', () => stage.port.entities('deployment')[0]);
  expect(shown).toMatchObject({ properties: { imageTag: '1.2' }, relations: {} });
  expect(Object.keys(shown.properties)).toEqual(['imageTag']);
});

test('a service that the portal does not have costs the relation, not the deployment', async () => {
  const stage = await stageForTest();
  const { token } = await standingDeploy(stage);
  const body = { service: 'Some other name', environment: 'production', status: 'failed' };
  expect((await send(stage, 'PUT', '/v1/deployments/d', body, token)).status).toBe(202);
  const shown = await until('the deployment in the portal', () => stage.port.entities('deployment')[0]);
  expect(shown).toMatchObject({
    title: 'Some other name to production',
    properties: { status: 'failed' },
    relations: {},
  });
  expect(shown.properties).not.toHaveProperty('deployedAt');
});

test('a deployment after the run has ended is told on the change’s timeline and in the audit', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  stage.servicenow.decide(sysId, 'ann', 'rejected');
  expect(await endOf(stage, runId)).toBe('FAILURE');
  await quiet(stage);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('the deployment', () => deploymentsOf(stage, sysId).length === 1);
  await until('its end is told', async () => {
    const timeline = await operatorCall(stage, `/v1/changes/${sysId}/timeline`);
    return (await timeline.text()).includes('had ended before, so it does not show that');
  });
  const audit = await operatorCall(stage, '/v1/audit?limit=200');
  expect(await audit.text()).toContain('late-end');
  expect(pipelinesOf(stage, sysId)).toHaveLength(2);
});

test('a project’s token reports for the pipeline that it names, if that is the run’s', async () => {
  const stage = await stageForTest();
  const { runId, pipeline, token } = await standingDeploy(stage);
  await send(stage, 'POST', '/v1/gates', { reason: 'Coverage is low' }, token);
  await openedChange(stage, runId);
  const own = setting(stage, 'PIPELINE_TOKENS').split(':')[1] ?? '';
  const line = { message: 'Told with the token', pipeline: { id: pipeline } };
  expect((await send(stage, 'POST', `/v1/runs/${runId}/logs`, line, own)).status).toBe(202);
  const wrong = { ...line, pipeline: { id: 999 } };
  expect((await send(stage, 'POST', `/v1/runs/${runId}/logs`, wrong, own)).status).toBe(404);
  await until('the line', () => logOf(stage, runId).includes('Told with the token'));
});
