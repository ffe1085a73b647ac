import { Redis } from 'ioredis';
import { pino } from 'pino';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createClients } from '../../bridge/clients.ts';
import { parseConfig } from '../../bridge/config.ts';
import { flowContext } from '../../bridge/flow-context.ts';
import { FLOWS } from '../../bridge/flows/index.ts';
import { pipelineTrigger } from '../../bridge/flows/pipeline-trigger/index.ts';
import type { FlowContext } from '../../bridge/flows/shared/context.ts';
import { createLedger } from '../../bridge/ledger/ledger.ts';
import { NotYet } from '../../bridge/model/errors.ts';
import { MAX_ATTEMPTS } from '../../bridge/model/retry.ts';
import { connectFast } from '../../queue/connection.ts';
import { openQueues } from '../../queue/queues.ts';
import { PROJECT, type Stage } from '../../stage/stage.ts';
import { until } from '../support/until.ts';
import { type Asked, deployJob, deployments, pipelineThatWaits, plays, stageInMode } from '../e2e/modes.ts';
import { endOf, logOf, openedChange, startDeploy } from '../e2e/scene.ts';
import { decisionsOf, operatorCall, setting } from '../e2e/wire.ts';

const TIMINGS = {
  callMs: 1_500,
  settleMs: 300,
  lockMs: 2_000,
  sweepMs: 1_000,
  agentMs: 1_000,
  claimMs: 1_000,
};
const READS = new Set([
  'get',
  'hget',
  'hgetall',
  'hexists',
  'exists',
  'lindex',
  'llen',
  'sismember',
  'smembers',
  'zscore',
  'zrangebyscore',
  'zrevrange',
  'zrange',
  'lrange',
  'zcard',
]);

class Died extends Error {}

type Worker = { readonly ctx: FlowContext; readonly isDead: () => boolean };

/** A worker of the stage's bridge that dies right before its write number `last`; it lives on where there are fewer. */
async function workerOf(stage: Stage, clock: () => number, last = Infinity): Promise<Worker> {
  const prefix = setting(stage, 'REDIS_PREFIX');
  const redis = await connectFast(inject('redisUrl'), 5_000);
  if (!(redis instanceof Redis)) throw new Error('A test has a single Redis.');
  const other = await connectFast(inject('redisUrl'), 5_000);
  let writes = 0;
  const isDead = (): boolean => writes >= last;
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, ...rest) => {
    if (!READS.has(command.name)) writes += 1;
    if (!isDead()) return send(command, ...rest);
    command.reject(new Died());
    return command.promise;
  };
  const names = FLOWS.map((flow) => flow.name);
  const queues = openQueues(other, prefix, names, MAX_ATTEMPTS);
  const config = parseConfig(stage.env, () => '');
  const clients = createClients(config, clock, TIMINGS.callMs);
  onTestFinished(async () => {
    await queues.close();
    await Promise.all(Object.values(clients).map((client) => client.close()));
    redis.disconnect();
    other.disconnect();
  });
  const enqueue: FlowContext['enqueue'] = async (flow, key, how) => {
    if (isDead()) throw new Died();
    await queues.enqueue(flow, key, how);
  };
  const log = pino({ level: 'silent' });
  const options = { config, redisUrl: inject('redisUrl'), clock, random: Math.random, log };
  const ctx = flowContext(options, TIMINGS, { ledger: createLedger(redis, prefix), ...clients, enqueue });
  return { ctx, isDead };
}

/** Runs the flow until nothing is owed for the record; `wait` is told how long (ms) it would have to wait. */
async function finish({ ctx }: Worker, id: string, wait: (ms: number) => void): Promise<void> {
  while (await ctx.ledger.owed.isOwed('pipeline-trigger', id)) {
    try {
      await pipelineTrigger.run(ctx, id);
    } catch (error) {
      if (!(error instanceof NotYet)) throw error;
      wait(error.afterMs);
    }
  }
}

