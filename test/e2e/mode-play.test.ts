import { expect, test } from 'vitest';
import { PROJECT, type Stage } from '../../stage/stage.ts';
import { until } from '../support/until.ts';
import { askedDeploy, click, decided, deployJob, deployments, plays, stageInMode } from './modes.ts';
import { frontOf } from './proxy.ts';
import { decideInPortal, endOf, logOf, muteServiceNow, recordOf, run, shows, storyOf } from './scene.ts';
import { decisionsOf, operatorCall, quiet, sendEvent, sync } from './wire.ts';

const PLAY = 'POST /api/v4/projects/42/jobs/';

test('mode play: an approval starts the waiting job of the same pipeline, which deploys once, and all are told', async () => {
  const stage = await stageInMode('play');
  const asked = await askedDeploy(stage);
  const { runId, sysId, pipeline } = asked;
  await quiet(stage);
  expect(run(stage, runId).status).toBe('IN_PROGRESS');
  const approve = decideInPortal(stage, sysId, 'approved', { reason: 'Fine with me' });
  expect(await endOf(stage, approve)).toBe('SUCCESS');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  await quiet(stage);
  expect(stage.gitlab.pipelines()).toHaveLength(1);
  expect(deployments(stage, asked)).toHaveLength(1);
  expect(plays(stage)).toHaveLength(1);
  expect(await decisionsOf(stage, sysId)).toMatchObject([
    {
      status: 'triggered',
      mode: 'play',
      job: 'deploy: [production]',
      pipeline_id: String(pipeline.id),
      claimed_by: `${PROJECT}/${pipeline.id}`,
    },
  ]);
  const number = recordOf(stage, sysId)['number'] ?? '';
  expect(storyOf(stage, runId)).toEqual([
    expect.stringMatching(/Pipeline 1 started: http/),
    expect.stringContaining(`${number} was opened`),
    expect.stringMatching(
      new RegExp(
        `${number} was approved by .*Fine with me.*Job "deploy: .production." of pipeline 1 was started: http`,
      ),
    ),
    expect.stringMatching(/was deployed/),
  ]);
});

test('mode play: a declined change starts nothing; the pipeline stays blocked and the developer’s run ends', async () => {
  const stage = await stageInMode('play');
  const asked = await askedDeploy(stage);
  const { runId, sysId, pipeline } = asked;
  await shows(stage, sysId, 'requested');
  decideInPortal(stage, sysId, 'declined', { reason: 'Freeze until Monday' });
  expect(await endOf(stage, runId)).toBe('FAILURE');
  expect(run(stage, runId).statusLabel).toBe('declined');
  expect(logOf(stage, runId)).toMatch(/Not deployed.*declined by.*Freeze until Monday.*stays blocked/);
  await quiet(stage);
  expect(plays(stage)).toHaveLength(0);
  expect(pipeline.status).toBe('manual');
  // Whoever clicks all the same gets nothing.
  await click(stage, deployJob(pipeline).id, 'play');
  await until('the job has ended', () => pipeline.status === 'failed');
  expect(deployments(stage, asked)).toHaveLength(0);
});

test('mode play: an approval that no longer stands when it may go on starts nothing', async () => {
  const stage = await stageInMode('play');
  const asked = await askedDeploy(stage);
  const { runId, sysId } = asked;
  stage.servicenow.updateChange(sysId, { on_hold: 'true', on_hold_reason: 'Month end' });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('the developer is told', () => logOf(stage, runId).includes('Month end'));
  expect(await decisionsOf(stage, sysId)).toMatchObject([{ status: 'held' }]);
  stage.servicenow.updateChange(sysId, { approval: 'rejected' }, 'bob');
  expect(await endOf(stage, runId)).toBe('FAILURE');
  expect((await decisionsOf(stage, sysId)).map((each) => each.status)).toEqual(['superseded', 'triggered']);
  expect(plays(stage)).toHaveLength(0);
});

test('mode play: an approval that was taken back after the job was started lets nothing through', async () => {
  const stage = await stageInMode('play', { stageMs: 1_000 });
  const asked = await askedDeploy(stage);
  const { runId, sysId, pipeline } = asked;
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('the job runs', () => deployJob(pipeline).status === 'running');
  muteServiceNow(stage);
  stage.servicenow.updateChange(sysId, { approval: 'requested' });
  expect(await endOf(stage, runId)).toBe('FAILURE');
  await quiet(stage);
  expect(deployJob(pipeline).log.join()).toContain('409');
  expect(deployments(stage, asked)).toHaveLength(0);
});

