import { expect, test } from 'vitest';
import type { Ledger } from '../../bridge/ledger/ledger.ts';
import type { Trigger } from '../../bridge/ledger/triggers.ts';
import { ledgerForTest } from './ledger.ts';

const ROUTE = { project: '42', ref: 'main' };
const PIPELINE = { project: '42', id: '7', url: 'https://gitlab/7' };

async function deploy(ledger: Ledger): Promise<Trigger> {
  await ledger.triggers.recordDeploy('deploy-r_1', 'r_1', { a: 1 }, 1);
  return read(ledger);
}

async function read(ledger: Ledger): Promise<Trigger> {
  const trigger = await ledger.triggers.get('deploy-r_1');
  if (trigger === undefined) throw new Error('The record is missing.');
  return trigger;
}

test('a deploy request is recorded once per run, as it came first', async () => {
  const { ledger } = await ledgerForTest();
  expect(await ledger.triggers.recordDeploy('deploy-r_1', 'r_1', { a: 1 }, 1)).toBe(true);
  expect(await ledger.triggers.recordDeploy('deploy-r_1', 'r_1', { a: 2 }, 2)).toBe(false);
  expect(await read(ledger)).toMatchObject({ request: '{"a":1}', status: 'pending', attempt: 0 });
});

test('of many workers one takes the record; the others get nothing', async () => {
  const { ledger } = await ledgerForTest();
  const trigger = await deploy(ledger);
  const taken = await Promise.all(
    Array.from({ length: 10 }, () => ledger.triggers.begin(trigger, ROUTE, 1_000, 5_000)),
  );
  expect(taken.filter((attempt) => attempt !== undefined)).toEqual([1]);
  expect(await read(ledger)).toMatchObject({ status: 'triggering', lease: 6_000, project: '42' });
});

test('while the lease runs nobody else may call; after it the next attempt may', async () => {
  const { ledger } = await ledgerForTest();
  await ledger.triggers.begin(await deploy(ledger), ROUTE, 1_000, 5_000);
  const trigger = await read(ledger);
  expect(await ledger.triggers.begin(trigger, ROUTE, 5_999, 5_000)).toBeUndefined();
  expect(await ledger.triggers.begin(trigger, ROUTE, 6_000, 5_000)).toBe(2);
});

test('a late worker cannot write over the attempt that followed, but its pipeline is known', async () => {
  const { ledger } = await ledgerForTest();
  await ledger.triggers.begin(await deploy(ledger), ROUTE, 0, 10);
  await ledger.triggers.begin(await read(ledger), ROUTE, 20, 10);
  expect(await ledger.triggers.triggered('deploy-r_1', 1, PIPELINE, 21)).toBe(false);
  expect(await ledger.triggers.moveTo('deploy-r_1', 1, 'parked', 'late', 21)).toBe(false);
  expect((await read(ledger)).status).toBe('triggering');
  expect(await ledger.triggers.ofPipeline('42', '7')).toBe('deploy-r_1');
  expect(await ledger.triggers.triggered('deploy-r_1', 2, { ...PIPELINE, id: '8' }, 22)).toBe(true);
  expect(await read(ledger)).toMatchObject({ status: 'triggered', pipeline_id: '8', lease: 0 });
});

test.each(['triggered', 'superseded', 'parked', 'abandoned'] as const)(
  'a record that is %s is never taken again',
  async (status) => {
    const { ledger } = await ledgerForTest();
    await ledger.triggers.begin(await deploy(ledger), ROUTE, 0, 10);
    if (status === 'triggered') await ledger.triggers.triggered('deploy-r_1', 1, PIPELINE, 1);
    else await ledger.triggers.moveTo('deploy-r_1', 1, status, 'why', 1);
    expect((await read(ledger)).status).toBe(status);
    expect(await ledger.triggers.begin(await read(ledger), ROUTE, 99_999, 10)).toBeUndefined();
    expect(await ledger.triggers.moveTo('deploy-r_1', 1, 'pending', 'again', 1)).toBe(false);
  },
);

