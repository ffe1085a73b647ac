import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Ledger } from '../../bridge/ledger/ledger.ts';
import { DecisionModel, standingRuns } from './decisions-model.ts';
import { ledgerForTest, newSysId, version } from './ledger.ts';

const pending = async () => ({ status: 'pending', reason: '' }) as const;

async function see(ledger: Ledger, id: string, number: number, approval: string): Promise<void> {
  await ledger.changes.observe(version(id, number, { approval }), true, 'event', number);
}

async function look(ledger: Ledger, id: string): Promise<string | undefined> {
  return (await ledger.triggers.recordDecision(id, pending, 1_000)).id;
}

async function decisionsOf(ledger: Ledger, id: string) {
  const all = await ledger.triggers.recent(0, 1_000);
  return all.filter((trigger) => trigger.sys_id === id);
}

test('the same decision seen at many versions is one decision, from where it began', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  await see(ledger, id, 1, 'requested');
  expect(await look(ledger, id)).toBeUndefined();
  await see(ledger, id, 2, 'approved');
  const decision = await look(ledger, id);
  expect(decision).toBe(`${id}-approved-2`);
  await see(ledger, id, 3, 'approved');
  expect(await look(ledger, id)).toBe(decision);
  expect(await decisionsOf(ledger, id)).toHaveLength(1);
});

test('a decision stays the same one however often the change is updated after it', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  await see(ledger, id, 1, 'approved');
  const decision = await look(ledger, id);
  for (let number = 2; number <= 260; number += 1) {
    await see(ledger, id, number, 'approved');
    expect(await look(ledger, id), `after version ${number}`).toBe(decision);
  }
  expect(await decisionsOf(ledger, id)).toHaveLength(1);
});

test('approved, taken back and approved again are two decisions, also where the middle comes last', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  await see(ledger, id, 2, 'approved');
  expect(await look(ledger, id)).toBe(`${id}-approved-2`);
  await see(ledger, id, 4, 'approved');
  expect(await look(ledger, id)).toBe(`${id}-approved-2`);
  await see(ledger, id, 3, 'requested');
  expect(await look(ledger, id)).toBe(`${id}-approved-4`);
  expect((await ledger.triggers.get(`${id}-approved-2`))?.status).toBe('superseded');
});

test('a pending decision that is taken back is superseded, with a reason, and owed no more', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  await see(ledger, id, 2, 'approved');
  const decision = (await look(ledger, id)) ?? '';
  await see(ledger, id, 3, 'requested');
  expect(await look(ledger, id)).toBeUndefined();
  expect(await ledger.triggers.get(decision)).toMatchObject({
    status: 'superseded',
    reason: 'The change is no longer decided: its approval is requested.',
  });
  expect(await ledger.owed.isOwed('pipeline-trigger', decision)).toBe(false);
});

test('rejected after approved is the one decision that stands', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  await see(ledger, id, 3, 'rejected');
  await see(ledger, id, 2, 'approved');
  expect(await look(ledger, id)).toBe(`${id}-rejected-3`);
  expect(await decisionsOf(ledger, id)).toHaveLength(1);
});

test('a decision that has been triggered already keeps its record when a newer one follows', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  await see(ledger, id, 2, 'approved');
  const first = await ledger.triggers.get((await look(ledger, id)) ?? '');
  if (first === undefined) throw new Error('no decision');
  const attempt = (await ledger.triggers.begin(first, { project: '1', ref: 'main' }, 1, 1)) ?? 0;
  await ledger.triggers.triggered(first.id, attempt, { project: '1', id: '7', url: '' }, 2);
  await see(ledger, id, 3, 'rejected');
  expect(await look(ledger, id)).toBe(`${id}-rejected-3`);
  expect((await ledger.triggers.get(first.id))?.status).toBe('triggered');
});

test('any arrival order gives what the naive model gives: one decision for each time one stood', async () => {
  const { ledger } = await ledgerForTest();
  const approval = fc.constantFrom('approved', 'approved', 'rejected', 'requested', 'not requested', '');
  const histories = fc.array(approval, { minLength: 1, maxLength: 9 });
  const scenario = histories.chain((history) => {
    const versions = history.map((_, at) => at + 1);
    const arrivals = fc.array(fc.constantFrom(...versions), { maxLength: 12 });
    return fc.record({ history: fc.constant(history), arrivals, looks: fc.array(fc.boolean()) });
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ history, arrivals, looks }) => {
      const id = newSysId();
      const model = new DecisionModel();
      const order = [...arrivals, ...history.map((_, at) => at + 1)];
      for (const [step, number] of order.entries()) {
        const said = history[number - 1] ?? '';
        await see(ledger, id, number, said);
        model.see(number, said === '' ? 'none' : said);
        if (looks[step] === false) continue;
        const expected = model.record();
        const name = expected && `${id}-${expected.value}-${expected.version}`;
        expect(await look(ledger, id)).toBe(name);
      }
      const made = await decisionsOf(ledger, id);
      const whole = new Map(history.map((said, at) => [at + 1, said]));
      for (const run of standingRuns(whole)) {
        const inside = made.filter(
          (one) =>
            one.decision === run.value && (one.version ?? 0) >= run.from && (one.version ?? 0) <= run.to,
        );
        expect(inside.length).toBeLessThanOrEqual(1);
      }
      expect(made.filter((one) => one.status === 'pending').length).toBeLessThanOrEqual(1);
      const superseded = made.filter((one) => one.status === 'superseded');
      expect(superseded).toHaveLength(model.recorded.filter((one) => one.superseded).length);
    }),
    { numRuns: 60 },
  );
});

test('many looks at once record one decision', async () => {
  const { ledger } = await ledgerForTest();
  const id = newSysId();
  await see(ledger, id, 2, 'approved');
  const found = await Promise.all(Array.from({ length: 20 }, () => look(ledger, id)));
  expect(new Set(found)).toEqual(new Set([`${id}-approved-2`]));
  expect(await decisionsOf(ledger, id)).toHaveLength(1);
});
