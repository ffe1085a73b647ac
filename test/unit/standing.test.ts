import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decisionId,
  forgettableVersions,
  type KnownApprovals,
  nextStep,
  type RecordedDecision,
  standingDecision,
  standingIdOf,
  whyNotStanding,
} from '../../bridge/model/standing.ts';
import { DecisionModel } from './decisions-model.ts';
import { record, SYS_ID } from './facts.ts';

/** `1 requested, 2 approved` as known approvals. */
function known(text: string): Map<number, string> {
  const pairs = text.split(', ').map((pair): [number, string] => {
    const [version = '', ...approval] = pair.split(' ');
    return [Number(version), approval.join(' ')];
  });
  return new Map(text === '' ? [] : pairs);
}

test.each([
  ['', undefined],
  ['1 requested', undefined],
  ['1 none', undefined],
  ['1 not requested', undefined],
  ['1 approved', 'approved since 1'],
  ['1 requested, 2 approved', 'approved since 2'],
  ['2 approved, 3 approved, 9 approved', 'approved since 2'],
  ['9 approved, 2 approved, 1 requested', 'approved since 2'],
  ['2 approved, 3 requested', undefined],
  ['2 approved, 3 requested, 4 approved', 'approved since 4'],
  ['2 approved, 3 rejected', 'rejected since 3'],
  ['2 approved, 3 rejected, 4 approved', 'approved since 4'],
  ['9 requested, 10 approved', 'approved since 10'],
])('of the approvals "%s" there stands: %s', (text, expected) => {
  const standing = standingDecision(known(text));
  expect(standing && `${standing.decision} since ${standing.since}`).toBe(expected);
});

const PENDING: RecordedDecision = { id: 'a', decision: 'approved', version: 2, isPending: true };
const DONE: RecordedDecision = { ...PENDING, isPending: false };

test.each([
  { name: 'nothing known', approvals: '', last: undefined, step: { kind: 'withdraw' } },
  { name: 'undecided', approvals: '1 requested', last: undefined, step: { kind: 'withdraw' } },
  {
    name: 'first decision',
    approvals: '1 requested, 2 approved',
    last: undefined,
    step: { kind: 'record', decision: 'approved', since: 2 },
  },
  { name: 'known already', approvals: '2 approved', last: PENDING, step: { kind: 'unchanged', id: 'a' } },
  { name: 'edited', approvals: '2 approved, 5 approved', last: DONE, step: { kind: 'unchanged', id: 'a' } },
  {
    name: 'an older version of the same decision came late',
    approvals: '1 approved, 2 approved',
    last: DONE,
    step: { kind: 'unchanged', id: 'a' },
  },
  {
    name: 'taken back while pending',
    approvals: '2 approved, 3 requested',
    last: PENDING,
    step: {
      kind: 'withdraw',
      supersede: { id: 'a', reason: 'The change is no longer decided: its approval is requested.' },
    },
  },
  {
    name: 'taken back after its trigger',
    approvals: '2 approved, 3 requested',
    last: DONE,
    step: { kind: 'withdraw' },
  },
  {
    name: 'turned while pending',
    approvals: '2 approved, 3 rejected',
    last: PENDING,
    step: {
      kind: 'record',
      decision: 'rejected',
      since: 3,
      supersede: { id: 'a', reason: 'A newer decision followed: rejected.' },
    },
  },
  {
    name: 'turned after its trigger',
    approvals: '2 approved, 3 rejected',
    last: DONE,
    step: { kind: 'record', decision: 'rejected', since: 3 },
  },
  {
    name: 'approved again, with the middle seen late',
    approvals: '2 approved, 3 requested, 4 approved',
    last: DONE,
    step: { kind: 'record', decision: 'approved', since: 4 },
  },
])('the next step where it is $name', ({ approvals, last, step }) => {
  expect(nextStep(known(approvals), last)).toEqual(step);
});

test('the id of the standing decision is the recorded one, else the one that would be recorded', () => {
  expect(standingIdOf(SYS_ID, known('2 approved'), DONE)).toBe('a');
  expect(standingIdOf(SYS_ID, known('2 approved, 3 rejected'), DONE)).toBe(`${SYS_ID}-rejected-3`);
  expect(standingIdOf(SYS_ID, known('2 approved, 3 requested'), DONE)).toBeUndefined();
  expect(decisionId(SYS_ID, { decision: 'approved', since: 7 })).toBe(`${SYS_ID}-approved-7`);
});

const value = fc.constantFrom('approved', 'approved', 'rejected', 'requested', 'not requested', 'none');