test('a call without effect gives the record back; an unknown one only ends the lease', async () => {
  const { ledger } = await ledgerForTest();
  await ledger.triggers.begin(await deploy(ledger), ROUTE, 0, 5_000);
  await ledger.triggers.moveTo('deploy-r_1', 1, 'pending', 'away', 10);
  expect(await read(ledger)).toMatchObject({ status: 'pending', lease: 0 });
  expect(await ledger.triggers.begin(await read(ledger), ROUTE, 20, 5_000)).toBe(2);
  await ledger.triggers.releaseLease('deploy-r_1', 2, 30);
  expect(await read(ledger)).toMatchObject({ status: 'triggering', lease: 30, updated_at: 30 });
  expect(await ledger.triggers.begin(await read(ledger), ROUTE, 30, 5_000)).toBe(3);
});

test('the first pipeline to claim holds the claim; the same may ask again, any other is told who has it', async () => {
  const { ledger } = await ledgerForTest();
  await deploy(ledger);
  const claims = await Promise.all(
    ['7', '8', '9'].map((pipeline) => ledger.triggers.claim('deploy-r_1', '42', pipeline, 1)),
  );
  expect(new Set(claims).size).toBe(1);
  const holder = claims[0] ?? '';
  const pipeline = holder.split('/')[1] ?? '';
  expect(await ledger.triggers.claim('deploy-r_1', '42', pipeline, 2)).toBe(holder);
  expect(await ledger.triggers.claim('deploy-r_1', '43', pipeline, 2)).toBe(holder);
  expect(await ledger.triggers.projectClaims('42')).toBe(true);
});

test('only a parked record can be resolved, once, and then it is owed again', async () => {
  const { ledger } = await ledgerForTest();
  await deploy(ledger);
  expect(await ledger.triggers.resolve('deploy-r_1', 'pending', 'ann: why', 1)).toBe(false);
  await ledger.triggers.moveTo('deploy-r_1', 0, 'parked', 'why', 1);
  await ledger.owed.settle('pipeline-trigger', 'deploy-r_1');
  expect(await ledger.owed.isOwed('pipeline-trigger', 'deploy-r_1')).toBe(false);
  expect(await ledger.triggers.resolve('deploy-r_1', 'pending', 'ann: looked', 2)).toBe(true);
  expect(await ledger.triggers.resolve('deploy-r_1', 'abandoned', 'bob', 3)).toBe(false);
  expect(await read(ledger)).toMatchObject({ status: 'pending', reason: 'ann: looked' });
  expect(await ledger.owed.before('pipeline-trigger', 10, 10)).toEqual(['deploy-r_1']);
});

test('records are listed newest first, in pages', async () => {
  const { ledger } = await ledgerForTest();
  for (const number of [1, 2, 3])
    await ledger.triggers.recordDeploy(`deploy-${number}`, `${number}`, {}, number);
  expect((await ledger.triggers.recent(0, 2)).map((each) => each.id)).toEqual(['deploy-3', 'deploy-2']);
  expect((await ledger.triggers.recent(2, 2)).map((each) => each.id)).toEqual(['deploy-1']);
});

test('pipelines that never end do not keep the others from being asked for: what was asked for goes last', async () => {
  const { ledger } = await ledgerForTest();
  for (const [at, id] of ['stuck', 'other', 'third'].entries()) await ledger.triggers.watch(id, at + 1);
  expect(await ledger.triggers.runningBefore(10, 1)).toEqual(['stuck']);
  await ledger.triggers.polled('stuck', 8);
  expect(await ledger.triggers.runningBefore(10, 2)).toEqual(['other', 'third']);
  expect(await ledger.triggers.runningBefore(10, 5)).toEqual(['other', 'third', 'stuck']);
  await ledger.triggers.polled('ended meanwhile', 9);
  expect(await ledger.triggers.runningBefore(10, 5)).not.toContain('ended meanwhile');
});

test('what an operator says of a parked record is not lost while its parking is being told', async () => {
  const { ledger } = await ledgerForTest();
  const trigger = await deploy(ledger);
  await ledger.triggers.moveTo(trigger.id, 0, 'parked', 'why', 1);
  await ledger.triggers.resolve(trigger.id, 'abandoned', 'ann: no', 2);
  expect(await ledger.triggers.settle(trigger.id, 'parked')).toBe(false);
  expect(await ledger.owed.isOwed('pipeline-trigger', trigger.id)).toBe(true);
  expect(await ledger.triggers.settle(trigger.id, 'abandoned')).toBe(true);
  expect(await ledger.owed.isOwed('pipeline-trigger', trigger.id)).toBe(false);
});
