import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Stage } from '../../stage/stage.ts';
import { entity, muteServiceNow, pipelinesOf } from '../e2e/scene.ts';
import { deadLetters, jobsLeft, quiet } from '../e2e/wire.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { decisionsIn, play, type Story, storyArbitrary, type Told } from './history.ts';

/** How long (ms) new stories are begun. */
const BUDGET_MS = 22_000;

test('whatever the order, the repetitions and the delays of its news, the portal ends equal to ServiceNow, each decision is triggered at most once, and the standing one is', async () => {
  const stage = await stageForTest({ stageMs: 0 });
  muteServiceNow(stage);
  const property = fc.asyncProperty(storyArbitrary, async (story) => {
    strike(stage, story);
    const changes = await play(stage, story, () => rest(stage));
    await quiet(stage, 30_000);
    stage.gitlab.faults.clear();
    stage.port.faults.clear();
    for (const change of changes) {
      expectEqual(stage, change);
      expectTriggers(stage, change);
    }
    expect(await deadLetters(stage)).toEqual([]);
  });
  const seed = process.env['FC_SEED'];
  await fc.assert(property, {
    numRuns: 40,
    interruptAfterTimeLimit: BUDGET_MS,
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  });
});

test('the stretches of a history are its decisions', () => {
  const approvals = ['requested', 'approved', 'approved', 'requested', 'approved', 'rejected', 'rejected'];
  const versions = approvals.map((approval, version) => ({ version, approval }));
  expect(decisionsIn(versions)).toEqual([
    { from: 1, to: 2, approval: 'approved' },
    { from: 4, to: 4, approval: 'approved' },
    { from: 5, to: 6, approval: 'rejected' },
  ]);
});

function strike(stage: Stage, { fault }: Story): void {
  if (fault === 'answer of GitLab lost') {
    stage.gitlab.faults.add({ kind: 'timeout-after-effect', match: '/trigger/pipeline', times: 1 });
  }
  if (fault === 'portal failing') stage.port.faults.add({ kind: '500', match: 'entities', times: 2 });
}

/** Lets the bridge work until it has nothing at hand; what waits for a fault to pass goes on waiting. */
async function rest(stage: Stage): Promise<void> {
  let looks = 0;
  await until('a moment of rest', async () => {
    looks += 1;
    return (await jobsLeft(stage)) === 0 || looks > 5;
  });
}

function expectEqual(stage: Stage, change: Told): void {
  const shown = entity(stage, change.sysId);
  const row = stage.servicenow.change(change.sysId);
  if (row === undefined) {
    expect(shown, 'a deleted change').toBeUndefined();
    return;
  }
  expect(shown?.title).toBe(row['short_description']);
  expect(shown?.properties).toMatchObject({
    approval: row['approval'],
    state: row['state'],
    priority: row['priority'],
    number: row['number'],
    isActive: row['active'] === 'true',
  });
}

function expectTriggers(stage: Stage, change: Told): void {
  const triggered = pipelinesOf(stage, change.sysId).map((pipeline) => {
    return Number(pipeline.payload.decision_id?.split('-').at(-1));
  });
  const decisions = decisionsIn(change.versions);
  for (const { from, to } of decisions) {
    const within = triggered.filter((version) => version >= from && version <= to);
    expect(within.length, `pipelines for the decision of versions ${from} to ${to}`).toBeLessThanOrEqual(1);
  }
  const strays = triggered.filter((version) => {
    return !decisions.some(({ from, to }) => version >= from && version <= to);
  });
  expect(strays, 'pipelines without a decision').toEqual([]);
  const standing = decisions.at(-1);
  const row = stage.servicenow.change(change.sysId);
  if (standing === undefined || row === undefined || row['approval'] !== standing.approval) return;
  if (standing.approval === 'approved' && row['active'] === 'false') return;
  const last = triggered.filter((version) => version >= standing.from);
  expect(last, `the standing decision (${standing.approval})`).toHaveLength(1);
}
