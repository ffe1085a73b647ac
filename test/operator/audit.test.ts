import { expect, test } from 'vitest';
import { z } from 'zod';
import { auditOf, operatedBridge } from './support.ts';

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

test('an entry tells its time in ISO 8601, and keeps the hash that the chain is made of', async () => {
  const bridge = await operatedBridge();
  await bridge.post('/v1/syncs', { mode: 'delta', reason: 'one' });
  const [shown] = (await auditOf(bridge)).entries;
  const [kept] = (await bridge.ledger.audit.read(0, 1)).entries;
  expect(shown).toEqual({ ...kept, at: new Date(kept?.at ?? 0).toISOString() });
});
