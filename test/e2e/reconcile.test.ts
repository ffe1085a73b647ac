import { expect, test } from 'vitest';
import type { Stage } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import {
  decideInPortal,
  deploymentsOf,
  endOf,
  entity,
  muteServiceNow,
  pipelinesOf,
  portApi,
  run,
  shows,
  upserts,
  waitingChange,
} from './scene.ts';
import { operatorCall, quiet, sync } from './wire.ts';

test('lost ServiceNow events are found by a delta, and found once', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  await sync(stage, 'full');
  muteServiceNow(stage);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const fresh = stage.servicenow.createChange({ short_description: 'Never told' })['sys_id'] ?? '';
  const done = await sync(stage, 'delta');
  expect(done).toMatchObject({ status: 'done', changed: 2 });
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  await shows(stage, sysId, 'approved');
  await until('the untold change', () => entity(stage, fresh) !== undefined);
  await quiet(stage);
  expect(await sync(stage, 'delta')).toMatchObject({ status: 'done', changed: 0 });
  await quiet(stage);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});

test('a lost approve webhook is found by its open run', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  stage.port.faults.add({ kind: 'drop-webhook', match: 'approve_and_deploy_service' });
  const approve = decideInPortal(stage, sysId, 'approved');
  await quiet(stage);
  expect(run(stage, approve).status).toBe('IN_PROGRESS');
  await sync(stage, 'delta');
  expect(await endOf(stage, approve)).toBe('SUCCESS');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
});

test('a lost GitLab hook is found by asking GitLab', async () => {
  const clock = { early: 0 };
  const stage = await stageForTest({ clock: () => Date.now() + clock.early });
  const { runId, sysId } = await waitingChange(stage);
  stage.gitlab.faults.add({ kind: 'drop-hook' });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('the deployment', () => deploymentsOf(stage, sysId).length === 1);
  await quiet(stage);
  expect(run(stage, runId).status).toBe('IN_PROGRESS');
  // Pipelines that began within the last minute are not asked for yet.
  clock.early = 61_000;
  await sync(stage, 'delta');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
});

test('changes that were deleted unseen are removed by a full sync, and stay known as deleted', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  const kept = await waitingChange(stage);
  muteServiceNow(stage);
  stage.servicenow.deleteChange(sysId);
  expect(await sync(stage, 'full')).toMatchObject({ status: 'done', deleted: 1 });
  await until('the entity is gone', () => entity(stage, sysId) === undefined);
  expect(entity(stage, kept.sysId)).toBeDefined();
  await until('the bridge knows', async () => {
    const answer = await operatorCall(stage, `/v1/changes/${sysId}`);
    return (await answer.text()).includes('"deleted":true');
  });
  expect(await endOf(stage, runId)).toBe('FAILURE');
});

test('a full sync that would delete more than a tenth of the portal deletes nothing and says why', async () => {
  const stage = await stageForTest();
  const ids = await several(stage, 24);
  muteServiceNow(stage);
  for (const id of ids.slice(0, 11)) stage.servicenow.deleteChange(id);
  const failed = await sync(stage, 'full');
  expect(failed.status).toBe('failed');
  expect(failed.message).toMatch(/11 of 24 .* too many to believe, so none was deleted/);
  await quiet(stage);
  expect(stage.port.entities('servicenowChangeRequest')).toHaveLength(24);
});

test('an entity that somebody removed from the portal is written again by a full sync', async () => {
  const stage = await stageForTest();
  const [removed = ''] = await several(stage, 2);
  await portDelete(stage, removed);
  await sync(stage, 'full');
  await until('it is back', () => entity(stage, removed) !== undefined);
});

test('an entity that somebody altered in the portal is put right by a full sync, and the others are left alone', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  const other = await waitingChange(stage);
  await quiet(stage);
  const before = upserts(stage, other.sysId);
  const shown = entity(stage, sysId);
  stage.port.putEntity('servicenowChangeRequest', {
    identifier: sysId,
    title: shown?.title ?? '',
    properties: { ...shown?.properties, approval: 'approved' },
  });
  await sync(stage, 'full');
  await shows(stage, sysId, 'requested');
  await quiet(stage);
  expect(upserts(stage, other.sysId)).toBe(before);
});

test('a full sync reads all pages, also where access rules make them short', async () => {
  const stage = await stageForTest({ pageRows: 100 });
  muteServiceNow(stage);
  for (let index = 0; index < 230; index += 1) {
    stage.servicenow.createChange({ short_description: `Change ${index}` });
  }
  stage.servicenow.faults.add({ kind: 'acl-trim', every: 3, times: 3 });
  const done = await sync(stage, 'full');
  expect(done.status).toBe('done');
  expect(done.read).toBeGreaterThan(120);
  await sync(stage, 'full');
  await until('all are shown', () => stage.port.entities('servicenowChangeRequest').length === 230);
});

test('a decision that is older than the ledger waits for an operator instead of deploying again', async () => {
  const stage = await stageForTest({ bridge: false, servicenow: { clock: () => Date.now() - 3_600_000 } });
  const row = stage.servicenow.createChange({ short_description: 'Long ago', u_external_tags: 'r_long_ago' });
  stage.servicenow.decide(row['sys_id'] ?? '', 'ann', 'approved');
  stage.connect((await stage.startBridge()).url);
  await sync(stage, 'full');
  await shows(stage, row['sys_id'] ?? '', 'approved');
  await quiet(stage);
  const parked = await operatorCall(stage, '/v1/decisions?status=parked');
  expect(await parked.text()).toContain('Decided before this ledger began');
  expect(stage.gitlab.pipelines()).toHaveLength(0);
});

async function several(stage: Stage, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => {
    return stage.servicenow.createChange({ short_description: `Change ${index}` })['sys_id'] ?? '';
  });
  await until('all are shown', () => ids.every((id) => entity(stage, id) !== undefined));
  return ids;
}

async function portDelete(stage: Stage, id: string): Promise<void> {
  await portApi(stage, '/blueprints/servicenowChangeRequest/bulk/entities/delete', { entities: [id] });
}
