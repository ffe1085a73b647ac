import { expect, test } from 'vitest';
import { z } from 'zod';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import type { Stage } from '../../stage/stage.ts';
import {
  decideInPortal,
  deploymentsOf,
  endOf,
  logOf,
  openedChange,
  pipelinesOf,
  standingDeploy,
  startDeploy,
  waitingChange,
} from './scene.ts';
import { asPipeline, pipelineCall, quiet } from './wire.ts';

const gateSchema = z.looseObject({ id: z.string(), status: z.string() });
const CLIENT = {
  clientId: 'changebridge',
  clientSecret: 'of-the-client',
  userName: 'changebridge.integration',
};

/** OAuth's client credentials do not tell the bridge as whom it writes. */
function stageWithOAuth(): Promise<Stage> {
  const env = {
    SERVICENOW_API_TOKEN: '',
    SERVICENOW_CLIENT_ID: CLIENT.clientId,
    SERVICENOW_CLIENT_SECRET: CLIENT.clientSecret,
  };
  return stageForTest({ env, servicenow: { oauthClients: [CLIENT] } });
}

test('with OAuth a deployment goes through its gate and its approval', async () => {
  const stage = await stageWithOAuth();
  const runId = startDeploy(stage);
  const sysId = await openedChange(stage, runId);
  await quiet(stage);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  expect(deploymentsOf(stage, sysId)).toHaveLength(1);
});

test('with OAuth no change is adopted, not even the one whose answer was lost: the run says what to do', async () => {
  const stage = await stageWithOAuth();
  const { runId, token } = await standingDeploy(stage);
  stage.servicenow.faults.add({
    kind: 'timeout-after-effect',
    match: 'POST /api/now/table/change_request',
    times: 1,
  });
  const asked = await pipelineCall(stage, '/v1/gates', { reason: 'Coverage is low' }, token);
  expect(asked.status).toBe(202);
  expect(await endOf(stage, runId, 30_000)).toBe('FAILURE');
  expect(logOf(stage, runId)).toContain('With OAuth the bridge cannot tell');
  expect(logOf(stage, runId)).toContain('Close it, then run a new pipeline.');
  await quiet(stage);
  expect(stage.servicenow.rows('change_request')).toHaveLength(1);
  const { id } = gateSchema.parse(await asked.json());
  const gate = await asPipeline(stage, gateSchema, `/v1/gates/${id}`, undefined, token);
  expect(gate).toEqual({
    id,
    status: 'refused',
    mode: 'retrigger',
    message: expect.stringContaining('OAuth'),
  });
});

test('with OAuth a decision whose unanswered write never happened is credited to whoever made it', async () => {
  const stage = await stageWithOAuth();
  const { sysId } = await waitingChange(stage);
  stage.servicenow.faults.add({ kind: 'timeout-before-effect', match: 'PATCH ', times: 1 });
  const approve = decideInPortal(stage, sysId, 'approved', { reason: 'mine' });
  await until('the first try', () => stage.servicenow.requests.list('PATCH ').length === 1);
  stage.servicenow.decide(sysId, 'bob', 'approved');
  expect(await endOf(stage, approve, 30_000)).toBe('SUCCESS');
  expect(logOf(stage, approve)).toContain('or by bob cannot be told');
  const pipeline = await until('the pipeline', () => pipelinesOf(stage, sysId)[0], 30_000);
  expect(pipeline.payload.decided_by).toBe('bob');
});
