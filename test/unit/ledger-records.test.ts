import { describe, expect, test } from 'vitest';
import { gateRequestSchema } from '../../bridge/inbound/gate-request.ts';
import { gateIds } from '../../bridge/ledger/gates.ts';
import { ledgerForTest, newSysId } from './ledger.ts';

function fact(at: number) {
  return { at, actor: 'ann', action: 'pause', subject: 'gate', reason: `why ${at}` };
}

function news(status: string, url = '', trigger = '') {
  return { status, url, trigger };
}

describe('receipts', () => {
  test('are kept per source, for four to eight days', async () => {
    const { ledger, redis, prefix } = await ledgerForTest();
    const day = 24 * 3600_000;
    expect(await ledger.receipts.has('servicenow', 'm1', 1)).toBe(false);
    await ledger.receipts.mark('servicenow', 'm1', 1);
    expect(await ledger.receipts.has('servicenow', 'm1', 2)).toBe(true);
    expect(await ledger.receipts.has('servicenow', 'm1', 4 * day)).toBe(true);
    expect(await ledger.receipts.has('servicenow', 'm1', 8 * day)).toBe(false);
    expect(await ledger.receipts.has('gitlab', 'm1', 2)).toBe(false);
    const [key = ''] = await redis.keys(`{${prefix}}:ledger:receipts:*`);
    const left = await redis.ttl(key);
    expect(left).toBeGreaterThan(8 * 24 * 3600 - 60);
    expect(left).toBeLessThanOrEqual(8 * 24 * 3600);
  });
});

/** A ledger with an audit log of four entries. */
async function written() {
  const made = await ledgerForTest();
  for (const at of [1, 2, 3, 4]) await made.ledger.audit.append(fact(at));
  return { ...made, list: `{${made.prefix}}:ledger:audit` };
}

describe('the audit log', () => {
  test('keeps every entry in order, chained to the one before', async () => {
    const { ledger } = await written();
    const { entries, intact } = await ledger.audit.read(0, 10);
    expect(entries.map((entry) => entry.at)).toEqual([1, 2, 3, 4]);
    expect(entries[0]?.previous).toBe('0'.repeat(64));
    expect(entries[3]?.previous).toBe(entries[2]?.hash);
    expect(intact).toBe(true);
  });
  test('stays one chain when many write at once', async () => {
    const { ledger } = await ledgerForTest();
    await Promise.all(Array.from({ length: 25 }, (_, at) => ledger.audit.append(fact(at))));
    const { entries, intact } = await ledger.audit.read(0, 100);
    expect(entries).toHaveLength(25);
    expect(intact).toBe(true);
  });
  test.each([
    ['a line is altered', 1],
    ['the first line is altered', 0],
    ['the last line is altered', 3],
  ])('shows that %s', async (_what, index) => {
    const { ledger, redis, list } = await written();
    const line = (await redis.lindex(list, index)) ?? '';
    await redis.lset(list, index, line.replace('"ann"', '"bob"'));
    expect((await ledger.audit.read(0, 10)).intact).toBe(false);
  });
  test('shows that a line in the middle is gone', async () => {
    const { ledger, redis, list } = await written();
    await redis.lrem(list, 1, (await redis.lindex(list, 1)) ?? '');
    expect((await ledger.audit.read(0, 10)).intact).toBe(false);
  });
  test('shows that its first lines are gone', async () => {
    const { ledger, redis, list } = await written();
    await redis.lpop(list);
    expect((await ledger.audit.read(0, 10)).intact).toBe(false);
  });
  test('shows that its last lines are gone', async () => {
    const { ledger, redis, list } = await written();
    await redis.rpop(list);
    expect((await ledger.audit.read(0, 10)).intact).toBe(false);
  });
  test('is intact on every page, and a page knows the line before it', async () => {
    const { ledger, redis, list } = await written();
    for (const offset of [0, 1, 2, 3]) expect((await ledger.audit.read(offset, 1)).intact).toBe(true);
    await redis.lrem(list, 1, (await redis.lindex(list, 1)) ?? '');
    expect((await ledger.audit.read(1, 10)).intact).toBe(false);
  });
});

