import { expect, test } from 'vitest';
import { z } from 'zod';
import { auditOf, operatedBridge } from './support.ts';

test('the audit log comes page by page, oldest first', async () => {
  const bridge = await operatedBridge();
  for (const reason of ['one', 'two', 'three'])
    await bridge.ledger.audit.append({ at: 1, actor: 'otto', action: 'look', subject: 'it', reason });
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

const verdictSchema = z.object({
  intact: z.boolean(),
  entries: z.number(),
  findings: z.array(z.object({ at: z.number(), text: z.string() })),
});
const AUDIT_KEY = '0123456789abcdef0123456789abcdef';

test('the whole log is walked, not a page of it: an entry that was altered beyond the first page is named', async () => {
  const bridge = await operatedBridge({ env: { AUDIT_KEY } });
  for (let at = 0; at < 60; at += 1)
    await bridge.ledger.audit.append({ at, actor: 'otto', action: 'look', subject: 'it', reason: `${at}` });
  const list = `{${bridge.prefix}}:ledger:audit`;
  const verdict = async () => verdictSchema.parse((await bridge.get('/v1/audit/verify')).body);
  expect((await verdict()).entries).toBe(61);
  const line = (await bridge.redis.lindex(list, 55)) ?? '';
  await bridge.redis.lset(list, 55, line.replace('"otto"', '"rita"'));
  const found = await verdict();
  expect(found.intact).toBe(false);
  expect(found.findings.some(({ text }) => text.startsWith('Entry 56 was altered'))).toBe(true);
});

test('a start with a key is written down, once', async () => {
  const bridge = await operatedBridge({ env: { AUDIT_KEY } });
  const { entries } = await bridge.ledger.audit.read(0, 10);
  expect(entries.map(({ action }) => action)).toEqual(['audit-key']);
});

test('an export holds the lines as they are kept, and the same for a spreadsheet without formulas', async () => {
  const bridge = await operatedBridge();
  const facts = [
    { at: 1_000, reason: 'plain' },
    { at: 2_000, reason: '=HYPERLINK("http://x","y")' },
    { at: 3_000, reason: 'a "quoted", word' },
  ];
  for (const fact of facts)
    await bridge.ledger.audit.append({ ...fact, actor: 'otto', action: 'look', subject: 'it' });
  const kept = await bridge.redis.lrange(`{${bridge.prefix}}:ledger:audit`, 0, -1);
  expect((await bridge.get('/v1/audit/export')).body).toBe(kept.map((line) => `${line}\n`).join(''));
  const csv = String((await bridge.get('/v1/audit/export?format=csv&from=1970-01-01T00:00:01.500Z')).body);
  expect(csv.split('\r\n').slice(0, 3)).toEqual([
    'at,actor,action,subject,reason,n,key,hash',
    expect.stringMatching(
      /^1970-01-01T00:00:02\.000Z,otto,look,it,"'=HYPERLINK\(""http:\/\/x"",""y""\)",2,none,/,
    ),
    expect.stringMatching(/^1970-01-01T00:00:03\.000Z,otto,look,it,"a ""quoted"", word",3,none,/),
  ]);
  expect((await bridge.get('/v1/audit/export?format=xml')).status).toBe(400);
  expect((await bridge.get('/v1/audit/export?from=yesterday')).status).toBe(400);
  expect((await bridge.get('/v1/audit/export?change=CHG9')).status).toBe(404);
});
