import { expect, test } from 'vitest';
import type { Stage } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { deploymentsOf, endOf, logOf, pipelinesOf, run, waitingChange } from './scene.ts';
import { frontOf } from './proxy.ts';
import { type DecisionView, decisionsOf, operatorCall, quiet } from './wire.ts';

const TRIGGER = '/trigger/pipeline';

test.each(['reset', 'hang'] as const)(
  'a trigger whose answer is lost (%s) is found by its decision and adopted: one pipeline',
  async (mode) => {
    const stage = await stageForTest();
    const { runId, sysId } = await waitingChange(stage);
    // The pipeline says nothing of itself, so that only the look-up can find it.
    stage.gitlab.faults.add({ kind: 'runner-stuck', times: 1 });
    stage.gitlab.faults.add({ kind: 'drop-hook', times: 1 });
    stage.gitlab.faults.add({ kind: 'timeout-after-effect', match: TRIGGER, mode, times: 1 });
    stage.servicenow.decide(sysId, 'ann', 'approved');
    await adoptedAndDeployed(stage, runId, sysId);
    expect(triggerCalls(stage)).toBe(1);
  },
);

test('a trigger that took effect and was answered with 502 is found and adopted: one pipeline', async () => {
  const stage = await stageForTest({ bridge: false });
  let spoiled = 0;
  const front = await frontOf(stage.gitlab.url, (method, path) => {
    if (method !== 'POST' || !path.includes(TRIGGER) || spoiled > 0) return undefined;
    spoiled += 1;
    return 502;
  });
  stage.connect((await stage.startBridge({ GITLAB_URL: front.url })).url);
  const { runId, sysId } = await waitingChange(stage);
  stage.gitlab.faults.add({ kind: 'runner-stuck', times: 1 });
  stage.gitlab.faults.add({ kind: 'drop-hook', times: 1 });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await adoptedAndDeployed(stage, runId, sysId);
  expect(spoiled).toBe(1);
  expect(triggerCalls(stage)).toBe(1);
});

test('a trigger that never arrived is repeated once, after a look', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  stage.gitlab.faults.add({ kind: 'timeout-before-effect', match: TRIGGER, times: 1 });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  await quiet(stage);
  expect(triggerCalls(stage)).toBe(2);
  expect(stage.gitlab.requests.some((each) => each.url.includes('source=trigger'))).toBe(true);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});

test('a trigger that GitLab’s front answers with 502 is repeated once, after a look', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  stage.gitlab.faults.add({ kind: '502', match: TRIGGER, times: 1 });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('the deployment', () => deploymentsOf(stage, sysId).length === 1);
  await quiet(stage);
  expect(triggerCalls(stage)).toBe(2);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});

test('without a read token an unknown outcome is parked with advice, and not repeated', async () => {
  const stage = await blindStage();
  const { runId, sysId } = await waitingChange(stage);
  stage.gitlab.faults.add({ kind: 'timeout-before-effect', match: TRIGGER, times: 1 });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const parked = await decided(stage, sysId, 'parked');
  expect(parked.reason).toMatch(/without a GITLAB_API_TOKEN.*resolve this decision/);
  await quiet(stage);
  expect(triggerCalls(stage)).toBe(1);
  await resolve(stage, parked.id, 'trigger');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});

test('without a read token, the claim of the pipeline that did start tells that it did', async () => {
  const stage = await blindStage();
  const { runId, sysId } = await waitingChange(stage);
  stage.gitlab.faults.add({ kind: 'timeout-after-effect', match: TRIGGER, times: 1 });
  stage.gitlab.setHook(undefined);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await decided(stage, sysId, 'triggered');
  await quiet(stage);
  expect(deploymentsOf(stage, sysId)).toHaveLength(1);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
  expect(run(stage, runId).status).toBe('IN_PROGRESS');
});

test('without a read token, where pipelines claim, a trigger is repeated and the duplicate may not deploy', async () => {
  const stage = await blindStage();
  await claimOnce(stage);
  const { runId, sysId } = await waitingChange(stage);
  await duplicated(stage, sysId);
  const [first, second] = pipelinesOf(stage, sysId);
  stage.gitlab.release(second?.id ?? 0);
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  stage.gitlab.release(first?.id ?? 0);
  await quiet(stage);
  expect(pipelinesOf(stage, sysId).map((each) => each.status)).toEqual(['failed', 'success']);
  expect(deploymentsOf(stage, sysId)).toHaveLength(1);
});

test('where the duplicate claims first, it deploys alone and its end is what the run is told', async () => {
  const stage = await blindStage();
  await claimOnce(stage);
  const { runId, sysId } = await waitingChange(stage);
  await duplicated(stage, sysId);
  const [first, second] = pipelinesOf(stage, sysId);
  stage.gitlab.release(first?.id ?? 0);
  await until('the deployment', () => deploymentsOf(stage, sysId).length === 1);
  stage.gitlab.release(second?.id ?? 0);
  await quiet(stage);
  expect(pipelinesOf(stage, sysId).map((each) => each.status)).toEqual(['success', 'failed']);
  expect(deploymentsOf(stage, sysId)).toHaveLength(1);
  expect(await endOf(stage, runId)).toBe('SUCCESS');
});

