import { expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { type OperatedBridge, operatedBridge } from './support.ts';

// Nothing answers where this bridge looks for ServiceNow, the portal and GitLab.
const WORKING = { env: { BRIDGE_ROLE: 'all' } };

async function tick(bridge: OperatedBridge, key: string): Promise<void> {
  await bridge.queues.enqueue('sweep', key);
  await until('the tick is over', async () => {
    const { waiting, active } = await bridge.queues.counts('sweep');
    return waiting + active === 0;
  });
}

async function jobs(bridge: OperatedBridge, flow: 'reconcile' | 'pipeline-trigger'): Promise<number> {
  const { waiting, active, delayed } = await bridge.queues.counts(flow);
  return waiting + active + delayed;
}

test('in an outage the schedule adds no job and no sync: one waits until the systems are back', async () => {
  const bridge = await operatedBridge(WORKING);
  for (let count = 0; count < 4; count += 1) await tick(bridge, 'delta');
  // Before everything was read once, a full read is what the daily tick and the deltas both need.
  await tick(bridge, 'full');
  expect(await jobs(bridge, 'reconcile')).toBe(1);
  const syncs = await bridge.redis.keys(`{${bridge.prefix}}:ledger:sync:*`);
  expect(syncs).toEqual([expect.stringContaining('sync:full-')]);
});

test('once everything was read, ticks ask for deltas, and the daily one for everything', async () => {
  const bridge = await operatedBridge(WORKING);
  await bridge.ledger.syncs.moveCursor({ updatedOn: '2026-01-01 00:00:00', sysId: '' });
  await tick(bridge, 'delta');
  expect(await jobs(bridge, 'reconcile')).toBe(1);
  await tick(bridge, 'full');
  expect(await jobs(bridge, 'reconcile')).toBe(2);
});

test('unfinished work is asked for again while the reconcile is paused', async () => {
  const bridge = await operatedBridge({ ...WORKING, timings: { sweepMs: 100 } });
  await bridge.post('/v1/flows/reconcile/pause', { reason: 'a long read' }, 'admin');
  await bridge.ledger.triggers.recordDeploy('deploy-r_1', 'r_1', {}, 1);
  await until('its job is back', async () => (await jobs(bridge, 'pipeline-trigger')) === 1);
});

test('the schedule reads soon after a start, by itself, and not at all where it is turned off', async () => {
  const scheduled = await operatedBridge({ env: { ...WORKING.env, RECONCILE_EVERY_SECONDS: '3600' } });
  const silent = await operatedBridge({ ...WORKING, timings: { sweepMs: 100 } });
  await until('the first read', async () => (await jobs(scheduled, 'reconcile')) === 1);
  expect(await jobs(silent, 'reconcile')).toBe(0);
  const key = `{${scheduled.prefix}}:queue:sweep:repeat`;
  expect((await scheduled.redis.zrange(key, '0', '-1')).toSorted()).toEqual([
    'every-delta',
    'every-full',
    'every-open',
  ]);
  expect(await silent.redis.zrange(`{${silent.prefix}}:queue:sweep:repeat`, '0', '-1')).toEqual([
    'every-open',
  ]);
});

test('dead letters, however many and old, do not keep a sweep from what else is unfinished', async () => {
  const bridge = await operatedBridge({ ...WORKING, timings: { sweepMs: 60_000 } });
  // First, so that the sweep of the start, whenever it comes, finds no worker either.
  await bridge.post('/v1/flows/run-report/pause', { reason: 'to look at it' }, 'admin');
  const { runReports, deadLetters } = bridge.ledger;
  const dead = Array.from({ length: 450 }, (_, index) => `r_dead_${index}`);
  await Promise.all(
    dead.map(async (key) => {
      await runReports.add(key, { step: 'end', message: 'The end' }, 1);
      await deadLetters.put({ flow: 'run-report', key, error: 'e', message: 'no', attempts: 1, at: 1 });
    }),
  );
  await runReports.add('r_alive', { step: 'end', message: 'The end' }, 2);
  await tick(bridge, 'open');
  expect((await bridge.queues.counts('run-report')).waiting).toBe(1);
});
