import { expect, test } from 'vitest';
import { z } from 'zod';
import { auditOf, changeRecord, type OperatedBridge, operatedBridge } from './support.ts';

const listSchema = z.object({
  decisions: z.array(z.looseObject({ id: z.string(), status: z.string() })),
  next: z.string().nullable(),
});

async function decision(bridge: OperatedBridge, status: 'pending' | 'parked', at = 1): Promise<string> {
  const record = changeRecord(2, { approval: 'approved', number: `CHG${at}` });
  await bridge.ledger.changes.observe(record, true, 'event', at);
  const initial = async () => ({ status, reason: 'as the test says' });
  const { id } = await bridge.ledger.triggers.recordDecision(record.sysId, initial, at);
  return id ?? '';
}

test('a parked decision that is rare among many others is on the first page of its status', async () => {
  const bridge = await operatedBridge();
  const parked = await decision(bridge, 'parked', 1);
  for (let at = 2; at <= 8; at += 1) await decision(bridge, 'pending', at);
  const { decisions } = listSchema.parse((await bridge.get('/v1/decisions?status=parked&limit=3')).body);
  expect(decisions.map((each) => each.id)).toEqual([parked]);
});

test('decisions of one status come page by page, each once', async () => {
  const bridge = await operatedBridge();
  for (let at = 1; at <= 9; at += 1) await decision(bridge, at % 2 === 0 ? 'parked' : 'pending', at);
  const seen: string[] = [];
  let path = '/v1/decisions?status=parked&limit=3';
  for (let page = 0; page < 5; page += 1) {
    const { decisions, next } = listSchema.parse((await bridge.get(path)).body);
    seen.push(...decisions.map((each) => each.id));
    if (next === null) break;
    path = `/v1/decisions?status=parked&limit=3&cursor=${next}`;
  }
  expect(seen).toHaveLength(4);
  expect(new Set(seen).size).toBe(4);
});

test('one decision is shown by its id, and one that nobody made is not found', async () => {
  const bridge = await operatedBridge();
  const id = await decision(bridge, 'parked');
  expect(await bridge.get(`/v1/decisions/${id}`)).toMatchObject({
    status: 200,
    body: { id, status: 'parked' },
  });
  expect((await bridge.get('/v1/decisions/nobody-made-this')).status).toBe(404);
});

test('a status that there is not is refused with those that there are', async () => {
  const bridge = await operatedBridge();
  const answer = await bridge.get('/v1/decisions?status=lost');
  expect(answer.status).toBe(400);
  expect(JSON.stringify(answer.body)).toContain('pending, triggering, triggered');
});

test('a parked decision resolved with "trigger" is pending, queued, audited, and told in the timeline', async () => {
  const bridge = await operatedBridge();
  const id = await decision(bridge, 'parked');
  const body = { action: 'trigger', reason: 'No pipeline ran' };
  const answer = await bridge.post(`/v1/decisions/${id}/resolve`, body);
  expect(answer).toMatchObject({ status: 200, body: { status: 'pending', reason: 'otto: No pipeline ran' } });
  expect((await bridge.queues.counts('pipeline-trigger')).waiting).toBe(1);
  const { entries, intact } = await auditOf(bridge);
  expect(entries).toMatchObject([
    { actor: 'otto', action: 'resolve:trigger', subject: id, reason: 'No pipeline ran' },
    { actor: 'otto', action: 'resolve:trigger:done', subject: id, reason: 'The decision is pending.' },
  ]);
  expect(intact).toBe(true);
  const lines = await bridge.ledger.timeline.read(id.slice(0, 32));
  expect(lines.at(-1)?.text).toBe('otto resolved the parked decision with "trigger": No pipeline ran');
});

test('resolved with "abandon" it is over, and nothing can resolve it again', async () => {
  const bridge = await operatedBridge();
  const id = await decision(bridge, 'parked');
  const body = { action: 'abandon', reason: 'Deployed by hand' };
  expect((await bridge.post(`/v1/decisions/${id}/resolve`, body)).body).toMatchObject({
    status: 'abandoned',
  });
  expect((await bridge.post(`/v1/decisions/${id}/resolve`, body)).status).toBe(409);
});

test('a decision that is not parked cannot be resolved; the attempt is in the audit log as refused', async () => {
  const bridge = await operatedBridge();
  const id = await decision(bridge, 'pending');
  const answer = await bridge.post(`/v1/decisions/${id}/resolve`, { action: 'trigger', reason: 'hurry' });
  expect(answer).toMatchObject({ status: 409, type: 'application/problem+json' });
  expect((await bridge.ledger.triggers.get(id))?.status).toBe('pending');
  expect((await auditOf(bridge)).entries).toMatchObject([
    { action: 'resolve:trigger', reason: 'hurry' },
    {
      action: 'resolve:trigger:refused',
      reason: expect.stringMatching(/^conflict: The decision is pending/),
    },
  ]);
});

test('resolving is audited before it acts: where the audit log cannot be written, nothing happens', async () => {
  const bridge = await operatedBridge();
  const id = await decision(bridge, 'parked');
  // A key of another type makes every append fail.
  await bridge.redis.set(`{${bridge.prefix}}:ledger:audit`, 'no list');
  const answer = await bridge.post(`/v1/decisions/${id}/resolve`, { action: 'trigger', reason: 'hurry' });
  expect(answer).toMatchObject({ status: 503, type: 'application/problem+json' });
  expect((await bridge.ledger.triggers.get(id))?.status).toBe('parked');
  expect((await bridge.queues.counts('pipeline-trigger')).waiting).toBe(0);
});

test.each([
  [{}, 400],
  [{ action: 'trigger' }, 400],
  [{ action: 'trigger', reason: 'no' }, 400],
  [{ action: 'trigger', reason: 'x'.repeat(501) }, 400],
  [{ action: 'deploy', reason: 'because' }, 400],
  [{ action: 'trigger', reason: 'because' }, 404],
])('the word %j on a decision that there is not: %i', async (body, status) => {
  const bridge = await operatedBridge();
  const answer = await bridge.post('/v1/decisions/none/resolve', body);
  expect(answer).toMatchObject({ status, type: 'application/problem+json' });
});
