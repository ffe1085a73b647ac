import { expect, test } from 'vitest';
import { ledgerForTest } from './ledger.ts';

test('the schedule’s sync is one sync until it is done, and keeps its position', async () => {
  const { ledger, redis, prefix } = await ledgerForTest();
  const { syncs } = ledger;
  const ids = await Promise.all([1, 2, 3].map((now) => syncs.scheduled('full', now)));
  const [id = ''] = ids;
  expect(new Set(ids).size).toBe(1);
  await syncs.update(id, { status: 'running', position: 'abc' });
  expect(await syncs.scheduled('full', 4)).toBe(id);
  expect(await syncs.get(id)).toMatchObject({ mode: 'full', status: 'running', position: 'abc' });
  expect(await redis.keys(`{${prefix}}:ledger:sync:*`)).toHaveLength(1);
  await syncs.update(id, { status: 'done' });
  expect(await syncs.scheduled('full', 5)).not.toBe(id);
});

test('deltas and full reads are scheduled apart, and apart from what operators ask for', async () => {
  const { ledger } = await ledgerForTest();
  const ids = [
    await ledger.syncs.scheduled('delta', 1),
    await ledger.syncs.scheduled('full', 1),
    await ledger.syncs.create('full', 1),
  ];
  expect(new Set(ids).size).toBe(3);
});

test('a scheduled sync that failed begins anew under its own id', async () => {
  const { ledger } = await ledgerForTest();
  const { syncs } = ledger;
  const id = await syncs.scheduled('full', 1);
  await syncs.remember(id, ['a'.repeat(32)]);
  await syncs.count(id, 'read', 5);
  await syncs.update(id, { status: 'failed', position: 'abc', ended_at: 2 });
  expect(await syncs.scheduled('full', 3)).toBe(id);
  expect(await syncs.get(id)).toMatchObject({ status: 'waiting', position: '', read: 0, created_at: 3 });
  expect(await syncs.notRemembered(id, ['a'.repeat(32)])).toEqual(['a'.repeat(32)]);
});

test('only a failed sync can begin anew', async () => {
  const { ledger } = await ledgerForTest();
  const { syncs } = ledger;
  expect(await syncs.restart('full-none', 1)).toBe(false);
  const id = await syncs.create('delta', 1);
  for (const status of ['waiting', 'running', 'done'] as const) {
    await syncs.update(id, { status });
    expect(await syncs.restart(id, 2)).toBe(false);
    expect(await syncs.get(id)).toMatchObject({ status, created_at: 1 });
  }
});