describe('what a portal run is still to be told', () => {
  test('is told in order, each step once', async () => {
    const { ledger } = await ledgerForTest();
    expect(await ledger.runReports.add('r', { step: 'a', message: '1' }, 1)).toBe(true);
    expect(await ledger.runReports.add('r', { step: 'b', message: '2' }, 2)).toBe(true);
    expect(await ledger.runReports.add('r', { step: 'a', message: '3' }, 3)).toBe(false);
    const first = await ledger.runReports.next('r');
    expect(first?.report).toEqual({ step: 'a', message: '1' });
    await ledger.runReports.delivered('r', first?.raw ?? '');
    await ledger.runReports.delivered('r', first?.raw ?? '');
    expect((await ledger.runReports.next('r'))?.report.message).toBe('2');
    expect(await ledger.owed.before('run-report', 9, 9)).toEqual(['r']);
    await ledger.runReports.delivered('r', (await ledger.runReports.next('r'))?.raw ?? '');
    expect(await ledger.runReports.next('r')).toBeUndefined();
    expect(await ledger.owed.before('run-report', 9, 9)).toEqual([]);
  });
  test('ends with its end: nothing is queued after it', async () => {
    const { ledger } = await ledgerForTest();
    await ledger.runReports.add('r', { step: 'end', ends: 'SUCCESS' }, 1);
    expect(await ledger.runReports.add('r', { step: 'later' }, 2)).toBe(false);
    expect(await ledger.runReports.ended('r')).toBe(true);
  });
  test('is dropped and counted where the portal has ended the run', async () => {
    const { ledger } = await ledgerForTest();
    await ledger.runReports.add('r', { step: 'a' }, 1);
    await ledger.runReports.add('r', { step: 'b' }, 1);
    expect(await ledger.runReports.freeze('r', 2)).toBe(2);
    expect(await ledger.runReports.next('r')).toBeUndefined();
    expect(await ledger.runReports.add('r', { step: 'c' }, 3)).toBe(false);
    expect(await ledger.owed.before('run-report', 9, 9)).toEqual([]);
  });
});

describe('dead letters', () => {
  const letter = {
    flow: 'gate',
    key: 'g_1',
    error: 'RequestRefused',
    message: 'no',
    attempts: 1,
    at: 1,
  } as const;

  test('stay until they are cleared, one for each flow and key', async () => {
    const { ledger } = await ledgerForTest();
    await ledger.deadLetters.put(letter);
    await ledger.deadLetters.put({ ...letter, at: 2 });
    await ledger.deadLetters.put({ ...letter, flow: 'change-sync', at: 3 });
    expect((await ledger.deadLetters.list()).map((each) => each.at)).toEqual([3, 2]);
    expect(await ledger.deadLetters.count()).toBe(2);
    expect(await ledger.deadLetters.clear('gate', 'g_1')).toBe(true);
    expect(await ledger.deadLetters.clear('gate', 'g_1')).toBe(false);
    expect(await ledger.deadLetters.has('change-sync', 'g_1')).toBe(true);
  });
});

describe('pipelines', () => {
  test('an end is not undone by the late news of an earlier step, and a url is not lost', async () => {
    const { ledger } = await ledgerForTest();
    await ledger.pipelines.observe('42', '7', news('running', 'https://g/7', 'd-1'), 1);
    await ledger.pipelines.observe('42', '7', news('success'), 2);
    await ledger.pipelines.observe('42', '7', news('running'), 3);
    expect(await ledger.pipelines.get('42', '7')).toMatchObject({
      status: 'success',
      url: 'https://g/7',
      trigger: 'd-1',
    });
    await ledger.pipelines.observe('42', '7', news('failed'), 4);
    expect((await ledger.pipelines.get('42', '7'))?.status).toBe('failed');
  });
});

