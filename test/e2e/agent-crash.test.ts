import { expect, test, type TestContext } from 'vitest';
import type { Stage } from '../../stage/stage.ts';
import { until } from '../support/until.ts';
import { announced, hideBridge, isPending } from './agent-scene.ts';
import { type BridgeProcess, kill, replace, spawnBridge, stageBeside } from './process.ts';
import { decideInPortal, endOf, patches, run, startDeploy, waitingChange } from './scene.ts';
import { quiet } from './wire.ts';

test.concurrent.for([
  ['before the run is stored', 'claim-pending', 'timeout-after-effect', isClaimed],
  ['before it is acknowledged', 'runs/ack', 'timeout-before-effect', isBeingAcknowledged],
  ['once it is acknowledged', 'runs/ack', 'timeout-after-effect', isAcknowledged],
] as const)(
  'kill -9 after a claim, %s: another bridge carries the run out, once',
  async ([, match, kind, isThere], context) => {
    const { stage, first } = await crashStage(context);
    stage.port.faults.add({ kind, mode: 'hang', match, times: 4 });
    const id = startDeploy(stage);
    await until('the bridge is at that point', () => isThere(stage, id), 30_000);
    await kill(first.child);
    stage.port.faults.clear();
    await takeOver(stage, first);
    expect(await endOf(stage, id, 40_000)).toBe('SUCCESS');
    await until('it is acknowledged', () => !isPending(stage, id));
    await quiet(stage, 40_000);
    expect(stage.gitlab.pipelines()).toHaveLength(1);
  },
);

test.concurrent('kill -9 between the claim of an approval and its acknowledgement: it is written to ServiceNow once', async (context) => {
  const { stage, first } = await crashStage(context);
  const { sysId } = await waitingChange(stage);
  stage.port.faults.add({ kind: 'timeout-before-effect', mode: 'hang', match: 'runs/ack', times: 4 });
  const id = decideInPortal(stage, sysId, 'approved');
  await until('the bridge acknowledges it', () => isBeingAcknowledged(stage), 30_000);
  await kill(first.child);
  stage.port.faults.clear();
  await takeOver(stage, first);
  expect(await endOf(stage, id, 40_000)).toBe('SUCCESS');
  await quiet(stage, 40_000);
  // The decision, and the note about its outcome.
  expect(stage.servicenow.change(sysId)?.['sys_mod_count']).toBe('2');
  expect(patches(stage, sysId).length).toBe(1);
});

test.concurrent('a bridge that is frozen after a claim and thawed when another has carried the run out changes nothing', async (context) => {
  const { stage, first } = await crashStage(context);
  stage.port.faults.add({ kind: 'timeout-before-effect', mode: 'hang', match: 'runs/ack', times: 4 });
  const id = startDeploy(stage);
  await until('the bridge acknowledges it', () => isBeingAcknowledged(stage), 30_000);
  first.child.kill('SIGSTOP');
  stage.port.faults.clear();
  stage.connect((await stage.startBridge()).url);
  await hideBridge(stage);
  stage.port.lapseClaims();
  expect(await endOf(stage, id, 40_000)).toBe('SUCCESS');
  await until('it is acknowledged', () => !isPending(stage, id));
  first.child.kill('SIGCONT');
  await until('the thawed bridge answers', async () => (await fetch(`${first.url}/livez`)).ok);
  await quiet(stage, 40_000);
  expect(stage.gitlab.pipelines()).toHaveLength(1);
});

/** A bridge in a process of its own, which a portal that cannot call it has taken note of. */
async function crashStage(context: TestContext): Promise<{ stage: Stage; first: BridgeProcess }> {
  const stage = await stageBeside(context, { env: { PORT_AGENT: 'poll' } });
  stage.gitlab.setProject(42, { coverage: 90 });
  const first = await spawnBridge(context, stage);
  await hideBridge(stage);
  await announced(stage);
  return { stage, first };
}

/** Another bridge in the place of one that is gone, when the claims of that one have run out. */
async function takeOver(stage: Stage, { url }: BridgeProcess): Promise<void> {
  await replace(stage, url);
  stage.port.lapseClaims();
}

function isClaimed(stage: Stage, id: string): boolean {
  return run(stage, id).claimedUntil !== undefined;
}

function isBeingAcknowledged(stage: Stage): boolean {
  return stage.port.requests.some((each) => each.path.endsWith('/runs/ack'));
}

function isAcknowledged(stage: Stage, id: string): boolean {
  return run(stage, id).pendingExecution === false;
}
