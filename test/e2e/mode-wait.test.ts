import { expect, test } from 'vitest';
import { PROJECT } from '../../stage/stage.ts';
import { until } from '../support/until.ts';
import { askedDeploy, click, decided, deployments, plays, stageInMode } from './modes.ts';
import { decideInPortal, endOf, logOf, recordOf, run, shows, storyOf } from './scene.ts';
import { decisionsOf, operatorCall, quiet, sendEvent, sync } from './wire.ts';

test('mode wait: the job that asked notices the approval, and its pipeline deploys once, without a call to GitLab', async () => {
  // Without an API token too.
  const stage = await stageInMode('wait', { env: { GITLAB_API_TOKEN: '' } });
  const asked = await askedDeploy(stage);
  const { runId, sysId, pipeline } = asked;
  const before = stage.gitlab.requests.list('/api/v4/').length;
  await shows(stage, sysId, 'requested');
  const approve = decideInPortal(stage, sysId, 'approved');
  expect(await endOf(stage, approve)).toBe('SUCCESS');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  await quiet(stage);
  expect(stage.gitlab.requests.list('/api/v4/')).toHaveLength(before);
  expect(stage.gitlab.pipelines()).toHaveLength(1);
  expect(deployments(stage, asked)).toHaveLength(1);
  expect(await decisionsOf(stage, sysId)).toMatchObject([
    { status: 'triggered', pipeline_id: String(pipeline.id), claimed_by: `${PROJECT}/${pipeline.id}` },
  ]);
  const number = recordOf(stage, sysId)['number'] ?? '';
  expect(storyOf(stage, runId)).toEqual([
    expect.stringMatching(/Pipeline 1 started: http/),
    expect.stringContaining(`${number} was opened`),
    expect.stringMatching(new RegExp(`${number} was approved by .*Pipeline 1 goes on with it: http`)),
    expect.stringMatching(/was deployed/),
  ]);
});

test('mode wait: a declined change ends the wait and the developer’s run, and deploys nothing', async () => {
  const stage = await stageInMode('wait');
  const asked = await askedDeploy(stage);
  const { runId, sysId, pipeline } = asked;
  await shows(stage, sysId, 'requested');
  decideInPortal(stage, sysId, 'declined', { reason: 'Freeze until Monday' });
  expect(await endOf(stage, runId)).toBe('FAILURE');
  expect(run(stage, runId).statusLabel).toBe('declined');
  expect(logOf(stage, runId)).toMatch(/Not deployed.*Freeze until Monday.*ends without a deployment/);
  await until('the pipeline ends', () => pipeline.status === 'success');
  await quiet(stage);
  expect(deployments(stage, asked)).toHaveLength(0);
  const timeline = await (await operatorCall(stage, `/v1/changes/${sysId}/timeline`)).text();
  expect(timeline).not.toContain('had ended before');
});

test('mode wait: a change that is cancelled ends the wait', async () => {
  const stage = await stageInMode('wait');
  const asked = await askedDeploy(stage);
  stage.servicenow.updateChange(asked.sysId, { state: '4' });
  expect(await endOf(stage, asked.runId)).toBe('FAILURE');
  await until('the pipeline ends', () => asked.pipeline.status === 'success');
  expect(deployments(stage, asked)).toHaveLength(0);
});

test('mode wait: an approval on hold keeps the job waiting until the hold ends', async () => {
  const stage = await stageInMode('wait');
  const asked = await askedDeploy(stage);
  const { runId, sysId, pipeline } = asked;
  stage.servicenow.updateChange(sysId, { on_hold: 'true', on_hold_reason: 'Month end' });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('the developer is told', () => logOf(stage, runId).includes('Month end'));
  expect(pipeline.status).toBe('running');
  stage.servicenow.updateChange(sysId, { on_hold: 'false' });
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  expect(deployments(stage, asked)).toHaveLength(1);
});

test('mode wait: a rejection that follows an approval before the claim deploys nothing', async () => {
  const stage = await stageInMode('wait', { stageMs: 500 });
  const asked = await askedDeploy(stage);
  stage.servicenow.decide(asked.sysId, 'ann', 'approved');
  await decided(stage, asked.sysId, 'triggered');
  stage.servicenow.updateChange(asked.sysId, { approval: 'rejected' }, 'bob');
  expect(await endOf(stage, asked.runId)).toBe('FAILURE');
  await until('the pipeline ends', () => ['failed', 'success'].includes(asked.pipeline.status));
  await quiet(stage);
  expect(deployments(stage, asked)).toHaveLength(0);
});

test('mode wait: a decision that is told again and again is acted upon once', async () => {
  const stage = await stageInMode('wait');
  const asked = await askedDeploy(stage);
  const { runId, sysId } = asked;
  stage.gitlab.faults.add({ kind: 'duplicate-hook' });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const record = recordOf(stage, sysId);
  await Promise.all(Array.from({ length: 5 }, () => sendEvent(stage, record)));
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  await sync(stage, 'full');
  await quiet(stage);
  expect(deployments(stage, asked)).toHaveLength(1);
  expect(stage.port.logs(runId).filter((line) => line.message.includes('was approved'))).toHaveLength(1);
});

test('mode wait: a lost hook of the pipeline’s end is found by asking GitLab', async () => {
  const clock = { early: 0 };
  const stage = await stageInMode('wait', { clock: () => Date.now() + clock.early });
  const asked = await askedDeploy(stage);
  stage.gitlab.faults.add({ kind: 'drop-hook' });
  stage.servicenow.decide(asked.sysId, 'ann', 'approved');
  await until('the deployment', () => deployments(stage, asked).length === 1);
  await quiet(stage);
  expect(run(stage, asked.runId).status).toBe('IN_PROGRESS');
  clock.early = 61_000;
  await sync(stage, 'delta');
  expect(await endOf(stage, asked.runId)).toBe('SUCCESS');
});

test('mode wait: a job that gave up waiting is told with the approval, and lets it through when it is retried', async () => {
  const stage = await stageInMode('wait');
  const asked = await askedDeploy(stage);
  const { runId, sysId, pipeline } = asked;
  stage.gitlab.finish(pipeline.id, 'failed');
  expect(await endOf(stage, runId)).toBe('FAILURE');
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await decided(stage, sysId, 'triggered');
  const timeline = async () => (await operatorCall(stage, `/v1/changes/${sysId}/timeline`)).text();
  await until('the approver can read it', async () =>
    (await timeline()).includes('had ended before the decision'),
  );
  await quiet(stage);
  expect(await timeline()).not.toContain('had ended before, so it does not show that');
  const gave = pipeline.jobs.find(({ status }) => status === 'failed');
  await click(stage, gave?.id ?? 0, 'retry');
  await until('the deployment', () => deployments(stage, asked).length === 1);
  await until('it is told', async () => (await timeline()).includes('ended as \\"success\\"'));
  expect(plays(stage)).toHaveLength(0);
});
