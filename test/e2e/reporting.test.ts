import { expect, test } from 'vitest';
import { PEOPLE, PROJECT } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import {
  decideInPortal,
  deploymentsOf,
  endOf,
  entity,
  logOf,
  openedChange,
  portApi,
  recordOf,
  run,
  startDeploy,
  storyOf,
  waitingChange,
} from './scene.ts';
import { quiet } from './wire.ts';

test('the developer’s run tells each step, in order, and its end', async () => {
  const stage = await stageForTest();
  const runId = startDeploy(stage);
  const sysId = await openedChange(stage, runId);
  await until('the change in the portal', () => entity(stage, sysId) !== undefined);
  decideInPortal(stage, sysId, 'approved', { reason: 'Fine with me' });
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  const number = recordOf(stage, sysId)['number'] ?? '';
  expect(storyOf(stage, runId)).toEqual([
    expect.stringMatching(/Pipeline 1 started: http/),
    expect.stringMatching(new RegExp(`${number} was opened: Coverage 65 % is below .* 70 %`)),
    expect.stringMatching(
      new RegExp(
        `${number} was approved by ${PEOPLE.engineer}. Reason: Fine with me.*Pipeline 2 started: http`,
      ),
    ),
    expect.stringMatching(/was deployed/),
  ]);
  expect(run(stage, runId).link.join(' ')).toContain('/pipelines/2');
  expect(run(stage, runId).statusLabel).toBe('deployed');
});

test('a deployment above the threshold needs no change and ends by itself', async () => {
  const stage = await stageForTest();
  stage.gitlab.setProject(PROJECT, { coverage: 90 });
  const runId = startDeploy(stage);
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  expect(stage.servicenow.rows('change_request')).toHaveLength(0);
  expect(stage.gitlab.deployments()).toHaveLength(1);
});

test('a pipeline that passed with warnings because it waits has not ended its run', async () => {
  const stage = await stageForTest();
  const runId = startDeploy(stage);
  const sysId = await openedChange(stage, runId);
  await until('the first pipeline has ended', () => stage.gitlab.pipelines()[0]?.status === 'success');
  await quiet(stage);
  expect(run(stage, runId).status).toBe('IN_PROGRESS');
  expect(logOf(stage, runId)).not.toContain('was deployed');
  stage.servicenow.decide(sysId, 'ann', 'approved');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
});

test('a pipeline that fails before its gate ends the run as failed', async () => {
  const stage = await stageForTest();
  stage.gitlab.faults.add({ kind: 'job-fails', match: 'build', times: 1 });
  const runId = startDeploy(stage);
  expect(await endOf(stage, runId)).toBe('FAILURE');
  expect(logOf(stage, runId)).toMatch(/ended as "failed": http/);
});

test('an approved deployment that fails ends the run as failed', async () => {
  const stage = await stageForTest();
  const runId = startDeploy(stage);
  const sysId = await openedChange(stage, runId);
  stage.gitlab.setProject(PROJECT, { deployFails: true });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  expect(await endOf(stage, runId)).toBe('FAILURE');
  expect(logOf(stage, runId)).toMatch(/deployment failed.*Pipeline 2 ended as "failed"/);
  expect(deploymentsOf(stage, sysId)).toHaveLength(0);
});

test('an approved deployment that somebody cancels in GitLab ends the run as failed', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  stage.gitlab.faults.add({ kind: 'runner-stuck', times: 1 });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('the pipeline', () => stage.gitlab.pipelines().length === 1);
  stage.gitlab.finish(1, 'canceled');
  expect(await endOf(stage, runId)).toBe('FAILURE');
  expect(logOf(stage, runId)).toContain('canceled');
});

test('a run that somebody ended in the portal is not written to again, and the deployment goes on', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  await portApi(stage, `/actions/runs/${runId}/logs`, { message: 'Enough', terminationStatus: 'FAILURE' });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('the deployment', () => deploymentsOf(stage, sysId).length === 1);
  await quiet(stage);
  expect(stage.port.logs(runId).map((line) => line.message)).toEqual(['Enough']);
  const writes = stage.port.requests.filter(
    (request) => request.path.includes(runId) && request.method !== 'GET',
  );
  expect(writes.map((request) => request.status)).toEqual([201]);
});

test('a report whose answer was lost ends the run once', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  stage.port.faults.add({ kind: 'timeout-after-effect', match: `POST .*/runs/${runId}/logs`, times: 2 });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  expect(await endOf(stage, runId, 30_000)).toBe('SUCCESS');
  await quiet(stage);
  const ends = stage.port.logs(runId).filter((line) => line.terminationStatus !== undefined);
  expect(ends).toHaveLength(1);
});