test.each(['rate-limit', 'rate-limit-string'] as const)(
  'GitLab’s limit of pipelines a minute (%s) is waited for, burns no attempt and triggers once',
  async (kind) => {
    // The bridge's clock runs behind the queue's: its wait, 60 to 75 s with jitter, is over within a second.
    const stage = await stageForTest({ clock: () => Date.now() - 74_000 });
    const { runId, sysId } = await waitingChange(stage);
    stage.gitlab.faults.add({ kind, match: TRIGGER, times: 1 });
    stage.servicenow.decide(sysId, 'ann', 'approved');
    // Its wait may be over at once by then, so the record has its reason, but not for certain still its status.
    await until('the limit is met', async () => {
      const [decision] = await decisionsOf(stage, sysId);
      return decision?.reason?.includes('limits how many pipelines') === true;
    });
    expect(await endOf(stage, runId, 30_000)).toBe('SUCCESS');
    await quiet(stage);
    expect(triggerCalls(stage)).toBe(2);
    expect(pipelinesOf(stage, sysId)).toHaveLength(1);
  },
);

test('GitLab’s 429 is waited for as long as it says, and triggers once', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  stage.gitlab.faults.add({ kind: '429', match: TRIGGER, times: 1 });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  expect(triggerCalls(stage)).toBe(2);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});

test.each([
  ['ref', { GITLAB_REF: 'no-such-branch' }, /no ref "no-such-branch".*resolve this decision/],
  ['token', { GITLAB_TRIGGER_TOKEN: 'not-the-token' }, /trigger token \(404\).*resolve this decision/],
])(
  'a wrong %s parks the decision with advice; mended and resolved, it is triggered',
  async (_, env, advice) => {
    const stage = await stageForTest({ bridge: false });
    const wrong = await stage.startBridge(env);
    stage.connect(wrong.url);
    const { runId, sysId } = await waitingChange(stage);
    stage.servicenow.decide(sysId, 'ann', 'approved');
    const parked = await decided(stage, sysId, 'parked');
    expect(parked.reason).toMatch(advice);
    await until('the developer is told', () => logOf(stage, runId).includes('was not started'));
    expect(run(stage, runId).status).toBe('IN_PROGRESS');
    await wrong.stop(2_000);
    stage.connect((await stage.startBridge()).url);
    await resolve(stage, parked.id, 'trigger');
    expect(await endOf(stage, runId)).toBe('SUCCESS');
    await quiet(stage);
    expect(pipelinesOf(stage, sysId)).toHaveLength(1);
  },
);

test('an operator’s "abandon" of a parked decision ends the run and starts nothing', async () => {
  const stage = await stageForTest({ env: { GITLAB_REF: 'no-such-branch' } });
  const { runId, sysId } = await waitingChange(stage);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const parked = await decided(stage, sysId, 'parked');
  await resolve(stage, parked.id, 'abandon');
  expect(await endOf(stage, runId)).toBe('FAILURE');
  const again = await operatorCall(stage, `/v1/decisions/${parked.id}/resolve`, {
    action: 'trigger',
    reason: 'changed my mind',
  });
  expect(again.status).toBe(409);
  await quiet(stage);
  expect(pipelinesOf(stage, sysId)).toHaveLength(0);
});

test('a pipeline that GitLab creates and fails at once parks the decision and deploys nothing', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  stage.gitlab.faults.add({ kind: 'created-but-failed', match: TRIGGER, times: 1 });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const parked = await decided(stage, sysId, 'parked');
  expect(parked.reason).toContain('unknown keys: sript');
  await quiet(stage);
  expect(deploymentsOf(stage, sysId)).toHaveLength(0);
});

/** A stage whose bridge cannot look pipelines up. */
async function blindStage(): Promise<Stage> {
  return stageForTest({ env: { GITLAB_API_TOKEN: '' } });
}

/** One decision that went well: from now on the bridge knows that this project's pipelines claim. */
async function claimOnce(stage: Stage): Promise<void> {
  const { sysId } = await waitingChange(stage);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('a claimed deployment', () => deploymentsOf(stage, sysId).length === 1);
  await quiet(stage);
}

/** An approval whose first pipeline started unseen and silent, so that a second one was started; both stand still. */
async function duplicated(stage: Stage, sysId: string): Promise<void> {
  stage.gitlab.faults.add({ kind: 'runner-stuck', times: 2 });
  stage.gitlab.faults.add({ kind: 'drop-hook', times: 1 });
  stage.gitlab.faults.add({ kind: 'timeout-after-effect', match: TRIGGER, times: 1 });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const decision = await decided(stage, sysId, 'triggered');
  expect(pipelinesOf(stage, sysId)).toHaveLength(2);
  expect(decision.pipeline_id).toBe(String(pipelinesOf(stage, sysId)[1]?.id));
}

async function adoptedAndDeployed(stage: Stage, runId: string, sysId: string): Promise<void> {
  const decision = await decided(stage, sysId, 'triggered');
  expect(decision.pipeline_id).toBe('1');
  stage.gitlab.release(1);
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  await quiet(stage);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
  expect(deploymentsOf(stage, sysId)).toHaveLength(1);
}

async function decided(stage: Stage, sysId: string, status: string): Promise<DecisionView> {
  return until(`the decision is ${status}`, async () => {
    return (await decisionsOf(stage, sysId)).find((each) => each.status === status);
  });
}

async function resolve(stage: Stage, id: string, action: 'trigger' | 'abandon'): Promise<void> {
  const reason = 'Looked at the pipelines of the project';
  const answer = await operatorCall(stage, `/v1/decisions/${id}/resolve`, { action, reason });
  expect(answer.status).toBe(200);
}

/** How often GitLab was asked to start a pipeline. */
function triggerCalls(stage: Stage): number {
  return stage.gitlab.requests.filter((each) => each.method === 'POST' && each.url.includes(TRIGGER)).length;
}
