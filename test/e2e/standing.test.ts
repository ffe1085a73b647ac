import { expect, test } from 'vitest';
import type { Stage } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import {
  deploymentsOf,
  endOf,
  entity,
  logOf,
  muteServiceNow,
  pipelinesOf,
  recordOf,
  shows,
  waitingChange,
} from './scene.ts';
import { decisionsOf, operatorCall, quiet, sendEvent } from './wire.ts';

test('a rejection that arrives after an older approval, before its trigger, does not deploy', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  muteServiceNow(stage);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const approved = recordOf(stage, sysId);
  stage.servicenow.updateChange(sysId, { approval: 'rejected' }, 'bob');
  await sendEvent(stage, approved);
  await sendEvent(stage, recordOf(stage, sysId));
  expect(await endOf(stage, runId)).toBe('FAILURE');
  await quiet(stage);
  expect(pipelinesOf(stage, sysId).map((each) => each.payload.approval_status)).toEqual(['declined']);
  expect(deploymentsOf(stage, sysId)).toHaveLength(0);
});

test('an approval that arrives after a newer rejection does not deploy', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  muteServiceNow(stage);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const approved = recordOf(stage, sysId);
  stage.servicenow.updateChange(sysId, { approval: 'rejected' }, 'bob');
  await sendEvent(stage, recordOf(stage, sysId));
  await sendEvent(stage, approved);
  expect(await endOf(stage, runId)).toBe('FAILURE');
  await quiet(stage);
  expect(pipelinesOf(stage, sysId).map((each) => each.payload.approval_status)).toEqual(['declined']);
  expect(entity(stage, sysId)?.properties['approval']).toBe('rejected');
});

test('a version that no event told, and that a look at ServiceNow brings, is shown in the portal at once', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  muteServiceNow(stage);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const approved = recordOf(stage, sysId);
  stage.servicenow.updateChange(sysId, { approval: 'rejected' }, 'bob');
  await sendEvent(stage, approved);
  await shows(stage, sysId, 'rejected');
});

test('a pipeline that was started by an approval may not deploy once the change is rejected', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  stage.gitlab.faults.add({ kind: 'runner-stuck', times: 1 });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('the pipeline of the approval', () => pipelinesOf(stage, sysId).length === 1);
  stage.servicenow.updateChange(sysId, { approval: 'rejected' }, 'bob');
  await until('the pipeline of the rejection', () => pipelinesOf(stage, sysId).length === 2);
  stage.gitlab.release(pipelinesOf(stage, sysId)[0]?.id ?? 0);
  await quiet(stage);
  expect(pipelinesOf(stage, sysId).map((each) => each.status)).toEqual(['failed', 'success']);
  expect(deploymentsOf(stage, sysId)).toHaveLength(0);
});

test('approved, sent back and approved again is a new decision', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('the first deployment', () => deploymentsOf(stage, sysId).length === 1);
  stage.servicenow.updateChange(sysId, { approval: 'requested' });
  await shows(stage, sysId, 'requested');
  stage.servicenow.decide(sysId, 'bob', 'approved');
  await until('the second deployment', () => deploymentsOf(stage, sysId).length === 2);
  await quiet(stage);
  expect((await decisionsOf(stage, sysId)).map((each) => each.status)).toEqual(['triggered', 'triggered']);
  expect(pipelinesOf(stage, sysId)).toHaveLength(2);
});

test('approved again is a new decision also when the version in between arrives last', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('the first deployment', () => deploymentsOf(stage, sysId).length === 1);
  muteServiceNow(stage);
  stage.servicenow.updateChange(sysId, { approval: 'requested' });
  const between = recordOf(stage, sysId);
  stage.servicenow.decide(sysId, 'bob', 'approved');
  await sendEvent(stage, recordOf(stage, sysId));
  await quiet(stage);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
  await sendEvent(stage, between);
  await until('the second deployment', () => deploymentsOf(stage, sysId).length === 2);
  await sendEvent(stage, between);
  await quiet(stage);
  expect(pipelinesOf(stage, sysId)).toHaveLength(2);
  expect(entity(stage, sysId)?.properties['approval']).toBe('approved');
});

