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
      { actor: 'otto', action: `sync:${mode}:done`, subject: sync.id, reason: 'It is queued.' },
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

test('a sync is audited before it is begun: where the audit log cannot be written, there is none', async () => {
  const bridge = await operatedBridge();
  // A key of another type makes every append fail.
  await bridge.redis.set(`{${bridge.prefix}}:ledger:audit`, 'no list');
  expect((await bridge.post('/v1/syncs', { mode: 'full' })).status).toBe(503);
  expect((await bridge.queues.counts('reconcile')).waiting).toBe(0);
  expect(await bridge.redis.keys(`{${bridge.prefix}}:ledger:sync:full*`)).toEqual([]);
});

test.each([
  ['/v1/syncs', { mode: 'half' }, 400],
  ['/v1/syncs', { mode: 'full', reason: 'x' }, 400],
])('%s with %j is refused (%i), and nothing is audited', async (path, body, status) => {
  const bridge = await operatedBridge();
  const answer = await bridge.post(path, body, 'admin');
  expect(answer).toMatchObject({ status, type: 'application/problem+json' });
  expect((await auditOf(bridge)).entries).toEqual([]);
});
