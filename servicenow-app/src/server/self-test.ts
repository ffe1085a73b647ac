import { GlideRecord, gs } from '@servicenow/glide';
import { glideClaims } from './glide-claims.ts';
import { glideOutbox, insertRow } from './glide-outbox.ts';
import { currentSettings, currentTime, platformMac } from './glide-platform.ts';
import { firstRow, textOf } from './glide-query.ts';
import { MAC_VECTOR } from './health.ts';
import { CHANGE_TABLE, OUTBOX_TABLE } from './names.ts';
import { messageOf } from './rules.ts';
import { readSettings, webhookUrl } from './settings.ts';

/** What a test of the Automated Test Framework reports. */
export interface TestResult {
  passed: boolean;
  detail: string;
}

/** The short description that a test gives to the change it creates. */
export const TEST_CHANGE = 'Changebridge self-test';

const DAY_MS = 86_400_000;

/** The platform's MAC gives the published Standard Webhooks signature. */
export function testSignature(): TestResult {
  return expect(platformMac(MAC_VECTOR.key, MAC_VECTOR.text), MAC_VECTOR.mac, 'signature of the test vector');
}

/** Unusable settings fall back, and an address without TLS is refused. */
export function testSettings(): TestResult {
  const settings = readSettings(() => 'not a number');
  const seen = [
    settings.enabled,
    settings.timeoutSeconds,
    webhookUrl('http://bridge.example.com') ?? 'refused',
  ];
  return expect(seen.join(' '), 'false 10 refused', 'fallbacks and the refusal of plain http');
}

/** Of two workers one holds a change, and it can be held again once it is let go. */
export function testClaims(): TestResult {
  const claims = glideClaims();
  const changeId = gs.generateGUID();
  const now = currentTime();
  const first = claims.take(changeId, now);
  const second = claims.take(changeId, now);
  if (first !== undefined) claims.release(changeId, first);
  const third = claims.take(changeId, now);
  if (third !== undefined) claims.release(changeId, third);
  const seen = [first, second, third].map((token) => (token === undefined ? 'refused' : 'held'));
  return expect(seen.join(' '), 'held refused held', 'three attempts to hold one change');
}

/** A change becomes a message with its version and tags, and the message walks through its states. */
export function testOutbox(): TestResult {
  const change = firstRow(CHANGE_TABLE, `short_description=${TEST_CHANGE}^ORDERBYDESCsys_created_on`);
  if (change === undefined)
    return { passed: false, detail: `There is no change "${TEST_CHANGE}" to test with.` };
  const settings = { ...currentSettings(), tagsField: 'u_external_tags' };
  // An id of its own and a time to come keep the rules and the job away from the row.
  const changeId = gs.generateGUID();
  const message = { ...messageOf('change.created', 'rule', change, settings), changeId };
  const id = insertRow({ ...message, now: message.now + DAY_MS }).getUniqueValue();
  const outbox = glideOutbox();
  const row = outbox.head(changeId);
  if (row === undefined)
    return { passed: false, detail: 'The row that was written is not found as the next to send.' };
  const attempt = { at: currentTime(), status: 503, error: 'test', clockSkewSeconds: 0 };
  const states = [stateOf(id)];
  outbox.begin(row);
  states.push(stateOf(id));
  outbox.markWaiting(row, attempt, currentTime() + 60_000);
  states.push(stateOf(id));
  outbox.markDelivered(row, { ...attempt, status: 202, error: '' });
  states.push(stateOf(id));
  return expect(states.join(' '), 'pending delivering pending delivered', 'states of one delivery');
}

/** change_request has the column that holds the tags. */
export function testColumn(): TestResult {
  const field = currentSettings().tagsField;
  const present = new GlideRecord(CHANGE_TABLE).isValidField(field);
  return expect(String(present), 'true', `presence of change_request.${field}`);
}

function stateOf(id: string): string {
  return textOf(firstRow(OUTBOX_TABLE, `sys_id=${id}`), 'state');
}

function expect(seen: string, wanted: string, what: string): TestResult {
  if (seen === wanted) return { passed: true, detail: `As expected: ${what}.` };
  return { passed: false, detail: `Wrong ${what}: expected "${wanted}", got "${seen}".` };
}