test('mode play: approved again after it was sent back, a deployed change is not deployed again', async () => {
  const stage = await stageInMode('play');
  const asked = await askedDeploy(stage);
  const { runId, sysId } = asked;
  stage.servicenow.decide(sysId, 'ann', 'approved');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  stage.servicenow.updateChange(sysId, { approval: 'requested' });
  await shows(stage, sysId, 'requested');
  stage.servicenow.updateChange(sysId, { approval: 'approved' });
  await until('the second decision', async () => (await decisionsOf(stage, sysId)).length === 2);
  await quiet(stage);
  expect((await decisionsOf(stage, sysId)).map((each) => each.status)).toEqual(['triggered', 'triggered']);
  expect(plays(stage)).toHaveLength(1);
  expect(deployments(stage, asked)).toHaveLength(1);
});

test('mode play: a decision that is told again and again starts its job once', async () => {
  const stage = await stageInMode('play');
  const asked = await askedDeploy(stage);
  const { runId, sysId } = asked;
  stage.gitlab.faults.add({ kind: 'duplicate-hook' });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const record = recordOf(stage, sysId);
  await Promise.all(Array.from({ length: 5 }, () => sendEvent(stage, record)));
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  await sendEvent(stage, record);
  await sync(stage, 'full');
  await quiet(stage);
  expect(plays(stage)).toHaveLength(1);
  expect(deployments(stage, asked)).toHaveLength(1);
  expect(stage.port.logs(runId).filter((line) => line.message.includes('was approved'))).toHaveLength(1);
});

test.each(['reset', 'hang'] as const)(
  'mode play: a job whose start is not answered (%s) is looked at, not started again',
  async (mode) => {
    const stage = await stageInMode('play');
    const asked = await askedDeploy(stage);
    stage.gitlab.faults.add({ kind: 'timeout-after-effect', match: PLAY, mode, times: 1 });
    // Nobody tells how the pipeline goes on: only a look can.
    stage.gitlab.faults.add({ kind: 'drop-hook' });
    stage.servicenow.decide(asked.sysId, 'ann', 'approved');
    await decided(stage, asked.sysId, 'triggered');
    await quiet(stage);
    expect(plays(stage)).toHaveLength(1);
    expect(deployments(stage, asked)).toHaveLength(1);
  },
);

test('mode play: a start that never arrived is repeated once, after a look', async () => {
  const stage = await stageInMode('play');
  const asked = await askedDeploy(stage);
  stage.gitlab.faults.add({ kind: 'timeout-before-effect', match: PLAY, times: 1 });
  stage.servicenow.decide(asked.sysId, 'ann', 'approved');
  expect(await endOf(stage, asked.runId)).toBe('SUCCESS');
  await quiet(stage);
  expect(plays(stage)).toHaveLength(2);
  expect(deployments(stage, asked)).toHaveLength(1);
});

test('mode play: a start that takes effect after the bridge gave up on it is not repeated', async () => {
  const stage = await stageInMode('play', {
    timings: { callMs: 1_000, settleMs: 4_000, lockMs: 2_000, sweepMs: 1_000 },
  });
  const asked = await askedDeploy(stage);
  stage.gitlab.faults.add({ kind: 'latency', ms: 2_800, match: PLAY, times: 1 });
  stage.servicenow.decide(asked.sysId, 'ann', 'approved');
  expect(await endOf(stage, asked.runId)).toBe('SUCCESS');
  await quiet(stage);
  expect(plays(stage)).toHaveLength(1);
  expect(deployments(stage, asked)).toHaveLength(1);
});

test('mode play: a lost hook of the pipeline’s end is found by asking GitLab', async () => {
  const clock = { early: 0 };
  const stage = await stageInMode('play', { clock: () => Date.now() + clock.early });
  const asked = await askedDeploy(stage);
  stage.gitlab.faults.add({ kind: 'drop-hook' });
  stage.servicenow.decide(asked.sysId, 'ann', 'approved');
  await until('the deployment', () => deployments(stage, asked).length === 1);
  await quiet(stage);
  expect(run(stage, asked.runId).status).toBe('IN_PROGRESS');
  clock.early = 61_000;
  await sync(stage, 'delta');
  expect(await endOf(stage, asked.runId)).toBe('SUCCESS');
  await quiet(stage);
  const before = looks(stage);
  clock.early = 122_000;
  await sync(stage, 'delta');
  expect(looks(stage)).toBe(before);
});

