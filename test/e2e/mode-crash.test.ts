import { expect, test, type TestContext } from 'vitest';
import { PROJECT, type Stage } from '../../stage/stage.ts';
import { until } from '../support/until.ts';
import { askedDeploy, deployments, inMode, plays } from './modes.ts';
import { kill, replace, spawnBridge, stageBeside } from './process.ts';
import { endOf } from './scene.ts';
import { decisionsOf, quiet } from './wire.ts';

const PLAY = 'POST /api/v4/projects/42/jobs/';

/** A lease of a bridge in a process of its own is 15 s, and such a process takes its time to start. */
const SLOW = { timeout: 120_000 };

async function stageOf(context: TestContext): Promise<Stage> {
  const stage = await stageBeside(context, inMode('play'));
  stage.gitlab.setProject(PROJECT, { mode: 'play' });
  return stage;
}

test.concurrent.for([
  ['before GitLab acts', { kind: 'timeout-before-effect', mode: 'hang' }],
  ['after GitLab acted', { kind: 'timeout-after-effect', mode: 'hang' }],
] as const)(
  'mode play: kill -9 while a job is being started, %s: another bridge finishes it with one deployment',
  SLOW,
  async ([, fault], context) => {
    const stage = await stageOf(context);
    const first = await spawnBridge(context, stage);
    const asked = await askedDeploy(stage);
    stage.gitlab.faults.add({ ...fault, match: PLAY, times: 1 });
    stage.servicenow.decide(asked.sysId, 'ann', 'approved');
    await until('the bridge is inside the call', () => plays(stage).length === 1);
    await kill(first.child);
    await replace(stage, first.url);
    expect(await endOf(stage, asked.runId, 40_000)).toBe('SUCCESS');
    await quiet(stage, 40_000);
    expect(deployments(stage, asked)).toHaveLength(1);
    expect(await decisionsOf(stage, asked.sysId)).toMatchObject([{ status: 'triggered' }]);
  },
);

test.concurrent(
  'mode play: a worker that is frozen while it starts a job, and thawed after another took over, leaves one deployment',
  SLOW,
  async (context) => {
    const stage = await stageOf(context);
    const frozen = await spawnBridge(context, stage);
    const asked = await askedDeploy(stage);
    stage.gitlab.faults.add({ kind: 'latency', ms: 1_000, match: PLAY, times: 1 });
    stage.servicenow.decide(asked.sysId, 'ann', 'approved');
    await until('the bridge is inside the call', () => plays(stage).length === 1);
    frozen.child.kill('SIGSTOP');
    stage.connect((await stage.startBridge()).url);
    expect(await endOf(stage, asked.runId, 40_000)).toBe('SUCCESS');
    frozen.child.kill('SIGCONT');
    await until('the thawed bridge answers', async () => (await fetch(`${frozen.url}/livez`)).ok);
    await quiet(stage, 40_000);
    expect(plays(stage)).toHaveLength(1);
    expect(deployments(stage, asked)).toHaveLength(1);
  },
);

test.concurrent(
  'mode play: a worker that is thawed after another played its job, and the job has ended, does not play it again',
  SLOW,
  async (context) => {
    const stage = await stageOf(context);
    const frozen = await spawnBridge(context, stage);
    const asked = await askedDeploy(stage);
    // Frozen while it looks at the jobs, right before the call that starts one.
    stage.gitlab.faults.add({ kind: 'latency', ms: 1_000, match: '/jobs\\?', times: 1 });
    stage.servicenow.decide(asked.sysId, 'ann', 'approved');
    await until('the jobs are being looked at', () => stage.gitlab.faults.list().length === 0);
    frozen.child.kill('SIGSTOP');
    stage.connect((await stage.startBridge()).url);
    expect(await endOf(stage, asked.runId, 40_000)).toBe('SUCCESS');
    frozen.child.kill('SIGCONT');
    await until('the thawed bridge answers', async () => (await fetch(`${frozen.url}/livez`)).ok);
    await quiet(stage, 40_000);
    expect(plays(stage)).toHaveLength(1);
    expect(deployments(stage, asked)).toHaveLength(1);
  },
);