describe('gates', () => {
  const pipeline = { project_id: '42', id: '7' };
  const request = {
    mode: 'retrigger' as const,
    reason: 'Coverage',
    pipeline,
    evidence: [],
    change: {},
    tags: [],
  };
  const id = gateIds('secret')('42', '7');

  test('one pipeline has one gate, whose id nobody can tell without the secret', () => {
    expect(gateIds('secret')('42', '7')).toBe(id);
    expect(gateIds('secret')('42', '8')).not.toBe(id);
    expect(gateIds('secret')('4', '27')).not.toBe(id);
    expect(gateIds('other secret')('42', '7')).not.toBe(id);
    expect(id).toMatch(/^g_[0-9a-f]{24}$/);
  });
  test('the same body is the same gate, another body is told, and changes nothing', async () => {
    const { ledger } = await ledgerForTest();
    expect(await ledger.gates.record(id, request, 'a', 1)).toBe('new');
    expect(await ledger.gates.record(id, request, 'a', 2)).toBe('known');
    expect(await ledger.gates.record(id, { ...request, reason: 'Other' }, 'b', 3)).toBe('other');
    expect((await ledger.gates.get(id))?.request.reason).toBe('Coverage');
  });
  test('a gate expires once, at its time', async () => {
    const { ledger } = await ledgerForTest();
    await ledger.gates.record(id, request, 'a', 1_000, 60_000);
    expect(await ledger.gates.expiredBefore(60_999, 10)).toEqual([]);
    expect(await ledger.gates.isExpired(id, 60_999)).toBe(false);
    expect(await ledger.gates.expiredBefore(61_000, 10)).toEqual([id]);
    await ledger.gates.settleExpiry(id);
    expect(await ledger.gates.isExpired(id, 90_000)).toBe(false);
  });
  test('one worker at a time may send the create request', async () => {
    const { ledger } = await ledgerForTest();
    await ledger.gates.record(id, request, 'a', 1);
    const gate = await ledger.gates.get(id);
    if (gate === undefined) throw new Error('The gate is missing.');
    const sent = await Promise.all([1, 2, 3].map((at) => ledger.gates.beginSending(gate, at)));
    expect(sent.filter(Boolean)).toHaveLength(1);
    await ledger.gates.notSent(id);
    expect(await ledger.gates.beginSending({ ...gate, sent_at: undefined }, 9)).toBe(true);
  });
  test('an open gate is found by its change and by its pipeline, and is sent no more', async () => {
    const { ledger } = await ledgerForTest();
    const sysId = newSysId();
    await ledger.gates.record(id, request, 'a', 1);
    await ledger.gates.opened(id, sysId, 'CHG1');
    const gate = await ledger.gates.ofChange(sysId);
    expect(gate).toMatchObject({ id, status: 'open', number: 'CHG1' });
    expect(await ledger.gates.ofPipeline('42', '7')).toBe(id);
    if (gate !== undefined) expect(await ledger.gates.beginSending(gate, 9)).toBe(false);
  });
  test.each([
    { reason: '' },
    { reason: 'x', extra: 1 },
    { reason: 'x', deploy_run_id: '../r' },
    { reason: 'x', pipeline: { project_id: '4/2', id: '7' } },
    { reason: 'x', pipeline: { project_id: '42', id: '../7' } },
    { reason: 'x', tags: ['a,deploy_run:r_2'] },
    { reason: 'x'.repeat(2001) },
    { reason: 'x', change: { approval: 'approved' } },
    { reason: 'x', change: { correlation_id: 'g_1' } },
    { reason: 'x', expires_in: 1 },
    { reason: 'x', evidence: [{ name: 'coverage', passed: true, url: 'javascript:alert(1)' }] },
    { evidence: [] },
    {},
  ])('the request %j is refused', (given) => {
    expect(gateRequestSchema.safeParse(given).success).toBe(false);
  });
});

test('a timeline keeps its order, and its newest 500 lines', async () => {
  const { ledger } = await ledgerForTest();
  for (let at = 0; at < 510; at += 1) await ledger.timeline.add('c', { at, what: 'x', text: `${at}` });
  const lines = await ledger.timeline.read('c');
  expect(lines).toHaveLength(500);
  expect(lines.at(0)?.at).toBe(10);
  expect(lines.at(-1)?.at).toBe(509);
});

test('a sync counts what it read, and a ledger remembers when it began', async () => {
  const { ledger } = await ledgerForTest();
  const id = await ledger.syncs.create('full', 5);
  await ledger.syncs.count(id, 'read', 100);
  await ledger.syncs.count(id, 'read', 20);
  await ledger.syncs.update(id, { status: 'running', position: 'abc' });
  expect(await ledger.syncs.get(id)).toMatchObject({ read: 120, status: 'running', position: 'abc' });
  expect(await ledger.syncs.bornAt(7)).toBe(7);
  expect(await ledger.syncs.bornAt(9)).toBe(7);
});
