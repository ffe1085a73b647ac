import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hasRedisServer, type RedisServer, startRedisServer } from '../../queue/redis-server.ts';
import type { Stage } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import {
  decideInPortal,
  deploymentsOf,
  endOf,
  entity,
  muteServiceNow,
  patches,
  pipelinesOf,
  recordOf,
  run,
  shows,
  waitingChange,
} from './scene.ts';
import { deadLetters, flowCounts, operatorCall, quiet, sendEvent, sendPort } from './wire.ts';

/**
 * A bridge whose clock runs behind the queue's: what it waits for half a minute comes up again in a second or
 * two, and `catchUp` lets that half minute pass for everything that it holds back.
 */
function lateClock(lateMs: number): { now: () => number; catchUp: () => void } {
  let late = lateMs;
  return {
    now: () => Date.now() - late,
    catchUp: () => {
      late = 0;
    },
  };
}

test('ServiceNow hibernates and awakes: a portal decision waits and is then carried out, once', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  stage.servicenow.faults.add({ kind: 'html' });
  const approve = decideInPortal(stage, sysId, 'approved');
  await until('ServiceNow was asked', () => stage.servicenow.requests.list(sysId).length > 0);
  expect(run(stage, approve).status).toBe('IN_PROGRESS');
  await until('the job waits', async () => (await flowCounts(stage, 'portal-approval')).delayed === 1);
  expect(await deadLetters(stage)).toEqual([]);
  stage.servicenow.faults.clear('html');
  // It would come up by itself after half a minute; the same webhook again brings it up now.
  await sendPort(stage, 'approve', { runId: approve });
  expect(await endOf(stage, approve)).toBe('SUCCESS');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  await quiet(stage);
  expect(patches(stage, sysId).filter((request) => request.status === 200)).toHaveLength(1);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});

test('ServiceNow’s 429 is obeyed: no call before Retry-After is over', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  stage.servicenow.requests.clear();
  stage.servicenow.faults.add({ kind: '429', retryAfterSeconds: 2, times: 1 });
  const approve = decideInPortal(stage, sysId, 'approved');
  expect(await endOf(stage, approve)).toBe('SUCCESS');
  const [limited, next] = stage.servicenow.requests.list('GET ');
  expect(limited?.status).toBe(429);
  expect((next?.at ?? 0) - (limited?.at ?? 0)).toBeGreaterThanOrEqual(1_990);
  expect(patches(stage, sysId)).toHaveLength(1);
});

test('the portal is down: decisions in ServiceNow still start their pipeline, and nothing is lost', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  stage.port.faults.add({ kind: '500', times: 1_000 });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('the deployment', () => deploymentsOf(stage, sysId).length === 1);
  expect(entity(stage, sysId)?.properties['approval']).toBe('requested');
  expect(run(stage, runId).status).toBe('IN_PROGRESS');
  stage.port.faults.clear();
  expect(await endOf(stage, runId, 40_000)).toBe('SUCCESS');
  await shows(stage, sysId, 'approved');
  const lines = stage.port.logs(runId).map((line) => line.message);
  expect(lines.join('\n')).toMatch(/approved by ann[\s\S]*was deployed/);
  expect(await deadLetters(stage)).toEqual([]);
});

test('GitLab is down: a decision waits for it and starts one pipeline', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  stage.gitlab.faults.add({ kind: '500' });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await shows(stage, sysId, 'approved');
  await until('GitLab was asked', () => stage.gitlab.requests.length >= 2);
  stage.gitlab.faults.clear();
  expect(await endOf(stage, runId, 40_000)).toBe('SUCCESS');
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});

test('credentials refused by ServiceNow: work waits, burns no attempt, knocks rarely, and resumes by itself', async () => {
  const clock = lateClock(29_000);
  const stage = await stageForTest({ clock: clock.now });
  const { sysId } = await waitingChange(stage);
  stage.servicenow.requests.clear();
  stage.servicenow.faults.add({ kind: '401' });
  const approve = decideInPortal(stage, sysId, 'approved');
  await until('ServiceNow refuses', () => stage.servicenow.requests.list(sysId).length === 1);
  await until('health tells', async () => {
    const health = await (await operatorCall(stage, '/health')).text();
    return health.includes('ServiceNow does not accept our credentials');
  });
  // Accounts get locked by repeated failures: while the bridge holds back, more work makes no more calls.
  await sendPort(stage, 'approve', { runId: approve });
  await quietEnough(stage);
  expect(stage.servicenow.requests.list(sysId)).toHaveLength(1);
  stage.servicenow.faults.clear();
  clock.catchUp();
  expect(await endOf(stage, approve)).toBe('SUCCESS');
  expect(await deadLetters(stage)).toEqual([]);
  expect(patches(stage, sysId)).toHaveLength(1);
});