test('whatever is seen in whatever order, each step is what the naive model does', () => {
  const arrival = fc.record({ version: fc.integer({ min: 0, max: 12 }), isTriggered: fc.boolean() });
  const story = fc.record({
    history: fc.array(value, { minLength: 13, maxLength: 13 }),
    arrivals: fc.array(arrival, { maxLength: 30 }),
  });
  fc.assert(
    fc.property(story, ({ history, arrivals }) => {
      const model = new DecisionModel();
      const approvals = new Map<number, string>();
      let last: RecordedDecision | undefined;
      for (const { version, isTriggered } of arrivals) {
        const said = history[version] ?? 'none';
        approvals.set(version, said);
        model.see(version, said);
        const expected = model.record();
        const expectedId = expected && `${SYS_ID}-${expected.value}-${expected.version}`;
        expect(standingIdOf(SYS_ID, approvals, last)).toBe(expectedId);
        const step = nextStep(approvals, last);
        if (step.kind !== 'unchanged') expect(step.supersede?.id).toBe(last?.isPending ? last.id : undefined);
        if (step.kind === 'withdraw' && last !== undefined) last = { ...last, isPending: false };
        if (step.kind === 'record') {
          const { decision, since } = step;
          last = { id: decisionId(SYS_ID, step), decision, version: since, isPending: true };
        }
        if (isTriggered && last !== undefined) last = { ...last, isPending: false };
      }
    }),
    { numRuns: 2_000 },
  );
});

test('forgetting never changes which decision stands, nor since when', () => {
  const versions = fc.uniqueArray(fc.integer({ min: 0, max: 5_000 }), { minLength: 95, maxLength: 260 });
  const approvals = versions.chain((all) =>
    fc
      .array(value, { minLength: all.length, maxLength: all.length })
      .map((said) => new Map(all.map((version, at): [number, string] => [version, said[at] ?? 'none']))),
  );
  // Long stretches of one value are what a real change has.
  const steady = fc.record({ approvals, from: fc.nat({ max: 5_000 }) }).map(({ approvals: all, from }) => {
    return new Map(
      [...all].map(([version, said]): [number, string] => [version, version > from ? 'approved' : said]),
    );
  });
  fc.assert(
    fc.property(fc.oneof(approvals, steady), (all) => {
      const forgotten = forgettableVersions(all);
      const kept = new Map([...all].filter(([version]) => !forgotten.includes(version)));
      expect(standingDecision(kept)).toEqual(standingDecision(all));
      expect(kept.size).toBeLessThanOrEqual(101);
      expect(forgettableVersions(kept).length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 200 },
  );
});

test('up to a hundred approvals are all kept; beyond that the oldest go, but not where the decision began', () => {
  expect(forgettableVersions(upTo(100, 50))).toEqual([]);
  expect(forgettableVersions(upTo(103, 50))).toEqual([2, 1, 0]);
  expect(forgettableVersions(upTo(103, 1))).toEqual([2, 0]);
  expect(forgettableVersions(upTo(103, 103))).toEqual([2, 1, 0]);
});

const ID = `${SYS_ID}-approved-2`;
const CLOSED = { active: 'false', state: '3' };
const CANCELLED = { active: 'false', state: '4' };

test.each([
  { name: 'approved', decision: 'approved', fields: {}, because: undefined },
  {
    name: 'approved, and nothing recorded',
    decision: 'approved',
    fields: {},
    standing: undefined,
    because: undefined,
  },
  { name: 'deleted', decision: 'approved', fields: {}, deleted: true, because: 'deleted' },
  {
    name: 'rejected, and deleted',
    decision: 'rejected',
    fields: { approval: 'rejected' },
    deleted: true,
    because: 'deleted',
  },
  { name: 'taken back', decision: 'approved', fields: { approval: 'requested' }, because: 'turned' },
  {
    name: 'approved, and now rejected',
    decision: 'approved',
    fields: { approval: 'rejected' },
    because: 'turned',
  },
  { name: 'rejected, and now approved', decision: 'rejected', fields: {}, because: 'turned' },
  {
    name: 'without a word on its approval',
    decision: 'approved',
    fields: { approval: '' },
    because: 'turned',
  },
  { name: 'cancelled', decision: 'approved', fields: CANCELLED, because: 'cancelled' },
  { name: 'closed', decision: 'approved', fields: CLOSED, because: 'closed' },
  {
    name: 'rejected, and cancelled',
    decision: 'rejected',
    fields: { ...CANCELLED, approval: 'rejected' },
    because: undefined,
  },
  {
    name: 'rejected, and closed',
    decision: 'rejected',
    fields: { ...CLOSED, approval: 'rejected' },
    because: undefined,
  },
  {
    name: 'approved anew',
    decision: 'approved',
    fields: {},
    standing: `${SYS_ID}-approved-4`,
    because: 'replaced',
  },
] as const)('a decision on a change that is $name: $because', (row) => {
  const { decision, fields, because } = row;
  const standingId = 'standing' in row ? row.standing : ID;
  const deleted = 'deleted' in row;
  const why = whyNotStanding({ id: ID, decision }, { record: record(fields), deleted, standingId });
  expect(why?.because).toBe(because);
  if (why !== undefined) expect(why.reason).toMatch(/^[A-Z].*\.$/);
});

/** This many versions, approved from one of them on. */
function upTo(count: number, from: number): KnownApprovals {
  return new Map(
    Array.from({ length: count }, (_, at): [number, string] => [at, at >= from ? 'approved' : 'requested']),
  );
}
