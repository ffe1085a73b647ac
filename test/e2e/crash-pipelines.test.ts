import { expect, inject, test, type TestContext, vi } from 'vitest';
import { connectFast } from '../../queue/connection.ts';
import type { Stage } from '../../stage/stage.ts';
import { until } from '../support/until.ts';
import { type BridgeProcess, kill, replace, spawnBridge, stageBeside } from './process.ts';
import { endOf, logOf, openedChange, patches, recordOf, standingDeploy } from './scene.ts';
import { auditOf, pipelineCall, quiet, setting } from './wire.ts';

// A dead worker's jobs are taken over after ten seconds, and later on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

type Deploy = Awaited<ReturnType<typeof standingDeploy>>;
type Scene = { readonly stage: Stage; readonly first: BridgeProcess; readonly deploy: Deploy };

/** A bridge in a process of its own, and a pipeline that it started and that calls it. */
async function scene(context: TestContext): Promise<Scene> {
  const stage = await stageBeside(context);
  const first = await spawnBridge(context, stage);
  return { stage, first, deploy: await standingDeploy(stage) };
}

function send({ stage, deploy }: Scene, method: string, path: string, body: object): Promise<Response> {
  return fetch(`${stage.bridgeUrl()}${path}`, {
    method,
    headers: { authorization: `Bearer ${deploy.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** The time of every gate is over. */
async function letGatesExpire(stage: Stage, id: string): Promise<void> {
  const redis = await connectFast(inject('redisUrl'), 5_000);
  await redis.zadd(`{${setting(stage, 'REDIS_PREFIX')}}:ledger:gates:expiring`, 'XX', 1, id);
  redis.disconnect();
}

/** Waits until the fault has struck, then ends the bridge as a crash does; another one takes its place. */
async function crash({ stage, first }: Scene, isInside: () => boolean): Promise<void> {
  await until('the bridge is inside the call', isInside);
  await kill(first.child);
  await replace(stage, first.url);
}

const WHEN = [
  ['before it takes effect', 'timeout-before-effect'],
  ['after it took effect', 'timeout-after-effect'],
] as const;

test.concurrent.for(WHEN)(
  'kill -9 while an expired gate’s change is cancelled, %s: another bridge withdraws the gate once, and the developer is told once',
  async ([, kind], context) => {
    const it = await scene(context);
    const { stage, deploy } = it;
    const ask = async (): Promise<string> => {
      const body = { reason: 'Coverage is low', expires_in: 3_600 };
      const answer = await pipelineCall(stage, '/v1/gates', body, deploy.token);
      return answer.headers.get('location')?.split('/').at(-1) ?? '';
    };
    const gate = await ask();
    const sysId = await openedChange(stage, deploy.runId);
    await until('the developer is told', () => logOf(stage, deploy.runId).includes('was opened'));
    await until('somebody is asked', () => recordOf(stage, sysId)['approval'] === 'requested');
    const before = Number(recordOf(stage, sysId)['sys_mod_count']);
    await letGatesExpire(stage, gate);
    stage.servicenow.faults.add({ kind, mode: 'hang', match: 'PATCH ', times: 1 });
    await ask();
    await crash(it, () => stage.servicenow.faults.list().length === 0);
    expect(await endOf(stage, deploy.runId, 40_000)).toBe('FAILURE');
    await quiet(stage, 40_000);
    expect(recordOf(stage, sysId)['state']).toBe('4');
    expect(recordOf(stage, sysId)['sys_mod_count']).toBe(String(before + 1));
    const again = kind === 'timeout-before-effect' ? 1 : 0;
    expect(patches(stage, sysId).filter((request) => request.status === 200)).toHaveLength(again);
    expect(logOf(stage, deploy.runId).match(/nobody decided it in time/g)).toHaveLength(1);
    const read = await pipelineCall(stage, `/v1/gates/${gate}`, undefined, deploy.token);
    expect(await read.json()).toMatchObject({ status: 'withdrawn' });
    const told = (await auditOf(stage)).filter((entry) => entry.action.startsWith('cancel-change'));
    expect(told.length).toBe(1 + 2 * again);
  },
);

const DEPLOYMENT = '/v1/deployments/checkout-production';
const UPSERT = 'blueprints/deployment/entities';

test.concurrent('kill -9 while a reported deployment is written to the portal: another bridge writes it', async (context) => {
  const it = await scene(context);
  const { stage } = it;
  stage.port.faults.add({ kind: 'timeout-before-effect', mode: 'hang', match: UPSERT, times: 1 });
  expect((await send(it, 'PUT', DEPLOYMENT, { status: 'success', imageTag: '1.2' })).status).toBe(202);
  await crash(it, () => stage.port.faults.list().length === 0);
  await until('the portal shows it', () => stage.port.entities('deployment').length === 1, 40_000);
  await quiet(stage, 40_000);
  expect(stage.port.entities('deployment')).toMatchObject([
    { identifier: 'checkout-production', properties: { imageTag: '1.2' } },
  ]);
});

test.concurrent('kill -9 after a deployment was written to the portal, with a newer report behind it: another bridge writes the newer one', async (context) => {
  const it = await scene(context);
  const { stage } = it;
  stage.port.faults.add({ kind: 'timeout-after-effect', mode: 'hang', match: UPSERT, times: 1 });
  expect((await send(it, 'PUT', DEPLOYMENT, { status: 'failed', imageTag: 'old' })).status).toBe(202);
  const tag = () => stage.port.entities('deployment')[0]?.properties['imageTag'];
  await until('the first is written', () => tag() === 'old');
  expect((await send(it, 'PUT', DEPLOYMENT, { status: 'success', imageTag: 'new' })).status).toBe(202);
  await crash(it, () => true);
  await until('the portal shows the newer one', () => tag() === 'new', 40_000);
  await quiet(stage, 40_000);
  expect(tag()).toBe('new');
});

test.concurrent.for(WHEN)(
  'kill -9 while a pipeline’s report ends a run, %s: another bridge ends it, and it is ended once',
  async ([, kind], context) => {
    const it = await scene(context);
    const { stage, deploy } = it;
    stage.port.faults.add({ kind, mode: 'hang', match: `POST .*/runs/${deploy.runId}/logs`, times: 1 });
    const end = { status: 'SUCCESS', message: 'All pods are up' };
    expect((await send(it, 'PATCH', `/v1/runs/${deploy.runId}`, end)).status).toBe(202);
    await crash(it, () => stage.port.faults.list().length === 0);
    expect(await endOf(stage, deploy.runId, 40_000)).toBe('SUCCESS');
    await quiet(stage, 40_000);
    expect(logOf(stage, deploy.runId).match(/All pods are up/g)).toHaveLength(1);
    const ends = stage.port.logs(deploy.runId).filter((line) => line.terminationStatus !== undefined);
    expect(ends).toHaveLength(1);
  },
);

test.concurrent('kill -9 between two lines of a run: another bridge tells the rest, in order', async (context) => {
  const it = await scene(context);
  const { stage, deploy } = it;
  const path = `/v1/runs/${deploy.runId}/logs`;
  stage.port.faults.add({
    kind: 'timeout-before-effect',
    mode: 'hang',
    match: `POST .*/runs/${deploy.runId}/logs`,
    times: 1,
  });
  for (const message of ['one', 'two', 'three'])
    expect((await send(it, 'POST', path, { message })).status).toBe(202);
  await crash(it, () => stage.port.faults.list().length === 0);
  const told = (): string[] => stage.port.logs(deploy.runId).map((line) => line.message);
  await until('all is told', () => told().includes('three'), 40_000);
  await quiet(stage, 40_000);
  expect(told().slice(-3)).toEqual(['one', 'two', 'three']);
});
