import { expect, test } from 'vitest';
import { z } from 'zod';
import { PEOPLE, PROJECT, PUBLIC_URL, type Stage } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { gateIds } from '../../bridge/ledger/gates.ts';
import {
  decideInPortal,
  deploymentsOf,
  endOf,
  logOf,
  openedChange,
  patches,
  pipelinesOf,
  recordOf,
  run,
  shows,
  silentDeploy,
  standingDeploy,
  startDeploy,
} from './scene.ts';
import { asPipeline, jobsLeft, operatorCall, pipelineCall, quiet, setting } from './wire.ts';

const CREATE = 'POST /api/now/table/change_request';
const gateSchema = z.looseObject({ id: z.string(), status: z.string() });

const BODY = {
  reason: 'Coverage 65 % is below 70 %',
  service: 'checkout',
  environment: 'production',
  evidence: [
    { name: 'coverage', value: 65, threshold: 70, passed: false, url: 'https://gitlab.example.com/c' },
  ],
};

/** Asks for a gate as a pipeline does; throws where the answer is no 2xx. */
function ask(stage: Stage, token: string, body: object = BODY) {
  return asPipeline(stage, gateSchema, '/v1/gates', body, token);
}

function read(stage: Stage, token: string, id: string, query = '') {
  return asPipeline(stage, gateSchema, `/v1/gates/${id}${query}`, undefined, token);
}

test('a gate that is asked for again, also five times at once, opens one change', async () => {
  const stage = await stageForTest();
  const { runId, pipeline, token } = await standingDeploy(stage);
  const asked = await Promise.all([1, 2, 3, 4, 5].map(() => ask(stage, token)));
  const [gate] = asked;
  expect(new Set(asked.map((each) => each.id)).size).toBe(1);
  const sysId = await openedChange(stage, runId);
  await ask(stage, token);
  await quiet(stage);
  expect(stage.servicenow.rows('change_request')).toHaveLength(1);
  expect(await read(stage, token, gate?.id ?? '')).toMatchObject({
    status: 'open',
    mode: 'retrigger',
    change: { sys_id: sysId, number: recordOf(stage, sysId)['number'] },
  });
  const tags = (recordOf(stage, sysId)['u_external_tags'] ?? '').split(',');
  expect(tags.toSorted()).toEqual([
    `deploy_run:${runId}`,
    `gitlab_pipeline:${pipeline}`,
    `gitlab_project:${PROJECT}`,
    'gitlab_ref:main',
  ]);
  expect(logOf(stage, runId).match(/was opened/g)).toHaveLength(1);
});

test('the approver reads the evidence in the change, and the developer in the run', async () => {
  const stage = await stageForTest();
  const { runId, token } = await standingDeploy(stage);
  await ask(stage, token);
  const sysId = await openedChange(stage, runId);
  const line = 'coverage: 65 (threshold 70), missed, https://gitlab.example.com/c';
  const description = recordOf(stage, sysId)['description'];
  expect(description).toContain(line);
  expect(description).toContain(`Requested by: ${PEOPLE.developer}`);
  await until('the developer is told', () => logOf(stage, runId).includes(line));
  const timeline = await operatorCall(stage, `/v1/changes/${sysId}/timeline`);
  expect(await timeline.text()).toContain(line);
});

test('a gate opens also while the portal does not tell who asked, and says so', async () => {
  const stage = await stageForTest();
  const { runId, token } = await standingDeploy(stage);
  stage.port.faults.add({ kind: '500', match: `GET /v1/actions/runs/${runId}`, times: 100 });
  await ask(stage, token);
  const sysId = await openedChange(stage, runId);
  expect(recordOf(stage, sysId)['description']).toContain('Requested by: not known');
});

test('a gate is the pipeline’s that its token proves: a body that names another one is refused', async () => {
  const stage = await stageForTest();
  const { runId, pipeline, token } = await standingDeploy(stage);
  for (const stated of [{ id: 9 }, { project_id: 99 }, { ref: 'other' }, { sha: 'f'.repeat(40) }]) {
    const answer = await pipelineCall(stage, '/v1/gates', { ...BODY, pipeline: stated }, token);
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('identity-mismatch');
  }
  expect(stage.servicenow.rows('change_request')).toHaveLength(0);
  await ask(stage, token, { ...BODY, pipeline: { project_id: PROJECT, id: pipeline, ref: 'main' } });
  await openedChange(stage, runId);
});

test('another body of the same pipeline is a conflict, and the first request stands', async () => {
  const stage = await stageForTest();
  const { runId, token } = await standingDeploy(stage);
  await ask(stage, token);
  const answer = await pipelineCall(stage, '/v1/gates', { ...BODY, reason: 'All is well' }, token);
  expect(answer.status).toBe(409);
  const sysId = await openedChange(stage, runId);
  expect(recordOf(stage, sysId)['description']).toContain(BODY.reason);
});

