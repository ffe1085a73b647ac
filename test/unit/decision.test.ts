import { expect, test } from 'vitest';
import { awaitsDecision, isDecision, toApprovalStatus, toDecision } from '../../bridge/model/decision.ts';

test('the portal’s words become ServiceNow’s', () => {
  expect(toDecision('approved')).toBe('approved');
  expect(toDecision('declined')).toBe('rejected');
  expect(toDecision('rejected')).toBe('rejected');
});

test('ServiceNow’s words become the pipeline’s', () => {
  expect(toApprovalStatus('approved')).toBe('approved');
  expect(toApprovalStatus('rejected')).toBe('declined');
});

test.each([
  ['approved', true, false],
  ['rejected', true, false],
  ['', false, true],
  ['requested', false, true],
  ['not requested', false, true],
  ['cancelled', false, false],
  ['not_required', false, false],
  ['duplicate', false, false],
  ['declined', false, false],
  ['Approved', false, false],
])('the approval %j: a decision %j, awaits one %j', (approval, decided, awaiting) => {
  expect(isDecision(approval)).toBe(decided);
  expect(awaitsDecision(approval)).toBe(awaiting);
});
