import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ledgerForTest, newSysId, version } from './ledger.ts';

test('an older version never overwrites a newer one', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  expect((await ledger.changes.observe(version(id, 5, { state: 'new' }), true, 'event', 1)).outcome).toBe(
    'stored',
  );
  expect((await ledger.changes.observe(version(id, 4, { state: 'old' }), true, 'event', 2)).outcome).toBe(
    'stale',
  );
  expect((await ledger.changes.observe(version(id, 5, { state: 'other' }), true, 'read', 3)).outcome).toBe(
    'same',
  );
  expect((await ledger.changes.get(id))?.record).toMatchObject({ version: 5, fields: { state: 'new' } });
});

test('versions are ordered as numbers, not as text', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  await ledger.changes.observe(version(id, 9), true, 'event', 1);
  expect((await ledger.changes.observe(version(id, 10), true, 'event', 1)).outcome).toBe('stored');
  expect((await ledger.changes.observe(version(id, 9), true, 'event', 1)).outcome).toBe('stale');
});

test('in whatever order versions arrive, also at once, the newest is kept', async () => {
  const { ledger } = await ledgerForTest();
  const orders = fc.shuffledSubarray([1, 2, 3, 9, 10, 11, 100], { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(orders, async (order) => {
      const id = newSysId();
      await Promise.all(order.map((each) => ledger.changes.observe(version(id, each), true, 'event', each)));
      expect((await ledger.changes.get(id))?.record.version).toBe(Math.max(...order));
    }),
    { numRuns: 40 },
  );
});

test('an incomplete version asks for a read, and a complete one of the same version replaces it', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  await ledger.changes.observe(version(id, 2), false, 'event', 1);
  expect((await ledger.changes.get(id))?.refresh).toBe(true);
  const complete = version(id, 2, { number: 'CHG0030001' });
  expect((await ledger.changes.observe(complete, true, 'read', 2)).outcome).toBe('stored');
  expect((await ledger.changes.observe(version(id, 2), false, 'event', 3)).outcome).toBe('same');
  expect((await ledger.changes.get(id))?.record.fields['number']).toBe('CHG0030001');
  expect(await ledger.changes.sysIdOf('CHG0030001')).toBe(id);
});

test('a deletion holds against late events, and gives way to a newer version or a read', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  await ledger.changes.observe(version(id, 3), true, 'event', 1);
  expect(await ledger.changes.remove(version(id, 2), 'event', 2)).toBe('stale');
  expect(await ledger.changes.remove(version(id, 3), 'event', 3)).toBe('stored');
  expect((await ledger.changes.observe(version(id, 3), true, 'event', 4)).outcome).toBe('stale');
  expect((await ledger.changes.get(id))?.deleted).toBe(true);
  expect((await ledger.changes.observe(version(id, 3), true, 'read', 5)).outcome).toBe('stored');
  expect((await ledger.changes.get(id))?.deleted).toBe(false);
});

test('a change stays marked as owed to the portal until its newest version is confirmed there', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  await ledger.changes.observe(version(id, 1), true, 'event', 10);
  await ledger.changes.observe(version(id, 2), true, 'event', 20);
  expect(await ledger.changes.confirmPortal(version(id, 1), 'h1')).toBe('confirmed');
  expect(await ledger.owed.before('change-sync', 100, 9)).toEqual([id]);
  expect(await ledger.changes.confirmPortal(version(id, 2), 'h2')).toBe('confirmed');
  expect(await ledger.owed.before('change-sync', 100, 9)).toEqual([]);
});

test('an older version written to the portal after a newer one is told, and the portal distrusted', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  await ledger.changes.observe(version(id, 2), true, 'event', 1);
  await ledger.changes.confirmPortal(version(id, 2), 'h2');
  expect(await ledger.changes.confirmPortal(version(id, 1), 'h1')).toBe('overtaken');
  expect(await ledger.changes.get(id)).toMatchObject({ portalVersion: 2, portalHash: undefined });
});

test('a change that nobody observed does not exist, even where a refresh was asked for', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  await ledger.changes.askRefresh(id, 1);
  expect(await ledger.changes.get(id)).toBeUndefined();
  expect(await ledger.owed.before('change-sync', 2, 9)).toEqual([id]);
  await ledger.owed.settle('change-sync', id);
  expect(await ledger.owed.before('change-sync', 2, 9)).toEqual([]);
});

test('the scripts survive a Redis that has forgotten them', async () => {
  const { ledger, redis } = await ledgerForTest();
  const id = newSysId();
  await ledger.changes.observe(version(id, 1), true, 'event', 1);
  await redis.script('FLUSH');
  expect((await ledger.changes.observe(version(id, 2), true, 'event', 1)).outcome).toBe('stored');
});

test('a confirmation that began before the portal was found wrong does not count', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  await ledger.changes.observe(version(id, 1), true, 'event', 1);
  const before = await ledger.changes.get(id);
  await ledger.changes.distrustPortal(id, 1);
  expect(await ledger.changes.confirmPortal(version(id, 1), 'h1', before?.portalDoubts)).toBe('overtaken');
  expect((await ledger.changes.get(id))?.portalHash).toBeUndefined();
  const after = await ledger.changes.get(id);
  expect(await ledger.changes.confirmPortal(version(id, 1), 'h1', after?.portalDoubts)).toBe('confirmed');
});
