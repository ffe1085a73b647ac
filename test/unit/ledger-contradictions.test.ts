import { expect, test } from 'vitest';
import type { Ledger } from '../../bridge/ledger/ledger.ts';
import { ledgerForTest, newSysId, version } from './ledger.ts';

const requested = { approval: 'requested' };
const approved = { approval: 'approved' };
const rejected = { approval: 'rejected' };
const pending = async () => ({ status: 'pending', reason: '' }) as const;

test('a read contradicts a higher version that only an event told before it, and drops what was said of it', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  await ledger.changes.observe(version(id, 2, requested), true, 'read', 10);
  await ledger.changes.observe(version(id, 999_999, approved), true, 'event', 100);
  await ledger.changes.confirmPortal(version(id, 999_999), 'forged');
  const seen = await ledger.changes.observe(version(id, 2, requested), true, 'read', 300, 200);
  expect(seen).toMatchObject({ outcome: 'contradicted', isShown: false, needsDecision: true });
  const change = await ledger.changes.get(id);
  expect(change).toMatchObject({ record: { version: 2, fields: requested }, portalHash: undefined });
  expect(change?.approvals).toEqual(new Map([[2, 'requested']]));
  expect(await ledger.owed.isOwed('change-sync', id)).toBe(true);
});

test('an event that came while a slow read was under way is not thrown away', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  await ledger.changes.observe(version(id, 3, approved), true, 'event', 100);
  // The read was asked for at 90 and answers at 150 with what stood before.
  expect((await ledger.changes.observe(version(id, 2, requested), true, 'read', 150, 90)).outcome).toBe(
    'stale',
  );
  expect(await ledger.changes.get(id)).toMatchObject({ record: { version: 3, fields: approved } });
  // Nor is one that came in the very moment up to which events are older than the read.
  expect((await ledger.changes.observe(version(id, 2, requested), true, 'read', 150, 100)).outcome).toBe(
    'stale',
  );
  expect((await ledger.changes.get(id))?.approvals.get(3)).toBe('approved');
});

test('what a read or a reconcile told is contradicted by nothing', async () => {
  const { ledger } = await ledgerForTest();
  for (const source of ['read', 'reconcile'] as const) {
    const id = newSysId();
    await ledger.changes.observe(version(id, 5, approved), true, source, 100);
    const seen = await ledger.changes.observe(version(id, 4, requested), true, 'read', 9_000, 8_000);
    expect(seen.outcome, source).toBe('stale');
  }
});

test('an event contradicts nothing', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  await ledger.changes.observe(version(id, 5, approved), true, 'event', 100);
  const late = await ledger.changes.observe(version(id, 4, requested), true, 'event', 9_000, 8_000);
  expect(late.outcome).toBe('stale');
  const other = await ledger.changes.observe(version(id, 5, rejected), true, 'event', 9_000, 8_000);
  expect(other.outcome).toBe('same');
  expect((await ledger.changes.get(id))?.approvals.get(5)).toBe('approved');
});

test('a read contradicts another approval that only an event told of the same version', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  await ledger.changes.observe(version(id, 3, approved), true, 'event', 100);
  expect((await ledger.changes.observe(version(id, 3, approved), true, 'read', 300, 200)).outcome).toBe(
    'same',
  );
  expect((await ledger.changes.observe(version(id, 3, requested), true, 'read', 300, 200)).outcome).toBe(
    'contradicted',
  );
  expect((await ledger.changes.get(id))?.approvals).toEqual(new Map([[3, 'requested']]));
});

test('an older event asks for a read where only an event told the newer one, and that was a while ago', async () => {
  const { ledger } = await ledgerForTest();
  const rows = [
    { told: 'event', later: 10_001, asks: true },
    { told: 'event', later: 10_000, asks: false },
    { told: 'read', later: 60_000, asks: false },
  ] as const;
  for (const { told, later, asks } of rows) {
    const id = newSysId();
    await ledger.changes.observe(version(id, 9), true, told, 1_000);
    await ledger.changes.confirmPortal(version(id, 9), 'shown');
    await ledger.changes.observe(version(id, 8), true, 'event', 1_000 + later);
    expect((await ledger.changes.get(id))?.refresh, `${told}, ${later} ms later`).toBe(asks);
    expect(await ledger.owed.isOwed('change-sync', id)).toBe(asks);
  }
});

