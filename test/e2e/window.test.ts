import { expect, test } from 'vitest';
import type { Stage } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { kill, spawnBridge, stageBeside } from './process.ts';
import { endOf, logOf, pipelinesOf, waitingChange } from './scene.ts';
import { decisionsOf, quiet } from './wire.ts';

const HOUR = 3_600_000;

/** A time so many ms from now, as ServiceNow keeps it: UTC, to the second. */
function inMs(ms: number): string {
  return new Date(Date.now() + ms).toISOString().replace('T', ' ').slice(0, 19);
}

function plan(stage: Stage, sysId: string, startMs: number, endMs: number): void {
  stage.servicenow.updateChange(sysId, { start_date: inMs(startMs), end_date: inMs(endMs) });
}

/** The moment (ms) in ServiceNow's own words. */
function momentOf(text: string | undefined): number {
  return Date.parse(`${text?.replace(' ', 'T')}Z`);
}

async function startedAt(stage: Stage, sysId: string): Promise<number> {
  await until('its pipeline', () => pipelinesOf(stage, sysId).length > 0, 30_000);
  return Date.now();
}

async function approvedEarly(stage: Stage, startMs: number): Promise<{ runId: string; sysId: string }> {
  const { runId, sysId } = await waitingChange(stage);
  plan(stage, sysId, startMs, HOUR);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('the developer is told', () => logOf(stage, runId).includes('The planned window'));
  expect(await decisionsOf(stage, sysId)).toMatchObject([{ status: 'held' }]);
  expect(pipelinesOf(stage, sysId)).toHaveLength(0);
  return { runId, sysId };
}

test('an approval before the planned start waits, says until when, and is triggered at the start', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await approvedEarly(stage, 6_000);
  const start = stage.servicenow.change(sysId)?.['start_date'];
  expect(logOf(stage, runId)).toContain(`begins at ${start?.replace(' ', 'T')}`);
  expect(await startedAt(stage, sysId)).toBeGreaterThanOrEqual(momentOf(start));
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  await quiet(stage);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});

test('a planned start that is moved is followed: earlier and later', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await approvedEarly(stage, HOUR / 2);
  plan(stage, sysId, HOUR / 4, HOUR);
  const later = (): string => stage.servicenow.change(sysId)?.['start_date']?.replace(' ', 'T') ?? '?';
  await until('the new start is told', () => logOf(stage, runId).includes(later()));
  plan(stage, sysId, -HOUR, HOUR);
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  await quiet(stage);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});

test('a bridge that is killed while an approval waits for its start triggers it once, at the start', async (context) => {
  const stage = await stageBeside(context);
  const first = await spawnBridge(context, stage);
  const { runId, sysId } = await approvedEarly(stage, 15_000);
  const start = momentOf(stage.servicenow.change(sysId)?.['start_date']);
  await kill(first.child);
  await spawnBridge(context, stage);
  expect(await startedAt(stage, sysId)).toBeGreaterThanOrEqual(start);
  expect(await endOf(stage, runId, 30_000)).toBe('SUCCESS');
  await quiet(stage);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});

test('an approval after the planned end is parked with a message, and goes on by itself once its dates are moved', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  plan(stage, sysId, -2 * HOUR, -HOUR);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const ended = (): string => stage.servicenow.change(sysId)?.['end_date']?.replace(' ', 'T') ?? '?';
  await until('the developer is told', () => logOf(stage, runId).includes(`ended at ${ended()}`));
  expect(await decisionsOf(stage, sysId)).toMatchObject([{ status: 'parked' }]);
  plan(stage, sysId, -2 * HOUR, -HOUR / 2);
  await until('another end that is over as well is told', () =>
    logOf(stage, runId).includes(`ended at ${ended()}`),
  );
  expect(pipelinesOf(stage, sysId)).toHaveLength(0);
  plan(stage, sysId, -HOUR, HOUR);
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  await quiet(stage);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});

test('a change that is put on hold while it is parked after its end waits for the hold, then for its dates', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  plan(stage, sysId, -2 * HOUR, -HOUR);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const shows = (status: string): Promise<unknown> =>
    until(`it is ${status}`, async () => (await decisionsOf(stage, sysId))[0]?.status === status);
  await shows('parked');
  stage.servicenow.updateChange(sysId, { on_hold: 'true', on_hold_reason: 'Month end' });
  await shows('held');
  stage.servicenow.updateChange(sysId, { on_hold: 'false' });
  await shows('parked');
  plan(stage, sysId, -HOUR, HOUR);
  expect(await endOf(stage, runId)).toBe('SUCCESS');
});
