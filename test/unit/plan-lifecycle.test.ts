import { expect, test } from 'vitest';
import { planStep } from '../../bridge/flows/change-lifecycle/plan.ts';
import type { Lifecycle } from '../../bridge/ledger/lifecycles.ts';
import { record } from './facts.ts';

const CLAIMED_AT = Date.UTC(2026, 10, 25, 9, 0, 0);
const ENDED_AT = Date.UTC(2026, 10, 25, 9, 5, 0);
const CLAIMED: Lifecycle = { id: 'd', claimed_at: CLAIMED_AT };
const DEPLOYED: Lifecycle = { ...CLAIMED, outcome: 'success', ended_at: ENDED_AT };
const FAILED: Lifecycle = { ...DEPLOYED, outcome: 'failed' };

const STEPS: readonly [what: string, lifecycle: Lifecycle, state: string, step: object][] = [
  ['claimed, Scheduled', CLAIMED, '-2', { state: '-1', work_start: '2026-11-25 09:00:00' }],
  ['ended, still Scheduled', DEPLOYED, '-2', { state: '-1', work_start: '2026-11-25 09:00:00' }],
  ['ended, Implement', DEPLOYED, '-1', { state: '0', work_end: '2026-11-25 09:05:00' }],
  ['ended well, Review', DEPLOYED, '0', { state: '3', close_code: 'successful', close_notes: 'How it went' }],
  [
    'ended badly, Review',
    FAILED,
    '0',
    { state: '3', close_code: 'unsuccessful', close_notes: 'How it went' },
  ],
];

test.each(STEPS)('one legal step at a time: %s', (_what, lifecycle, state, fields) => {
  expect(planStep(lifecycle, record({ state }), 'How it went')).toMatchObject({ kind: 'step', fields });
});

test.each([
  ['claimed, and in Implement', CLAIMED, '-1'],
  ['claimed, and in Review by hand', CLAIMED, '0'],
  ['closed by hand', DEPLOYED, '3'],
  ['canceled before anything ended', CLAIMED, '4'],
] as const)('nothing is left to do: %s', (_what, lifecycle, state) => {
  expect(planStep(lifecycle, record({ state }), '')).toEqual({ kind: 'done' });
});

test.each([
  ['approved in Assess, and not moved on', CLAIMED, '-4', /is in Assess although it is approved/],
  [
    'canceled by hand before the end',
    DEPLOYED,
    '4',
    /was canceled in ServiceNow before its deployment ended/,
  ],
] as const)('people have to know: %s', (_what, lifecycle, state, text) => {
  expect(planStep(lifecycle, record({ state, number: 'CHG1' }), '')).toMatchObject({
    kind: 'stuck',
    text: expect.stringMatching(text),
  });
});