test('mode play: a blocked pipeline whose change was declined is not asked for any more', async () => {
  const clock = { early: 0 };
  const stage = await stageInMode('play', { clock: () => Date.now() + clock.early });
  const { runId, sysId } = await askedDeploy(stage);
  stage.servicenow.decide(sysId, 'ann', 'rejected');
  expect(await endOf(stage, runId)).toBe('FAILURE');
  await quiet(stage);
  for (const early of [61_000, 122_000]) {
    clock.early = early;
    await sync(stage, 'delta');
    await quiet(stage);
  }
  expect(looks(stage)).toBe(1);
});

test('mode play: a token without the scope api parks the decision and says so; a click in GitLab is let through', async () => {
  const stage = await stageInMode('play', { apiScope: 'read_api' });
  const asked = await askedDeploy(stage);
  const { runId, sysId, pipeline } = asked;
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const parked = await decided(stage, sysId, 'parked');
  expect(parked.reason).toMatch(/GITLAB_API_TOKEN needs the scope api.*resolve this decision with "trigger"/);
  await until('the developer is told', () => logOf(stage, runId).includes('needs the scope api'));
  expect(run(stage, runId).status).toBe('IN_PROGRESS');
  await click(stage, deployJob(pipeline).id, 'play');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  await quiet(stage);
  expect(deployments(stage, asked)).toHaveLength(1);
  expect((await decisionsOf(stage, sysId)).map((each) => each.status)).toEqual(['triggered']);
});

test('mode play: what GitLab refuses is parked with advice, and an operator’s "trigger" tries it again', async () => {
  const stage = await stageInMode('play', { bridge: false });
  let refused = 0;
  const front = await frontOf(stage.gitlab.url, (method, path) => {
    if (method !== 'POST' || !path.endsWith('/play') || refused > 0) return undefined;
    refused += 1;
    return 403;
  });
  stage.connect((await stage.startBridge({ GITLAB_URL: front.url })).url);
  const asked = await askedDeploy(stage);
  stage.servicenow.decide(asked.sysId, 'ann', 'approved');
  const parked = await decided(stage, asked.sysId, 'parked');
  expect(parked.reason).toMatch(/the user of GITLAB_API_TOKEN may not.*Protected environments/);
  const answer = await operatorCall(stage, `/v1/decisions/${parked.id}/resolve`, {
    action: 'trigger',
    reason: 'The user may deploy now',
  });
  expect(answer.status).toBe(200);
  expect(await endOf(stage, asked.runId)).toBe('SUCCESS');
  await quiet(stage);
  expect(deployments(stage, asked)).toHaveLength(1);
});

test('mode play: a job that was started before the approval fails, and may be retried after it', async () => {
  const stage = await stageInMode('play');
  const asked = await askedDeploy(stage);
  const { runId, sysId, pipeline } = asked;
  await click(stage, deployJob(pipeline).id, 'play');
  expect(await endOf(stage, runId)).toBe('FAILURE');
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const parked = await decided(stage, sysId, 'parked');
  expect(parked.reason).toMatch(/does not wait any more, it is failed. Retry it in GitLab/);
  expect(plays(stage)).toHaveLength(0);
  await click(stage, deployJob(pipeline).id, 'retry');
  await until('the deployment', () => deployments(stage, asked).length === 1);
  await quiet(stage);
  expect((await decisionsOf(stage, sysId)).map((each) => each.status)).toEqual(['triggered']);
  const timeline = await (await operatorCall(stage, `/v1/changes/${sysId}/timeline`)).text();
  expect(timeline).toContain(
    `Pipeline ${pipeline.id} ended as \\"success\\". Run ${runId} of the portal had ended before`,
  );
});

test('mode play: a pipeline that was cancelled before the approval is told, and nothing is started', async () => {
  const stage = await stageInMode('play');
  const asked = await askedDeploy(stage);
  const { runId, sysId, pipeline } = asked;
  stage.gitlab.finish(pipeline.id, 'canceled');
  expect(await endOf(stage, runId)).toBe('FAILURE');
  stage.servicenow.decide(sysId, 'ann', 'approved');
  expect((await decided(stage, sysId, 'parked')).reason).toContain('it is canceled');
  await quiet(stage);
  expect(plays(stage)).toHaveLength(0);
  expect(deployments(stage, asked)).toHaveLength(0);
});

/** How often GitLab was asked how a pipeline is. */
function looks(stage: Stage): number {
  return stage.gitlab.requests.filter((each) => /\/pipelines\/\d+$/.test(each.url)).length;
}
