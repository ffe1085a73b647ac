import { expect, test } from 'vitest';
import { PROJECT } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import {
  decideInPortal,
  deploymentsOf,
  echoEntityUpdates,
  endOf,
  entity,
  logOf,
  muteServiceNow,
  patches,
  pipelinesOf,
  recordOf,
  run,
  shows,
  silentDeploy,
  startDeploy,
  upserts,
  waitingChange,
} from './scene.ts';
import { decisionsOf, quiet, sendEvent, sendHook, sendPort } from './wire.ts';

test('the same ServiceNow webhook, sent twice and five times at once, starts one pipeline', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  muteServiceNow(stage);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const record = recordOf(stage, sysId);
  const first = await sendEvent(stage, record, { id: 'msg_one' });
  const second = await sendEvent(stage, record, { id: 'msg_one' });
  const burst = await Promise.all([1, 2, 3, 4, 5].map(() => sendEvent(stage, record, { id: 'msg_two' })));
  expect(await first.json()).toEqual({ status: 'accepted' });
  expect(await second.json()).toEqual({ status: 'duplicate' });
  expect(burst.map((answer) => answer.status)).toEqual([202, 202, 202, 202, 202]);
  await until('the deployment', () => deploymentsOf(stage, sysId).length > 0);
  await quiet(stage);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
  expect(deploymentsOf(stage, sysId)).toHaveLength(1);
  expect(await decisionsOf(stage, sysId)).toHaveLength(1);
});

test('an edit, a repetition and a late older version of an approved change trigger nothing more', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  const older = recordOf(stage, sysId);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const approved = recordOf(stage, sysId);
  await until('the deployment', () => deploymentsOf(stage, sysId).length > 0);
  stage.servicenow.updateChange(sysId, { short_description: 'Deploy checkout, edited' });
  await until('the edit in the portal', () => entity(stage, sysId)?.title === 'Deploy checkout, edited');
  for (const record of [approved, older, approved, older]) await sendEvent(stage, record);
  await quiet(stage);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
  expect(entity(stage, sysId)?.title).toBe('Deploy checkout, edited');
  expect((await decisionsOf(stage, sysId)).map((each) => each.status)).toEqual(['triggered']);
});

test('the same approve webhook, repeated and five times at once, decides once and reports once', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  stage.port.faults.add({ kind: 'drop-webhook', match: 'approve_and_deploy_service' });
  const approveRun = decideInPortal(stage, sysId, 'approved');
  const body = { runId: approveRun, changeId: sysId, approval_status: 'approved' };
  const burst = await Promise.all([1, 2, 3, 4, 5].map(() => sendPort(stage, 'approve', body)));
  expect(burst.map((answer) => answer.status)).toEqual([202, 202, 202, 202, 202]);
  expect(await endOf(stage, approveRun)).toBe('SUCCESS');
  const again = await sendPort(stage, 'approve', body);
  expect(await again.json()).toEqual({ status: 'duplicate' });
  await quiet(stage);
  expect(patches(stage, sysId)).toHaveLength(1);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
  expect(stage.port.logs(approveRun)).toHaveLength(1);
});

test('the same deploy webhook, repeated and five times at once, starts one pipeline', async () => {
  const stage = await stageForTest();
  const runId = silentDeploy(stage);
  const body = { runId, entity: 'checkout', inputs: { environment: 'Production' } };
  const burst = await Promise.all([1, 2, 3, 4, 5].map(() => sendPort(stage, 'deploy', body)));
  expect(burst.map((answer) => answer.status)).toEqual([202, 202, 202, 202, 202]);
  await until('the gate', () => logOf(stage, runId).includes('was opened'));
  await sendPort(stage, 'deploy', body);
  await quiet(stage);
  expect(stage.gitlab.pipelines()).toHaveLength(1);
  expect(stage.servicenow.rows('change_request')).toHaveLength(1);
});

test('each GitLab hook sent twice, and an early one after the end, report once', async () => {
  const stage = await stageForTest();
  stage.gitlab.setProject(PROJECT, { coverage: 90 });
  stage.gitlab.faults.add({ kind: 'duplicate-hook' });
  const runId = startDeploy(stage);
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  const early = {
    object_kind: 'pipeline',
    object_attributes: { id: 1, status: 'running' },
    project: { id: PROJECT },
  };
  const answers = [await sendHook(stage, early, 'late-news'), await sendHook(stage, early, 'late-news')];
  expect(answers.map((answer) => answer.status)).toEqual([202, 202]);
  await quiet(stage);
  const ends = stage.port.logs(runId).filter((line) => line.terminationStatus !== undefined);
  expect(ends).toHaveLength(1);
  expect(run(stage, runId).status).toBe('SUCCESS');
  expect(logOf(stage, runId).match(/was deployed/g)).toHaveLength(1);
});

test('a decision made in the portal comes back from ServiceNow without a second write, upsert or trigger', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  await echoEntityUpdates(stage);
  const before = upserts(stage, sysId);
  decideInPortal(stage, sysId, 'approved');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  await shows(stage, sysId, 'approved');
  await quiet(stage);
  expect(
    stage.port.invocations.filter((call) => call.url.endsWith('/webhooks/port/entity')),
  ).not.toHaveLength(0);
  expect(patches(stage, sysId)).toHaveLength(1);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
  expect(upserts(stage, sysId) - before).toBe(1);
});

test('content that the portal already shows is not written again', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  await quiet(stage);
  const before = upserts(stage, sysId);
  const record = recordOf(stage, sysId);
  await sendEvent(stage, record);
  // Newer in ServiceNow, but with nothing that the portal shows.
  await sendEvent(stage, { ...record, sys_mod_count: '7', sys_updated_by: 'bob' });
  await quiet(stage);
  expect(upserts(stage, sysId)).toBe(before);
});

test('an older event overwrites nothing', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  const older = recordOf(stage, sysId);
  stage.servicenow.updateChange(sysId, { short_description: 'The newer words', priority: '2' });
  await until('the newer words', () => entity(stage, sysId)?.title === 'The newer words');
  const before = upserts(stage, sysId);
  await sendEvent(stage, older);
  await sendEvent(stage, { ...older, short_description: 'Stale words' }, { event: 'change.created' });
  await sendEvent(stage, older, { event: 'change.deleted' });
  await quiet(stage);
  expect(entity(stage, sysId)?.title).toBe('The newer words');
  expect(upserts(stage, sysId)).toBe(before);
});
