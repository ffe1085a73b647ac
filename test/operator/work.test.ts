import { expect, test } from 'vitest';
import { z } from 'zod';
import { until } from '../support/until.ts';
import { auditOf, operatedBridge } from './support.ts';

const syncSchema = z.looseObject({ id: z.string(), mode: z.string(), status: z.string() });

test.each(['delta', 'full'])(
  'a %s sync is recorded, queued and audited, and tells its progress',
  async (mode) => {
    const bridge = await operatedBridge();
    const answer = await bridge.post('/v1/syncs', { mode, reason: 'after the outage' });
    expect(answer.status).toBe(202);
    const sync = syncSchema.parse(answer.body);
    expect(sync).toMatchObject({ mode, status: 'waiting', read: 0 });
    expect((await bridge.queues.counts('reconcile')).waiting).toBe(1);
    await bridge.ledger.syncs.count(sync.id, 'read', 7);
    expect((await bridge.get(`/v1/syncs/${sync.id}`)).body).toMatchObject({ read: 7 });
    expect((await auditOf(bridge)).entries).toMatchObject([
      { actor: 'otto', action: `sync:${mode}`, subject: sync.id, reason: 'after the outage' },
    ]);
  },
);

test('a sync that cannot read tells why', async () => {
  const bridge = await operatedBridge({
    env: { BRIDGE_ROLE: 'all' },
    timings: { callMs: 500, sweepMs: 60_000 },
  });
  const { id } = syncSchema.parse((await bridge.post('/v1/syncs', { mode: 'full' })).body);
  const sync = await until('a message', async () => {
    const now = syncSchema.parse((await bridge.get(`/v1/syncs/${id}`)).body);
    return now['message'] !== '' && now;
  });
  expect(sync['message']).toMatch(/did not answer|held back/);
});

test.each(['none', 'full-1:seen', 'sweep', '..%2faudit', `full-${'0'.repeat(36)}`])(
  'the sync %s is not found',
  async (id) => {
    const bridge = await operatedBridge();
    const { id: real } = syncSchema.parse((await bridge.post('/v1/syncs', { mode: 'full' })).body);
    await bridge.ledger.syncs.remember(real, ['a'.repeat(32)]);
    expect((await bridge.get(`/v1/syncs/${id}`)).status).toBe(404);
    expect((await bridge.get(`/v1/syncs/${real}:seen`)).status).toBe(404);
  },
);

test('a flow is paused and resumed by an admin, with a reason, and both are audited', async () => {
  const bridge = await operatedBridge();
  const reason = 'Freeze over the holidays';
  const paused = await bridge.post('/v1/flows/pipeline-trigger/pause', { reason }, 'admin');
  expect(paused.body).toMatchObject({ flow: 'pipeline-trigger', paused: true });
  await bridge.queues.enqueue('pipeline-trigger', 'k');
  const resumed = await bridge.post('/v1/flows/pipeline-trigger/resume', { reason: 'over' }, 'admin');
  expect(resumed.body).toMatchObject({ paused: false, waiting: 1 });
  expect((await auditOf(bridge)).entries).toMatchObject([
    { actor: 'ada', action: 'pause', subject: 'pipeline-trigger', reason },
    { actor: 'ada', action: 'resume', subject: 'pipeline-trigger', reason: 'over' },
  ]);
});

test('a paused flow does nothing until it is resumed', async () => {
  const bridge = await operatedBridge({ env: { BRIDGE_ROLE: 'all' }, timings: { sweepMs: 60_000 } });
  await bridge.post('/v1/flows/gate/pause', { reason: 'looking' }, 'admin');
  await bridge.queues.enqueue('gate', 'g_unknown');
  await bridge.queues.enqueue('pipeline-trigger', 'deploy-unknown');
  await until('another flow goes on', async () => {
    const { waiting, active } = await bridge.queues.counts('pipeline-trigger');
    return waiting + active === 0;
  });
  expect(await bridge.queues.counts('gate')).toMatchObject({ waiting: 1, active: 0 });
  await bridge.post('/v1/flows/gate/resume', { reason: 'looked' }, 'admin');
  await until('it runs', async () => (await bridge.queues.counts('gate')).waiting === 0);
});

test.each([
  ['/v1/flows/none/pause', { reason: 'because' }, 404],
  ['/v1/flows/gate/stop', { reason: 'because' }, 404],
  ['/v1/flows/gate/pause', {}, 400],
  ['/v1/flows/gate/pause', [], 400],
  ['/v1/syncs', { mode: 'half' }, 400],
  ['/v1/syncs', { mode: 'full', reason: 'x' }, 400],
])('%s with %j is refused (%i), and nothing is audited', async (path, body, status) => {
  const bridge = await operatedBridge();
  const answer = await bridge.post(path, body, 'admin');
  expect(answer).toMatchObject({ status, type: 'application/problem+json' });
  expect((await auditOf(bridge)).entries).toEqual([]);
});

test('the audit log comes page by page, oldest first', async () => {
  const bridge = await operatedBridge();
  for (const reason of ['one', 'two', 'three']) await bridge.post('/v1/syncs', { mode: 'delta', reason });
  const pageSchema = z.object({
    entries: z.array(z.looseObject({ reason: z.string() })),
    intact: z.boolean(),
    next: z.string().nullable(),
  });
  const first = pageSchema.parse((await bridge.get('/v1/audit?limit=2')).body);
  expect(first.entries.map((entry) => entry.reason)).toEqual(['one', 'two']);
  const second = pageSchema.parse((await bridge.get(`/v1/audit?limit=2&cursor=${first.next ?? ''}`)).body);
  expect(second.entries.map((entry) => entry.reason)).toEqual(['three']);
  expect([first.intact, second.intact, second.next]).toEqual([true, true, null]);
});

test('an altered audit log shows in every answer about it', async () => {
  const bridge = await operatedBridge();
  for (const reason of ['one', 'two']) await bridge.post('/v1/syncs', { mode: 'delta', reason });
  const list = `{${bridge.prefix}}:ledger:audit`;
  const line = (await bridge.redis.lindex(list, 0)) ?? '';
  await bridge.redis.lset(list, 0, line.replace('"otto"', '"rita"'));
  expect((await auditOf(bridge)).intact).toBe(false);
});