test('a worker that was stalled while its version was contradicted does not confirm it', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  await ledger.changes.observe(version(id, 999_999, approved), true, 'event', 100);
  const doubts = (await ledger.changes.get(id))?.portalDoubts ?? 0;
  await ledger.changes.observe(version(id, 2, requested), true, 'read', 300, 200);
  expect(await ledger.changes.confirmPortal(version(id, 999_999), 'forged', doubts)).toBe('overtaken');
  const change = await ledger.changes.get(id);
  expect(change?.portalVersion).toBe(-1);
  expect(await ledger.changes.confirmPortal(version(id, 2), 'true', change?.portalDoubts)).toBe('confirmed');
});

test('a decision that stands again once a forged one is gone keeps what was done about it', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  await ledger.changes.observe(version(id, 2, approved), true, 'event', 10);
  const first = await ledger.triggers.get(await standing(ledger, id));
  if (first === undefined) throw new Error('no decision');
  const attempt = (await ledger.triggers.begin(first, { project: '1', ref: 'main' }, 1, 1)) ?? 0;
  await ledger.triggers.triggered(first.id, attempt, { project: '1', id: '7', url: '' }, 2);
  await ledger.owed.settle('pipeline-trigger', first.id);
  await forgeAndContradict(ledger, id);
  expect(await standing(ledger, id)).toBe(first.id);
  const again = await ledger.triggers.get(first.id);
  expect(again).toMatchObject({ status: 'triggered', pipeline_id: '7', attempt: 1 });
  expect(await ledger.owed.isOwed('pipeline-trigger', first.id)).toBe(false);
});

test('a decision that a forged one superseded is pending again once that is gone', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  await ledger.changes.observe(version(id, 2, approved), true, 'event', 10);
  const first = await standing(ledger, id);
  await forgeAndContradict(ledger, id);
  expect((await ledger.triggers.get(first))?.status).toBe('superseded');
  expect(await standing(ledger, id)).toBe(first);
  const again = await ledger.triggers.get(first);
  expect(again?.status).toBe('pending');
  expect(again?.reason).toBeUndefined();
  expect(await ledger.owed.isOwed('pipeline-trigger', first)).toBe(true);
  expect(await ledger.triggers.countOf('superseded')).toBe(1);
});

test('a decision that was forged, undone, and then really made is decided anew', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  await ledger.changes.observe(version(id, 1, requested), true, 'event', 10);
  await ledger.changes.observe(version(id, 2, approved), true, 'event', 100);
  const forged = await standing(ledger, id);
  await ledger.changes.observe(version(id, 1, requested), true, 'read', 300, 200);
  expect(await standing(ledger, id)).toBe('none');
  expect((await ledger.triggers.get(forged))?.status).toBe('superseded');
  await ledger.changes.observe(version(id, 2, approved), true, 'event', 400);
  expect(await standing(ledger, id)).toBe(forged);
  expect((await ledger.triggers.get(forged))?.status).toBe('pending');
  expect(await ledger.owed.isOwed('pipeline-trigger', forged)).toBe(true);
});

/** A rejection that ServiceNow never had is recorded, and then contradicted by a read. */
async function forgeAndContradict(ledger: Ledger, id: string): Promise<void> {
  await ledger.changes.observe(version(id, 999_999, rejected), true, 'event', 100);
  expect(await standing(ledger, id)).toBe(`${id}-rejected-999999`);
  const seen = await ledger.changes.observe(version(id, 2, approved), true, 'read', 300, 200);
  expect(seen.outcome).toBe('contradicted');
}

async function standing(ledger: Ledger, id: string): Promise<string> {
  return (await ledger.triggers.recordDecision(id, pending, 1_000)).id ?? 'none';
}
