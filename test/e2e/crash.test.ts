import { expect, test } from 'vitest';
import type { Stage } from '../../stage/stage.ts';
import { until } from '../support/until.ts';
import { kill, replace, spawnBridge, stageBeside } from './process.ts';
import { decideInPortal, deploymentsOf, endOf, patches, pipelinesOf, waitingChange } from './scene.ts';
import { decisionsOf, quiet } from './wire.ts';

const TRIGGER = '/trigger/pipeline';

test.concurrent.for([
  ['before GitLab acts', { kind: 'timeout-before-effect', mode: 'hang' }],
  ['after GitLab acted', { kind: 'timeout-after-effect', mode: 'hang' }],
  ['while GitLab takes its time', { kind: 'latency', ms: 2_000 }],
] as const)(
  'kill -9 in the middle of a trigger, %s: another bridge finishes it with one deployment',
  async ([, fault], context) => {
    const stage = await stageBeside(context);
    const first = await spawnBridge(context, stage);
    const { runId, sysId } = await waitingChange(stage);
    stage.gitlab.faults.add({ ...fault, match: TRIGGER, times: 1 });
    stage.servicenow.decide(sysId, 'ann', 'approved');
    await until('the bridge is inside the call', () => triggerCalls(stage) === 1);
    await kill(first.child);
    await replace(stage, first.url);
    expect(await endOf(stage, runId, 40_000)).toBe('SUCCESS');
    await quiet(stage, 40_000);
    expect(deploymentsOf(stage, sysId)).toHaveLength(1);
    expect(pipelinesOf(stage, sysId)).toHaveLength(1);
    expect(await decisionsOf(stage, sysId)).toHaveLength(1);
  },
);

test.concurrent('kill -9 in the middle of a decision’s write: another bridge finds it written and ends the run', async (context) => {
  const stage = await stageBeside(context);
  const first = await spawnBridge(context, stage);
  const { runId, sysId } = await waitingChange(stage);
  stage.servicenow.faults.add({ kind: 'timeout-after-effect', mode: 'hang', match: 'PATCH ', times: 1 });
  const approve = decideInPortal(stage, sysId, 'approved');
  await until('it is written', () => stage.servicenow.change(sysId)?.['approval'] === 'approved');
  await kill(first.child);
  await replace(stage, first.url);
  expect(await endOf(stage, approve, 40_000)).toBe('SUCCESS');
  expect(await endOf(stage, runId, 40_000)).toBe('SUCCESS');
  await quiet(stage, 40_000);
  // The decision, and afterwards the note about its outcome.
  expect(stage.servicenow.change(sysId)?.['sys_mod_count']).toBe('2');
  expect(patches(stage, sysId).filter((request) => request.status === 200)).toHaveLength(0);
  expect(deploymentsOf(stage, sysId)).toHaveLength(1);
});

test.concurrent('a worker that is frozen inside a trigger and thawed after another took its job leaves one deployment', async (context) => {
  const stage = await stageBeside(context);
  const frozen = await spawnBridge(context, stage);
  const { runId, sysId } = await waitingChange(stage);
  stage.gitlab.faults.add({ kind: 'latency', ms: 1_000, match: TRIGGER, times: 1 });
  // Its pipeline gets no runner before it can ask a bridge that answers.
  stage.gitlab.faults.add({ kind: 'runner-stuck', times: 1 });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('the bridge is inside the call', () => triggerCalls(stage) === 1);
  frozen.child.kill('SIGSTOP');
  stage.connect((await stage.startBridge()).url);
  const pipeline = await until('its pipeline', () => pipelinesOf(stage, sysId)[0]);
  stage.gitlab.release(pipeline.id);
  expect(await endOf(stage, runId, 40_000)).toBe('SUCCESS');
  frozen.child.kill('SIGCONT');
  await until('the thawed bridge answers', async () => (await fetch(`${frozen.url}/livez`)).ok);
  await quiet(stage, 40_000);
  expect(deploymentsOf(stage, sysId)).toHaveLength(1);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
  expect((await decisionsOf(stage, sysId)).map((each) => each.status)).toEqual(['triggered']);
});

test.concurrent('a worker that is thawed after its decision was triggered by another does not trigger it again', async (context) => {
  const stage = await stageBeside(context);
  const frozen = await spawnBridge(context, stage);
  const { runId, sysId } = await waitingChange(stage);
  // Frozen while it reads ServiceNow, right before the call that starts the pipeline.
  stage.servicenow.faults.add({ kind: 'latency', ms: 1_000, match: 'sysapproval_approver', times: 1 });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('the decision is being looked at', () => readsOfApprovers(stage) === 1);
  frozen.child.kill('SIGSTOP');
  stage.connect((await stage.startBridge()).url);
  expect(await endOf(stage, runId, 40_000)).toBe('SUCCESS');
  frozen.child.kill('SIGCONT');
  await until('the thawed bridge answers', async () => (await fetch(`${frozen.url}/livez`)).ok);
  await quiet(stage, 40_000);
  expect(triggerCalls(stage)).toBe(1);
  expect(deploymentsOf(stage, sysId)).toHaveLength(1);
});

test.concurrent('a bridge that is stopped in the middle of a trigger ends in time, and the next one finishes the job', async (context) => {
  const stage = await stageBeside(context);
  const first = await stage.startBridge();
  stage.connect(first.url);
  const { runId, sysId } = await waitingChange(stage);
  stage.gitlab.faults.add({ kind: 'timeout-after-effect', mode: 'hang', match: TRIGGER, times: 1 });
  // Its pipeline gets no runner in between: its hook would find no bridge, and nobody polls here.
  stage.gitlab.faults.add({ kind: 'runner-stuck', times: 1 });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('the bridge is inside the call', () => triggerCalls(stage) === 1);
  const asked = Date.now();
  await first.stop(200);
  expect(Date.now() - asked).toBeLessThan(5_000);
  await replace(stage, first.url);
  const pipeline = await until('its pipeline', () => pipelinesOf(stage, sysId)[0]);
  stage.gitlab.release(pipeline.id);
  expect(await endOf(stage, runId, 40_000)).toBe('SUCCESS');
  await quiet(stage, 40_000);
  expect(deploymentsOf(stage, sysId)).toHaveLength(1);
});

function triggerCalls(stage: Stage): number {
  return stage.gitlab.requests.filter((each) => each.method === 'POST' && each.url.includes(TRIGGER)).length;
}

function readsOfApprovers(stage: Stage): number {
  return stage.servicenow.faults.list().length === 0 ? 1 : 0;
}