test('a ref with a comma in it reaches no tag of the change', async () => {
  const stage = await stageForTest();
  const { runId, pipeline } = await standingDeploy(stage);
  const forged = stage.gitlab.idToken(Number(pipeline), PUBLIC_URL, { ref: 'main,gitlab_pipeline:555' });
  await ask(stage, forged);
  const sysId = await openedChange(stage, runId);
  expect(recordOf(stage, sysId)['u_external_tags']).not.toContain('555');
});

test('a gate writes to the run that started its pipeline, and to no run that its body names', async () => {
  const stage = await stageForTest();
  const { runId, token } = await standingDeploy(stage);
  const other = silentDeploy(stage, PEOPLE.engineer);
  await ask(stage, token, { ...BODY, deploy_run_id: other, port_context: { runId: other } });
  const sysId = await openedChange(stage, runId);
  expect(recordOf(stage, sysId)['u_external_tags']).not.toContain(other);
  stage.servicenow.updateChange(sysId, { state: '4' });
  expect(await endOf(stage, runId)).toBe('FAILURE');
  await quiet(stage);
  expect(stage.port.logs(other)).toHaveLength(0);
  expect(run(stage, other).status).toBe('IN_PROGRESS');
});

test('a gate is read by the pipeline that asked for it, and is not there for any other', async () => {
  const stage = await stageForTest();
  const { pipeline, token } = await standingDeploy(stage);
  const { id } = await ask(stage, token);
  for (const claims of [{ pipeline_id: '999' }, { project_id: '99' }]) {
    const other = stage.gitlab.idToken(Number(pipeline), PUBLIC_URL, claims);
    expect((await pipelineCall(stage, `/v1/gates/${id}`, undefined, other)).status).toBe(404);
  }
});

test('a change of somebody else that carries the gate’s correlation id is not taken for the gate’s', async () => {
  const stage = await stageForTest();
  const { runId, pipeline, token } = await standingDeploy(stage);
  const id = gateIds(setting(stage, 'PORT_CLIENT_SECRET'))(String(PROJECT), pipeline);
  const alien = stage.servicenow.createChange({
    short_description: 'Change the light bulbs',
    correlation_id: id,
    approval: 'approved',
  });
  expect((await ask(stage, token)).id).toBe(id);
  expect(await endOf(stage, runId)).toBe('FAILURE');
  expect(logOf(stage, runId)).toContain('not the change that the bridge opened');
  expect(await read(stage, token, id)).toMatchObject({ status: 'refused' });
  await quiet(stage);
  expect(stage.servicenow.rows('change_request')).toHaveLength(1);
  expect(deploymentsOf(stage, alien['sys_id'] ?? '')).toHaveLength(0);
});

test('the status of a gate follows the decision that stands: a cancelled or turned approval is no approval', async () => {
  const stage = await stageForTest();
  const { runId, token } = await standingDeploy(stage);
  const { id } = await ask(stage, token);
  const sysId = await openedChange(stage, runId);
  stage.gitlab.faults.add({ kind: 'runner-stuck', times: 1 });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const approved = await read(stage, token, id, '?wait=15');
  expect(approved).toMatchObject({ status: 'approved', decided_by: 'ann', decision_id: expect.any(String) });
  stage.servicenow.updateChange(sysId, { approval: 'requested' });
  await until('it waits again', async () => (await read(stage, token, id)).status === 'open');
  stage.servicenow.updateChange(sysId, { state: '4' });
  await until('it is withdrawn', async () => (await read(stage, token, id)).status === 'withdrawn');
});

test('a pipeline that waits is answered when the change is decided, and when its time is over', async () => {
  const stage = await stageForTest();
  const { runId, token } = await standingDeploy(stage);
  const { id } = await ask(stage, token);
  const sysId = await openedChange(stage, runId);
  const started = performance.now();
  expect((await read(stage, token, id, '?wait=1')).status).toBe('open');
  expect(performance.now() - started).toBeGreaterThan(900);
  const waiting = read(stage, token, id, '?wait=30');
  stage.servicenow.decide(sysId, 'ann', 'rejected');
  expect(await waiting).toMatchObject({ status: 'declined' });
  expect((await pipelineCall(stage, `/v1/gates/${id}?wait=61`, undefined, token)).status).toBe(400);
});

test('a pipeline that waits is told of a decline with who and why, however long that takes to find out', async () => {
  const stage = await stageForTest();
  const { runId, token } = await standingDeploy(stage);
  const { id } = await ask(stage, token);
  const sysId = await openedChange(stage, runId);
  await shows(stage, sysId, 'requested');
  stage.servicenow.faults.add({
    kind: 'latency',
    ms: 900,
    match: `GET /api/now/table/change_request/${sysId}`,
  });
  const waiting = read(stage, token, id, '?wait=30');
  decideInPortal(stage, sysId, 'declined', { reason: 'Freeze until Monday' });
  expect(await waiting).toMatchObject({
    status: 'declined',
    decided_by: PEOPLE.engineer,
    reason: 'Freeze until Monday',
  });
});

