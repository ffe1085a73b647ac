import { expect, test } from 'vitest';
import { z } from 'zod';
import type { FlowName } from '../../bridge/flows/index.ts';
import { until } from '../support/until.ts';
import { auditOf, changeRecord, type OperatedBridge, operatedBridge } from './support.ts';

const itemSchema = z.looseObject({ flow: z.string(), key: z.string(), effect: z.string() });
const planSchema = z.object({ plan: z.string(), count: z.number(), items: z.array(itemSchema) });
const doneSchema = z.object({ id: z.string(), replayed: z.number(), items: z.array(itemSchema) });
const statusSchema = z.object({ items: z.array(itemSchema.extend({ outcome: z.string() })) });

async function bury(bridge: OperatedBridge, flow: FlowName, key: string, at = 1): Promise<void> {
  const letter = { flow, key, error: 'RequestRefused', message: `${flow} said no`, attempts: 3, at };
  await bridge.ledger.deadLetters.put(letter);
}

async function asParked() {
  return { status: 'parked', reason: 'why' } as const;
}

async function parkedDecision(bridge: OperatedBridge): Promise<string> {
  const record = changeRecord(2, { approval: 'approved' });
  await bridge.ledger.changes.observe(record, true, 'event', 1);
  return (await bridge.ledger.triggers.recordDecision(record.sysId, asParked, 1)).id ?? '';
}

async function plan(bridge: OperatedBridge, filter: Readonly<Record<string, unknown>> = {}) {
  return planSchema.parse((await bridge.post('/v1/replays', filter)).body);
}

test('dead letters are listed newest first, with what the last failure said', async () => {
  const bridge = await operatedBridge();
  await bury(bridge, 'gate', 'g_1', 1);
  await bury(bridge, 'run-report', 'r_1', 2);
  const { dead_letters: letters } = z
    .object({ dead_letters: z.array(z.looseObject({ key: z.string(), message: z.string() })) })
    .parse((await bridge.get('/v1/dead-letters')).body);
  expect(letters.map((letter) => letter.key)).toEqual(['r_1', 'g_1']);
  expect(letters[0]?.message).toBe('run-report said no');
});

test('a plan tells what each replay would do, and does nothing', async () => {
  const bridge = await operatedBridge();
  const parked = await parkedDecision(bridge);
  await bury(bridge, 'pipeline-trigger', parked, 4);
  await bury(bridge, 'change-sync', 'c', 3);
  await bridge.ledger.approveRuns.record('r_1', 1);
  await bridge.ledger.approveRuns.refused('r_1', 'no', 2);
  await bury(bridge, 'portal-approval', 'r_1', 2);
  await bridge.ledger.triggers.recordDeploy('deploy-r_2', 'r_2', {}, 1);
  await bridge.ledger.triggers.triggered('deploy-r_2', 0, { project: '1', id: '2', url: '' }, 2);
  await bury(bridge, 'pipeline-trigger', 'deploy-r_2', 1);
  const { items, count } = await plan(bridge);
  expect(count).toBe(4);
  expect(items.map((item) => item.effect)).toEqual([
    'unsafe',
    'would_apply',
    'superseded',
    'already_applied',
  ]);
  expect(await bridge.ledger.deadLetters.count()).toBe(4);
  expect((await bridge.queues.counts('change-sync')).waiting).toBe(0);
  expect((await auditOf(bridge)).entries).toEqual([]);
});

test('a plan can be limited to one flow or one key', async () => {
  const bridge = await operatedBridge();
  await bury(bridge, 'gate', 'g_1');
  await bury(bridge, 'run-report', 'r_1');
  expect((await plan(bridge, { flow: 'gate' })).items.map((item) => item.key)).toEqual(['g_1']);
  expect((await plan(bridge, { key: 'r_1' })).items.map((item) => item.flow)).toEqual(['run-report']);
  expect((await plan(bridge, { key: 'none' })).count).toBe(0);
});

test('only the plan that was looked at is carried out, with a reason, and audited', async () => {
  const bridge = await operatedBridge();
  await bury(bridge, 'change-sync', 'c');
  const shown = await plan(bridge);
  const order = { dry_run: false, plan: shown.plan, reason: 'ServiceNow is mended' };
  expect((await bridge.post('/v1/replays', { ...order, reason: undefined })).status).toBe(422);
  expect((await bridge.post('/v1/replays', { ...order, plan: undefined })).status).toBe(409);
  await bury(bridge, 'gate', 'g_1');
  expect((await bridge.post('/v1/replays', order)).status).toBe(409);
  expect((await auditOf(bridge)).entries).toEqual([]);
  const anew = { ...order, plan: (await plan(bridge)).plan };
  const done = await bridge.post('/v1/replays', anew);
  expect(done.status).toBe(202);
  const { id, replayed } = doneSchema.parse(done.body);
  expect(replayed).toBe(2);
  expect((await bridge.queues.counts('change-sync')).waiting).toBe(1);
  expect((await auditOf(bridge)).entries).toMatchObject([
    { actor: 'otto', action: 'replay', subject: id, reason: 'ServiceNow is mended' },
    { actor: 'otto', action: 'replay:done', subject: id, reason: '2 of 2 run again.' },
  ]);
});

