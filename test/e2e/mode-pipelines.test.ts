import { expect, test } from 'vitest';
import { PROJECT } from '../../stage/stage.ts';
import { until } from '../support/until.ts';
import {
  askedDeploy,
  decided,
  deployJob,
  deployments,
  pipelineThatWaits,
  plays,
  stageInMode,
  tokenOf,
} from './modes.ts';
import { bridgeRoute, check, checkAction, define } from './first-guide.ts';
import { endOf, logOf, openedChange, run, silentDeploy, startDeploy } from './scene.ts';
import { decisionsOf, operatorCall, pipelineCall, quiet } from './wire.ts';

test.each(['play', 'wait'] as const)(
  'mode %s: a pipeline that a push started goes on by its approval, and its end stands on the timeline',
  async (mode) => {
    const stage = await stageInMode(mode);
    const pipeline = stage.gitlab.addPipeline(PROJECT, { ref: 'main', source: 'push' });
    const row = await until('its change', () =>
      stage.servicenow.rows('change_request').find((each) => each['approval'] === 'requested'),
    );
    const sysId = row['sys_id'] ?? '';
    stage.servicenow.decide(sysId, 'ann', 'approved');
    await until('the deployment', () => deployments(stage, { pipeline }).length === 1);
    const timeline = async () => (await operatorCall(stage, `/v1/changes/${sysId}/timeline`)).text();
    await until('its end is told', async () =>
      (await timeline()).includes(`Pipeline ${pipeline.id} ended as \\"success\\"`),
    );
    await quiet(stage);
    expect(await decisionsOf(stage, sysId)).toMatchObject([
      { status: 'triggered', pipeline_id: String(pipeline.id) },
    ]);
    expect(stage.gitlab.pipelines()).toHaveLength(1);
  },
);

test('mode play: a decision that is quicker than its pipeline waits until the pipeline comes to its job', async () => {
  const stage = await stageInMode('play');
  stage.gitlab.setProject(PROJECT, { runner: 'none' });
  const runId = startDeploy(stage);
  const pipeline = await until('its pipeline', () => stage.gitlab.pipelines()[0]);
  await until('the developer is told of it', () => logOf(stage, runId).includes('Pipeline 1 started'));
  const token = tokenOf(stage, pipeline);
  await pipelineCall(stage, '/v1/gates', { reason: 'Coverage is low', environment: 'production' }, token);
  const sysId = await openedChange(stage, runId);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  expect((await decided(stage, sysId, 'held')).reason).toContain('has not come to its deploy job yet');
  await until('the developer is told', () => logOf(stage, runId).includes('has not come to its deploy job'));
  expect(plays(stage)).toHaveLength(0);
  // GitLab's hook tells that it waits now.
  stage.gitlab.setJob(pipeline.id, deployJob(pipeline).name, 'manual');
  await decided(stage, sysId, 'triggered');
  expect(deployJob(pipeline).status).toBe('pending');
  expect(plays(stage)).toHaveLength(1);
  stage.gitlab.finish(pipeline.id, 'success');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
});

test('a gate keeps the mode that the rule said when it was asked for', async () => {
  const stage = await stageInMode('play', { bridge: false });
  const first = await stage.startBridge();
  stage.connect(first.url);
  const asked = await askedDeploy(stage);
  await quiet(stage);
  await first.stop(2_000);
  stage.connect((await stage.startBridge({ PIPELINE_RULES: `[{"project":${PROJECT}}]` })).url);
  stage.servicenow.decide(asked.sysId, 'ann', 'approved');
  expect(await endOf(stage, asked.runId)).toBe('SUCCESS');
  await quiet(stage);
  expect(stage.gitlab.pipelines()).toHaveLength(1);
  expect(deployments(stage, asked)).toHaveLength(1);
});

test('each environment has the mode of its own rule', async () => {
  const rules = [
    { project: PROJECT, environments: ['staging'], mode: 'wait' },
    { project: PROJECT, mode: 'play' },
  ];
  const stage = await stageInMode('play', { env: { PIPELINE_RULES: JSON.stringify(rules) } });
  stage.gitlab.setProject(PROJECT, { runner: 'none', mode: 'retrigger' });
  for (const [environment, mode] of [
    ['Staging', 'wait'],
    ['production', 'play'],
  ]) {
    const pipeline = stage.gitlab.addPipeline(PROJECT, { ref: 'main', source: 'push' });
    const body = { reason: 'Coverage is low', environment };
    const token = stage.gitlab.idToken(pipeline.id, 'https://bridge.example.com', {}, 'test');
    const answer = await pipelineCall(stage, '/v1/gates', body, token);
    expect(await answer.json(), environment).toMatchObject({ mode });
  }
});

test.each(['approved', 'rejected'] as const)(
  'mode play: the run of a check ends when its change is %s, also where its pipeline stays blocked',
  async (decision) => {
    const PORT_DEPLOY_ACTIONS = 'deploy_service_to_cluster,pre_deployment_check';
    const stage = await stageInMode('play', { env: { PORT_DEPLOY_ACTIONS } });
    await define(stage, checkAction(bridgeRoute(stage, 'deploy')));
    const runId = silentDeploy(stage);
    const checkId = await check(stage, runId);
    const sysId = await openedChange(stage, runId);
    await pipelineThatWaits(stage, runId);
    expect(run(stage, checkId).status).toBe('IN_PROGRESS');
    stage.servicenow.decide(sysId, 'ann', decision);
    expect(await endOf(stage, checkId)).toBe('SUCCESS');
    expect(await endOf(stage, runId)).toBe(decision === 'approved' ? 'SUCCESS' : 'FAILURE');
  },
);