test('a change that was cancelled after its approval starts no deployment', async () => {
  const stage = await stageForTest();
  const { sysId, approved } = await unseenApproval(stage);
  stage.servicenow.updateChange(sysId, { state: '4' });
  await sendEvent(stage, approved);
  await superseded(stage, sysId, /cancelled/);
});

test('a change that was closed after its approval starts no deployment', async () => {
  const stage = await stageForTest();
  const { sysId, approved } = await unseenApproval(stage);
  stage.servicenow.closeChange(sysId);
  await sendEvent(stage, approved);
  await superseded(stage, sysId, /closed/);
});

test('a change that was deleted after its approval starts no deployment', async () => {
  const stage = await stageForTest();
  const { sysId, approved } = await unseenApproval(stage);
  stage.servicenow.deleteChange(sysId);
  await sendEvent(stage, approved);
  await until('the decision is parked', async () => {
    return (await decisionsOf(stage, sysId)).some((each) => each.status === 'parked');
  });
  await sendEvent(stage, approved, { event: 'change.deleted' });
  await until('the decision is abandoned', async () => {
    return (await decisionsOf(stage, sysId)).some((each) => each.status === 'abandoned');
  });
  expect(pipelinesOf(stage, sysId)).toHaveLength(0);
});

test('a change that the bridge may not read for a while keeps its decision for an operator', async () => {
  const stage = await stageForTest();
  const { sysId, approved } = await unseenApproval(stage);
  // An access rule hides the record: ServiceNow answers as if it did not exist.
  const { userId } = stage.servicenow.user('changebridge.integration');
  const admin = stage.servicenow.user('admin');
  const rights = stage.servicenow.rows('sys_user_has_role').filter((link) => link['user'] === userId);
  for (const link of rights)
    stage.servicenow.instance.records.remove('sys_user_has_role', link['sys_id'] ?? '', admin);
  await sendEvent(stage, approved);
  const parked = await until('the decision is parked', async () => {
    return (await decisionsOf(stage, sysId)).find((each) => each.status === 'parked');
  });
  for (const link of rights) stage.servicenow.instance.records.insert('sys_user_has_role', link, admin);
  await operatorCall(stage, `/v1/decisions/${parked.id}/resolve`, {
    action: 'trigger',
    reason: 'rights are back',
  });
  await until('the deployment', () => deploymentsOf(stage, sysId).length === 1);
});

test('a pipeline whose approval was taken back, or whose change was cancelled, may not claim', async () => {
  for (const turn of [{ approval: 'requested' }, { state: '4' }]) {
    const stage = await stageForTest();
    const { sysId } = await waitingChange(stage);
    stage.gitlab.faults.add({ kind: 'runner-stuck', times: 1 });
    stage.servicenow.decide(sysId, 'ann', 'approved');
    await until('the pipeline', () => pipelinesOf(stage, sysId).length === 1);
    stage.servicenow.updateChange(sysId, turn);
    await until('the portal shows the turn', () =>
      Object.entries(turn).every(([name, value]) => entity(stage, sysId)?.properties[name] === value),
    );
    stage.gitlab.release(pipelinesOf(stage, sysId)[0]?.id ?? 0);
    await until('the end of the pipeline', () => pipelinesOf(stage, sysId)[0]?.status === 'failed');
    expect(deploymentsOf(stage, sysId)).toHaveLength(0);
  }
});

test('a change that was sent back after its approval starts no deployment until it is approved again', async () => {
  const stage = await stageForTest();
  const { sysId, approved } = await unseenApproval(stage);
  stage.servicenow.updateChange(sysId, { approval: 'requested' });
  await sendEvent(stage, approved);
  await superseded(stage, sysId, /"requested"|no longer decided/);
  stage.servicenow.decide(sysId, 'bob', 'approved');
  await sendEvent(stage, recordOf(stage, sysId));
  await until('the deployment', () => deploymentsOf(stage, sysId).length === 1);
});