test('the same replay asked for twice runs each key once', async () => {
  const bridge = await operatedBridge();
  await bury(bridge, 'change-sync', 'c');
  const order = { dry_run: false, plan: (await plan(bridge)).plan, reason: 'again' };
  const answers = [await bridge.post('/v1/replays', order), await bridge.post('/v1/replays', order)];
  const ids = answers.map((answer) => doneSchema.parse(answer.body).id);
  expect(new Set(ids).size).toBe(1);
  expect((await bridge.queues.counts('change-sync')).waiting).toBe(1);
});

test('a parked decision is never replayed: it needs a word of its own', async () => {
  const bridge = await operatedBridge();
  const parked = await parkedDecision(bridge);
  await bury(bridge, 'pipeline-trigger', parked);
  const order = { dry_run: false, plan: (await plan(bridge)).plan, reason: 'all of them' };
  const { id, replayed } = doneSchema.parse((await bridge.post('/v1/replays', order)).body);
  expect(replayed).toBe(0);
  expect((await bridge.queues.counts('pipeline-trigger')).waiting).toBe(0);
  const { items } = statusSchema.parse((await bridge.get(`/v1/replays/${id}`)).body);
  expect(items).toMatchObject([{ effect: 'unsafe', outcome: 'not_replayed' }]);
});

test('a dead letter is lost at no moment of its replay, and goes when its run succeeds', async () => {
  const bridge = await operatedBridge();
  await bury(bridge, 'gate', 'g_unknown');
  const order = { dry_run: false, plan: (await plan(bridge)).plan, reason: 'again' };
  const { id } = doneSchema.parse((await bridge.post('/v1/replays', order)).body);
  const outcome = async () => {
    const { items } = statusSchema.parse((await bridge.get(`/v1/replays/${id}`)).body);
    return items[0]?.outcome;
  };
  expect(await outcome()).toBe('pending');
  expect(await bridge.ledger.deadLetters.has('gate', 'g_unknown')).toBe(true);
  await bury(bridge, 'gate', 'g_unknown', Date.now() + 1);
  expect(await outcome()).toBe('failed');
  await bridge.ledger.deadLetters.clear('gate', 'g_unknown');
  expect(await outcome()).toBe('done');
});

test('a replayed run that finds its work done clears its letter', async () => {
  const bridge = await operatedBridge({ env: { BRIDGE_ROLE: 'all' }, timings: { sweepMs: 60_000 } });
  await bury(bridge, 'gate', 'g_unknown');
  await bury(bridge, 'pipeline-trigger', 'deploy-unknown');
  const order = { dry_run: false, plan: (await plan(bridge)).plan, reason: 'again' };
  await bridge.post('/v1/replays', order);
  await until('no letter is left', async () => (await bridge.ledger.deadLetters.count()) === 0);
});

test('a failed sync that is replayed runs again, from its beginning', async () => {
  const bridge = await operatedBridge({ env: { BRIDGE_ROLE: 'all' }, timings: { sweepMs: 60_000 } });
  const { syncs } = bridge.ledger;
  const failed = await syncs.create('full', 1);
  await syncs.update(failed, {
    status: 'failed',
    position: 'abc',
    message: 'too many to believe',
    ended_at: 2,
  });
  const done = await syncs.create('delta', 1);
  await syncs.update(done, { status: 'done' });
  await bury(bridge, 'reconcile', failed, 3);
  await bury(bridge, 'reconcile', done, 2);
  await bury(bridge, 'reconcile', 'full-forgotten', 1);
  const { items, plan: hash } = await plan(bridge);
  expect(items.map((item) => item.effect)).toEqual(['would_apply', 'already_applied', 'superseded']);
  await bridge.post('/v1/replays', { dry_run: false, plan: hash, reason: 'the rights are mended' });
  // ServiceNow is away here: that it says so shows that it was asked.
  await until('it runs', async () => (await syncs.get(failed))?.message.includes('ServiceNow'));
  expect(await syncs.get(failed)).toMatchObject({ status: 'running', position: '' });
  expect(await syncs.get(done)).toMatchObject({ status: 'done' });
});

test('a replay that there is not is not found', async () => {
  const bridge = await operatedBridge();
  expect((await bridge.get('/v1/replays/none')).status).toBe(404);
});
