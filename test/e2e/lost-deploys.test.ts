import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { PROJECT, type Stage } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { define, deployAction, gitlabTrigger } from './first-guide.ts';
import { endOf, logOf, run, silentDeploy, startDeploy, waitingChange } from './scene.ts';
import { quiet, sync } from './wire.ts';

test('a lost deploy webhook is found by its open run: one pipeline, however many syncs', async () => {
  const stage = await stageForTest();
  stage.gitlab.setProject(PROJECT, { runner: 'none' });
  const runId = silentDeploy(stage);
  await stage.port.waitIdle();
  await Promise.all([sync(stage, 'delta'), sync(stage, 'full')]);
  const pipeline = await pipelineOf(stage, runId);
  expect(pipeline.payload).toMatchObject({ environment: 'Production', entity: 'checkout' });
  await sync(stage, 'delta');
  stage.gitlab.finish(pipeline.id, 'success');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  await quiet(stage);
  expect(stage.gitlab.pipelines()).toHaveLength(1);
});

test('an open run of an action that is none of PORT_DEPLOY_ACTIONS is left alone', async () => {
  const stage = await stageForTest({ env: { PORT_DEPLOY_ACTIONS: 'some_other_action' } });
  silentDeploy(stage);
  await stage.port.waitIdle();
  await sync(stage, 'delta');
  await quiet(stage);
  expect(stage.gitlab.pipelines()).toHaveLength(0);
});

test('a deploy run that the portal sent to GitLab itself is left alone', async () => {
  const stage = await stageForTest();
  stage.gitlab.setProject(PROJECT, { runner: 'none' });
  await define(stage, deployAction(gitlabTrigger(stage)));
  startDeploy(stage);
  await until('the portal’s own pipeline', () => stage.gitlab.pipelines().length === 1);
  await stage.port.waitIdle();
  await sync(stage, 'full');
  stage.gitlab.finish(stage.gitlab.pipelines()[0]?.id ?? 0, 'success');
  await quiet(stage);
  expect(stage.gitlab.pipelines()).toHaveLength(1);
});

test('a deploy run that a change stands for has had its pipeline, and gets no other', async () => {
  const stage = await stageForTest();
  const { runId } = await waitingChange(stage);
  await sync(stage, 'full');
  await quiet(stage);
  expect(stage.gitlab.pipelines()).toHaveLength(0);
  expect(run(stage, runId).status).toBe('IN_PROGRESS');
});

test('after the ledger is lost, the pipeline of an open deploy run is found, and none is started', async () => {
  const stage = await stageForTest();
  const { runId, id } = await deployedBefore(stage);
  await amnesia(stage);
  await sync(stage, 'full');
  await until(
    'the run is told of it again',
    () => logOf(stage, runId).split(`Pipeline ${id} started`).length > 2,
  );
  stage.gitlab.finish(id, 'success');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  await quiet(stage);
  expect(stage.gitlab.pipelines()).toHaveLength(1);
});

test('after the ledger is lost, an open deploy run waits for an operator where nobody can look', async () => {
  const stage = await stageForTest({ env: { GITLAB_API_TOKEN: '' } });
  const { runId, id } = await deployedBefore(stage);
  await amnesia(stage);
  await sync(stage, 'full');
  await until('the run is told', () => logOf(stage, runId).includes('older than this ledger'));
  stage.gitlab.finish(id, 'success');
  await quiet(stage);
  expect(stage.gitlab.pipelines()).toHaveLength(1);
});

/** A deployment whose pipeline runs. */
async function deployedBefore(stage: Stage): Promise<{ runId: string; id: number }> {
  stage.gitlab.setProject(PROJECT, { runner: 'none' });
  const runId = startDeploy(stage);
  const { id } = await pipelineOf(stage, runId);
  await until('the run is told', () => logOf(stage, runId).includes(`Pipeline ${id} started`));
  return { runId, id };
}

/** A bridge that knows nothing takes over. */
async function amnesia(stage: Stage): Promise<void> {
  const bridge = await stage.startBridge({ REDIS_PREFIX: `lost-${randomUUID().slice(0, 8)}` });
  stage.connect(bridge.url);
}

async function pipelineOf(stage: Stage, runId: string) {
  return until('a pipeline', () =>
    stage.gitlab.pipelines().find((pipeline) => pipeline.payload.deploy_run_id === runId),
  );
}
