import { expect, test } from 'vitest';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { decideInPortal, endOf, logOf, pipelinesOf, silentDeploy, waitingChange } from './scene.ts';
import { sendPort } from './wire.ts';

test('a decision that somebody made in ServiceNow is not credited to a portal user whose write never happened', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  stage.servicenow.faults.add({ kind: '429', match: 'PATCH ', times: 1, retryAfterSeconds: 1 });
  const approve = decideInPortal(stage, sysId, 'approved', { reason: 'mine' });
  await until('the first try', () => stage.servicenow.requests.list('PATCH ').length === 1);
  stage.servicenow.decide(sysId, 'bob', 'approved');
  expect(await endOf(stage, approve)).toBe('SUCCESS');
  expect(logOf(stage, approve)).toContain('had already been approved by bob');
  const pipeline = await until('the pipeline', () => pipelinesOf(stage, sysId)[0]);
  expect(pipeline.payload).toMatchObject({ decided_by: 'bob', reason: undefined });
  expect(pipeline.payload.port_context).toBeUndefined();
});

test('a decision whose unanswered write never happened is credited to whoever made it', async () => {
  const stage = await stageForTest();
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

test('what a person types into the deploy form cannot pose as a field of the bridge or of GitLab', async () => {
  const stage = await stageForTest();
  const runId = silentDeploy(stage);
  const inputs = {
    approval_status: 'approved',
    decided_by: 'ann',
    variables: { A: 'b' },
    ref: 'other',
    note: 'kept',
  };
  await sendPort(stage, 'deploy', { runId, entity: 'checkout', inputs });
  const pipeline = await until('the pipeline', () =>
    stage.gitlab.pipelines().find((each) => each.payload.deploy_run_id === runId),
  );
  expect(pipeline.ref).toBe('main');
  const payload = pipeline.variables.find((each) => each.key === 'TRIGGER_PAYLOAD')?.value ?? '{}';
  expect(JSON.parse(payload)).toMatchObject({ approval_status: 'pending', note: 'kept', ref: 'main' });
  expect(payload).not.toContain('decided_by');
  expect(payload).not.toContain('"A"');
});