test('a gate that nobody decides in time is withdrawn: its change is cancelled once, and the developer told', async () => {
  let ahead = 0;
  const stage = await stageForTest({ clock: () => Date.now() + ahead });
  const { runId, token } = await standingDeploy(stage);
  const { id } = await ask(stage, token, { ...BODY, expires_in: 3_600 });
  const sysId = await openedChange(stage, runId);
  await until('the developer is told', () => logOf(stage, runId).includes('was opened'));
  ahead = 3_601_000;
  const late = stage.gitlab.idToken(Number(stage.gitlab.pipelines()[0]?.id), PUBLIC_URL, {
    exp: Math.floor(Date.now() / 1_000) + 10_000,
  });
  expect(await endOf(stage, runId)).toBe('FAILURE');
  expect(logOf(stage, runId)).toContain('nobody decided it in time');
  await quiet(stage);
  expect(recordOf(stage, sysId)['state']).toBe('4');
  expect(patches(stage, sysId)).toHaveLength(1);
  expect(await read(stage, late, id)).toMatchObject({ status: 'withdrawn' });
});

test('a gate that was decided in time is not withdrawn', async () => {
  let ahead = 0;
  const stage = await stageForTest({ clock: () => Date.now() + ahead });
  const { runId, token } = await standingDeploy(stage);
  await ask(stage, token, { ...BODY, expires_in: 3_600 });
  const sysId = await openedChange(stage, runId);
  stage.gitlab.faults.add({ kind: 'runner-stuck', times: 1 });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('its pipeline', () => pipelinesOf(stage, sysId).length === 1);
  ahead = 3_601_000;
  await quietSweep(stage);
  expect(recordOf(stage, sysId)['state']).not.toBe('4');
  expect(run(stage, runId).status).toBe('IN_PROGRESS');
});

test.each(['timeout-after-effect', 'timeout-before-effect', '500'] as const)(
  'a gate whose create request meets %s opens one change',
  async (kind) => {
    const stage = await stageForTest();
    const { runId, token } = await standingDeploy(stage);
    stage.servicenow.faults.add({ kind, match: CREATE, times: 1 });
    await ask(stage, token);
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
  const { runId, token } = await standingDeploy(stage);
  stage.servicenow.faults.add({ kind: 'latency', ms: 2_900, match: CREATE, times: 1 });
  await ask(stage, token);
  await until('the developer is told', () => logOf(stage, runId).includes('was opened'));
  await quiet(stage);
  expect(stage.servicenow.rows('change_request')).toHaveLength(1);
});

test('a gate that ServiceNow refuses ends the run with ServiceNow’s words', async () => {
  const stage = await stageForTest();
  const { runId, token } = await standingDeploy(stage);
  stage.servicenow.faults.add({ kind: 'abort', match: CREATE, rule: 'Category is mandatory', times: 1 });
  const { id } = await ask(stage, token);
  expect(await endOf(stage, runId)).toBe('FAILURE');
  expect(logOf(stage, runId)).toContain('Category is mandatory');
  expect((await read(stage, token, id)).status).toBe('refused');
});

test('a gate without anything that names a repetition is refused', async () => {
  const stage = await stageForTest();
  const answer = await pipelineCall(stage, '/v1/gates', { reason: 'Coverage is low' });
  expect(answer.status).toBe(422);
});

/** Two ticks of the sweep have come and gone, and nothing is under way. */
async function quietSweep(stage: Stage): Promise<void> {
  const ticks = async () => {
    const text = await (await fetch(`${stage.bridgeUrl()}/metrics`)).text();
    return Number(/bridge_flow_run_seconds_count\{flow="sweep",outcome="done"\} (\d+)/.exec(text)?.[1] ?? 0);
  };
  const before = await ticks();
  await until('two sweeps', async () => (await ticks()) >= before + 2);
  await until('nothing is under way', async () => (await jobsLeft(stage)) === 0);
}

test('the tags column is missing: the bridge says so, and the approval still deploys', async () => {
  const stage = await stageForTest({ env: { SERVICENOW_TAGS_FIELD: 'u_not_there' } });
  const runId = startDeploy(stage);
  const change = await until('a change request', () =>
    stage.servicenow.rows('change_request').find((each) => each['approval'] === 'requested'),
  );
  const sysId = change['sys_id'] ?? '';
  await shows(stage, sysId, 'requested');
  expect(JSON.stringify(change)).not.toContain(runId);
  const timeline = await operatorCall(stage, `/v1/changes/${sysId}/timeline`);
  expect(await timeline.text()).toContain('has no column u_not_there');
  stage.servicenow.decide(sysId, 'ann', 'approved');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  expect(deploymentsOf(stage, sysId)).toHaveLength(1);
});