test.each(['before', 'after'])(
  'whoever waits for a change that is cancelled %s its approval is told that nothing is deployed',
  async (order) => {
    const stage = await stageForTest();
    const { runId, sysId } = await waitingChange(stage);
    muteServiceNow(stage);
    const approval = order === 'after' ? 'approved' : 'requested';
    stage.servicenow.updateChange(sysId, { state: '4', approval }, 'ann');
    await sendEvent(stage, recordOf(stage, sysId));
    expect(await endOf(stage, runId)).toBe('FAILURE');
    expect(logOf(stage, runId)).toContain('was cancelled in ServiceNow');
    await quiet(stage);
    expect(pipelinesOf(stage, sysId)).toHaveLength(0);
  },
);

test('whoever waits for a change that is deleted is told that nothing is deployed', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  stage.servicenow.deleteChange(sysId);
  expect(await endOf(stage, runId)).toBe('FAILURE');
  expect(logOf(stage, runId)).toContain('was deleted in ServiceNow');
  await until('the entity is gone', () => entity(stage, sysId) === undefined);
});

test('a change that is closed after its deployment leaves the outcome as it was told', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  stage.servicenow.closeChange(sysId);
  await until('the portal shows it closed', () => entity(stage, sysId)?.properties['isActive'] === false);
  await quiet(stage);
  expect(logOf(stage, runId)).not.toContain('closed in ServiceNow');
});

test('a decided change that names no deployment starts no pipeline', async () => {
  const stage = await stageForTest();
  const row = stage.servicenow.createChange({ short_description: 'Replace a switch' });
  const sysId = row['sys_id'] ?? '';
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await shows(stage, sysId, 'approved');
  await quiet(stage);
  expect((await decisionsOf(stage, sysId)).map((each) => each.status)).toEqual(['abandoned']);
  expect(stage.gitlab.pipelines()).toHaveLength(0);
});

test('an event that tells too little is completed from ServiceNow before anything is written', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  muteServiceNow(stage);
  stage.servicenow.updateChange(sysId, { short_description: 'Told in full', approval: 'approved' }, 'ann');
  const { sys_id, sys_mod_count } = recordOf(stage, sysId);
  await sendEvent(stage, { sys_id, sys_mod_count });
  await until('the deployment', () => deploymentsOf(stage, sysId).length === 1);
  expect(entity(stage, sysId)?.title).toBe('Told in full');
});

test('one look at a change tells its decision, its pipeline and its story', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  await quiet(stage);
  const number = recordOf(stage, sysId)['number'] ?? '';
  const answer = await operatorCall(stage, `/v1/changes/${number}`);
  const timeline = await operatorCall(stage, `/v1/changes/${number}/timeline`);
  expect(await answer.json()).toMatchObject({
    sys_id: sysId,
    approval: 'approved',
    in_step: true,
    decision: { status: 'triggered', pipeline_id: '1' },
  });
  const story = await timeline.text();
  for (const word of ['ServiceNow shows', 'The portal shows version', 'Pipeline 1 started']) {
    expect(story.split(word)).toHaveLength(word === 'The portal shows version' ? 3 : 2);
  }
});

/** A change whose approval happened in ServiceNow, and of which the bridge has not heard yet. */
async function unseenApproval(stage: Stage) {
  const change = await waitingChange(stage);
  muteServiceNow(stage);
  stage.servicenow.decide(change.sysId, 'ann', 'approved');
  return { ...change, approved: recordOf(stage, change.sysId) };
}

async function superseded(stage: Stage, sysId: string, reason: RegExp) {
  await until('the decision is superseded', async () => {
    return (await decisionsOf(stage, sysId)).some((each) => each.status === 'superseded');
  });
  await quiet(stage);
  const decisions = await decisionsOf(stage, sysId);
  expect(decisions.map((each) => each.status)).toEqual(['superseded']);
  expect(decisions[0]?.reason).toMatch(reason);
  expect(pipelinesOf(stage, sysId)).toHaveLength(0);
}
