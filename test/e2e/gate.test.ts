import { expect, test } from 'vitest';
import { z } from 'zod';
import { PROJECT } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import {
  deploymentsOf,
  endOf,
  logOf,
  openedChange,
  recordOf,
  shows,
  silentDeploy,
  startDeploy,
} from './scene.ts';
import { asPipeline, operatorCall, pipelineCall, quiet } from './wire.ts';

const CREATE = 'POST /api/now/table/change_request';
const gateSchema = z.looseObject({ id: z.string(), status: z.string() });

function gateBody(runId: string, id: string): object {
  return {
    deploy_run_id: runId,
    pipeline: { project_id: PROJECT, id, ref: 'main', url: 'https://gitlab.example.com/p/7' },
    reason: 'Coverage 65 % is below 70 %',
    short_description: 'Deploy checkout',
  };
}

test('a gate that is asked for again, also five times at once, opens one change', async () => {
  const stage = await stageForTest();
  const runId = silentDeploy(stage);
  const body = gateBody(runId, '7');
  const asked = await Promise.all(
    [1, 2, 3, 4, 5].map(() => asPipeline(stage, gateSchema, '/v1/gates', body)),
  );
  const [gate] = asked;
  expect(new Set(asked.map((each) => each.id)).size).toBe(1);
  const sysId = await openedChange(stage, runId);
  await asPipeline(stage, gateSchema, '/v1/gates', body);
  await quiet(stage);
  expect(stage.servicenow.rows('change_request')).toHaveLength(1);
  expect(await asPipeline(stage, gateSchema, `/v1/gates/${gate?.id ?? ''}`)).toMatchObject({
    status: 'open',
    change: { sys_id: sysId, number: recordOf(stage, sysId)['number'] },
  });
  const tags = (recordOf(stage, sysId)['u_external_tags'] ?? '').split(',');
  expect(tags.toSorted()).toEqual([
    `deploy_run:${runId}`,
    'gitlab_pipeline:7',
    `gitlab_project:${PROJECT}`,
    'gitlab_ref:main',
  ]);
  expect(logOf(stage, runId).match(/was opened/g)).toHaveLength(1);
});

test.each(['timeout-after-effect', 'timeout-before-effect', '500'] as const)(
  'a gate whose create request meets %s opens one change',
  async (kind) => {
    const stage = await stageForTest();
    const runId = silentDeploy(stage);
    stage.servicenow.faults.add({ kind, match: CREATE, times: 1 });
    await asPipeline(stage, gateSchema, '/v1/gates', gateBody(runId, '8'));
    await openedChange(stage, runId);
    await until('the developer is told', () => logOf(stage, runId).includes('was opened'));
    await quiet(stage);
    expect(stage.servicenow.rows('change_request')).toHaveLength(1);
    expect(stage.servicenow.requests.list(CREATE)).toHaveLength(kind === 'timeout-after-effect' ? 1 : 2);
  },
);

test('a create request that takes effect long after the bridge gave up on it is found, not repeated', async () => {
  const stage = await stageForTest({
    timings: { callMs: 1_500, settleMs: 2_000, lockMs: 2_000, sweepMs: 1_000 },
  });
  const runId = silentDeploy(stage);
  stage.servicenow.faults.add({ kind: 'latency', ms: 2_900, match: CREATE, times: 1 });
  await asPipeline(stage, gateSchema, '/v1/gates', gateBody(runId, '11'));
  await until('the developer is told', () => logOf(stage, runId).includes('was opened'));
  await quiet(stage);
  expect(stage.servicenow.rows('change_request')).toHaveLength(1);
});

test('a gate that ServiceNow refuses ends the run with ServiceNow’s words', async () => {
  const stage = await stageForTest();
  const runId = silentDeploy(stage);
  stage.servicenow.faults.add({ kind: 'abort', match: CREATE, rule: 'Category is mandatory', times: 1 });
  const { id } = await asPipeline(stage, gateSchema, '/v1/gates', gateBody(runId, '9'));
  expect(await endOf(stage, runId)).toBe('FAILURE');
  expect(logOf(stage, runId)).toContain('Category is mandatory');
  expect((await asPipeline(stage, gateSchema, `/v1/gates/${id}`)).status).toBe('refused');
});

test('a gate without anything that names a repetition is refused', async () => {
  const stage = await stageForTest();
  const answer = await pipelineCall(stage, '/v1/gates', { reason: 'Coverage is low' });
  expect(answer.status).toBe(422);
});

test('the tags column is missing: the bridge says so, and the approval still deploys', async () => {
  const stage = await stageForTest({ env: { SERVICENOW_TAGS_FIELD: 'u_not_there' } });
  const runId = startDeploy(stage);
  const change = await until('a change request', () => stage.servicenow.rows('change_request')[0]);
  const sysId = change['sys_id'] ?? '';
  await shows(stage, sysId, 'requested');
  expect(JSON.stringify(change)).not.toContain(runId);
  const timeline = await operatorCall(stage, `/v1/changes/${sysId}/timeline`);
  expect(await timeline.text()).toContain('has no column u_not_there');
  stage.servicenow.decide(sysId, 'ann', 'approved');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  expect(deploymentsOf(stage, sysId)).toHaveLength(1);
});