test('credentials refused by the portal: nothing is lost, and the update follows by itself', async () => {
  const clock = lateClock(29_000);
  const stage = await stageForTest({ clock: clock.now });
  const { runId, sysId } = await waitingChange(stage);
  stage.port.faults.add({ kind: 'expired-token', times: 1_000 });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('the deployment', () => deploymentsOf(stage, sysId).length === 1);
  expect(entity(stage, sysId)?.properties['approval']).toBe('requested');
  await until('its pipeline has ended', () => pipelinesOf(stage, sysId)[0]?.status === 'success');
  await quietEnough(stage);
  stage.port.faults.clear();
  clock.catchUp();
  await shows(stage, sysId, 'approved');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  expect(await deadLetters(stage)).toEqual([]);
});

test('Redis is away: webhooks get 503 and are not marked; it restarts, and all that was accepted is carried out', async ({
  skip,
}) => {
  skip(!hasRedisServer());
  const directory = mkdtempSync(join(tmpdir(), 'changebridge-redis-'));
  const redis = await startRedisServer(directory);
  let again: RedisServer | undefined;
  onTestFinished(async () => {
    await (again ?? redis).stop();
    rmSync(directory, { recursive: true, force: true });
  });
  const stage = await stageForTest({ redisUrl: redis.url });
  const { sysId: early } = await waitingChange(stage);
  const { sysId: late } = await waitingChange(stage);
  await operatorCall(stage, '/v1/flows/pipeline-trigger/pause', { reason: 'before the restart' });
  stage.servicenow.decide(early, 'ann', 'approved');
  await shows(stage, early, 'approved');
  muteServiceNow(stage);
  stage.servicenow.decide(late, 'ann', 'approved');
  await redis.stop();
  const refused = await Promise.all([
    sendEvent(stage, recordOf(stage, late), { id: 'msg_kept' }),
    sendPort(stage, 'approve', { runId: 'r_unknown' }),
    sendPort(stage, 'deploy', { runId: 'r_unknown' }),
  ]);
  const probes = [await fetch(`${stage.bridgeUrl()}/readyz`), await fetch(`${stage.bridgeUrl()}/livez`)];
  expect(refused.map((answer) => answer.status)).toEqual([503, 503, 503]);
  expect(refused.map((answer) => Number(answer.headers.get('retry-after')) > 0)).toEqual([true, true, true]);
  expect(probes.map((answer) => answer.status)).toEqual([503, 200]);
  again = await startRedisServer(directory);
  expect(again.url).toBe(redis.url);
  const taken = await until('Redis takes it', async () => {
    const answer = await sendEvent(stage, recordOf(stage, late), { id: 'msg_kept' });
    return answer.status === 202 ? answer : undefined;
  });
  expect(await taken.json()).toEqual({ status: 'accepted' });
  await operatorCall(stage, '/v1/flows/pipeline-trigger/resume', { reason: 'after the restart' });
  await until('both deployments', () => stage.gitlab.deployments().length === 2);
  await quiet(stage);
  expect([pipelinesOf(stage, early).length, pipelinesOf(stage, late).length]).toEqual([1, 1]);
});

test('Redis hangs: webhooks get 503 within seconds, and nothing is accepted that is not stored', async ({
  skip,
}) => {
  skip(!hasRedisServer());
  const directory = mkdtempSync(join(tmpdir(), 'changebridge-redis-'));
  const redis = await startRedisServer(directory);
  onTestFinished(async () => {
    process.kill(redis.pid, 'SIGCONT');
    await redis.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  const stage = await stageForTest({ redisUrl: redis.url });
  const { sysId } = await waitingChange(stage);
  muteServiceNow(stage);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  process.kill(redis.pid, 'SIGSTOP');
  const asked = Date.now();
  const refused = await sendEvent(stage, recordOf(stage, sysId));
  expect(refused.status).toBe(503);
  expect(Date.now() - asked).toBeLessThan(8_000);
  process.kill(redis.pid, 'SIGCONT');
  await until('it is taken', async () => (await sendEvent(stage, recordOf(stage, sysId))).status === 202);
  await until('the deployment', () => deploymentsOf(stage, sysId).length === 1);
  await quiet(stage);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});

test('a bridge whose Redis is away stops within its deadline', async ({ skip }) => {
  skip(!hasRedisServer());
  const directory = mkdtempSync(join(tmpdir(), 'changebridge-redis-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const redis = await startRedisServer(directory);
  const stage = await stageForTest({ redisUrl: redis.url, bridge: false });
  const bridge = await stage.startBridge();
  await redis.stop();
  const asked = Date.now();
  await bridge.stop(500);
  expect(Date.now() - asked).toBeLessThan(5_000);
});

/** Two looks at the bridge's health without a job in the hands of a worker. */
async function quietEnough(stage: Stage): Promise<void> {
  let calm = 0;
  await until('no job is active', async () => {
    const text = await (await operatorCall(stage, '/health')).text();
    calm = /"active":[1-9]/.test(text) ? 0 : calm + 1;
    return calm >= 2;
  });
}