/** From now on the test runs the flow, and the bridge all others. */
async function pauseTriggers(stage: Stage): Promise<void> {
  const reason = 'The test runs it';
  const paused = await operatorCall(stage, '/v1/flows/pipeline-trigger/pause', { reason });
  expect(paused.status).toBe(200);
}

/** A deployment whose pipeline has asked for a gate and waits. */
async function askedIn(stage: Stage, worker: Worker, wait: (ms: number) => void): Promise<Asked> {
  const runId = startDeploy(stage);
  const deploy = `deploy-${runId}`;
  await until('the request', async () => (await worker.ctx.ledger.triggers.get(deploy)) !== undefined);
  await finish(worker, deploy, wait);
  return { runId, sysId: await openedChange(stage, runId), pipeline: await pipelineThatWaits(stage, runId) };
}

/** Somebody decides in ServiceNow: the id of the decision that the bridge records. */
async function decidedIn(stage: Stage, sysId: string, decision: 'approved' | 'rejected'): Promise<string> {
  stage.servicenow.decide(sysId, 'ann', decision);
  return until('the decision', async () => (await decisionsOf(stage, sysId))[0]?.id);
}

test.each([
  ['play', 'approved'],
  ['play', 'rejected'],
  ['wait', 'approved'],
] as const)(
  'mode %s, %s: a worker that dies before any write of its own leaves nothing undone, and nothing done twice',
  async (mode, decision) => {
    let ahead = 0;
    const clock = (): number => Date.now() + ahead;
    const later = (ms: number): void => void (ahead += ms);
    const stage = await stageInMode(mode, { stageMs: 1 });
    await pauseTriggers(stage);
    const healthy = await workerOf(stage, clock);
    let last = 0;
    for (let hasDied = true; hasDied;) {
      last += 1;
      const { runId, sysId, pipeline } = await askedIn(stage, healthy, later);
      const id = await decidedIn(stage, sysId, decision);

      const mortal = await workerOf(stage, clock, last);
      await pipelineTrigger.run(mortal.ctx, id).catch(() => undefined);
      hasDied = mortal.isDead();
      await finish(healthy, id, later);

      const isApproved = decision === 'approved';
      expect(await endOf(stage, runId), `death before write ${last}`).toBe(
        isApproved ? 'SUCCESS' : 'FAILURE',
      );
      expect(deployments(stage, { pipeline })).toHaveLength(isApproved ? 1 : 0);
      const path = `/api/v4/projects/${PROJECT}/jobs/${deployJob(pipeline).id}/play`;
      const started = plays(stage).filter(({ url }) => url === path);
      expect(started).toHaveLength(isApproved && mode === 'play' ? 1 : 0);
      expect(logOf(stage, runId).match(/was (approved|declined) by/g)).toHaveLength(1);
      expect(await decisionsOf(stage, sysId)).toMatchObject([
        { status: 'triggered', pipeline_id: String(pipeline.id) },
      ]);
    }
    expect(last).toBeGreaterThan(5);
  },
  120_000,
);

test('mode play: a worker that stands still between its look and its call does not call, and looks again', async () => {
  let ahead = 0;
  const stage = await stageInMode('play', { stageMs: 1 });
  const clock = (): number => Date.now() + ahead;
  await pauseTriggers(stage);
  const worker = await workerOf(stage, clock);
  const asked = await askedIn(stage, worker, (ms) => void (ahead += ms));
  const id = await decidedIn(stage, asked.sysId, 'approved');
  const { audit } = worker.ctx.ledger;
  const append = audit.append.bind(audit);
  audit.append = async (entry) => {
    await append(entry);
    if (entry.action === 'play') ahead += 10_000;
  };
  await expect(pipelineTrigger.run(worker.ctx, id)).rejects.toThrow('stood still');
  expect(plays(stage)).toHaveLength(0);
  audit.append = append;
  await finish(worker, id, (ms) => void (ahead += ms));
  expect(await endOf(stage, asked.runId)).toBe('SUCCESS');
  expect(plays(stage)).toHaveLength(1);
});
