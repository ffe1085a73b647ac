import { expect, test } from 'vitest';
import {
  type AuditEntry,
  type AuditKey,
  auditKey,
  NO_ENTRY,
  sealed,
} from '../../bridge/ledger/audit-chain.ts';
import { AuditCheck, type LoggedEntry } from '../../bridge/ledger/audit-check.ts';

const KEY = auditKey('0123456789abcdef0123456789abcdef');
const OLDER = auditKey('fedcba9876543210fedcba9876543210');

/** A log of entries about `reasons`, sealed as the bridge does it. */
function written(reasons: readonly string[], key: AuditKey | undefined = KEY): AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (const [index, reason] of reasons.entries()) {
    const fact = { at: 1_000 + index, actor: 'otto', action: 'pause', subject: 'gate', reason };
    entries.push(sealed(fact, index + 1, entries.at(-1)?.hash ?? NO_ENTRY, key));
  }
  return entries;
}

const FOUR = ['one', 'two', 'three', 'four'];

type Found = { readonly findings: string[]; readonly entries: number };

function check(
  lines: readonly (AuditEntry | string)[],
  how: { readonly keys?: readonly AuditKey[]; readonly logged?: LoggedEntry[]; readonly head?: string } = {},
): Found {
  const walk = new AuditCheck(how.keys ?? [KEY], how.logged);
  for (const line of lines) walk.add(typeof line === 'string' ? line : JSON.stringify(line));
  const { end, findings } = walk.end(how.head);
  return { findings: findings.map(({ text }) => text), entries: end.entries };
}

/** What the bridge's own log tells of these entries. */
function loggedOf(entries: readonly AuditEntry[]): LoggedEntry[] {
  return entries.map(({ n = 0, hash }) => ({ n, hash }));
}

test('a log that nobody touched has no finding', () => {
  const log = written(FOUR);
  expect(check(log, { head: log[3]?.hash ?? '', logged: loggedOf(log) })).toEqual({
    findings: [],
    entries: 4,
  });
});

test('an empty log has no finding', () => {
  expect(check([], { head: NO_ENTRY }).findings).toEqual([]);
});

const edited = (field: keyof AuditEntry, value: string | number) => (log: AuditEntry[]) =>
  log.map((entry, index) => (index === 1 ? { ...entry, [field]: value } : entry));

const TAMPERINGS: readonly [string, (log: AuditEntry[]) => (AuditEntry | string)[], RegExp][] = [
  ['an edited actor', edited('actor', 'rita'), /^Entry 2 was altered/],
  ['an edited action', edited('action', 'resume'), /^Entry 2 was altered/],
  ['an edited subject', edited('subject', 'sweep'), /^Entry 2 was altered/],
  ['an edited reason', edited('reason', 'TWO'), /^Entry 2 was altered/],
  ['an edited time', edited('at', 7), /^Entry 2 was altered/],
  ['an edited number', edited('n', 9), /^Entry 2 was altered/],
  ['an edited hash', edited('hash', 'f'.repeat(64)), /^Entry 2 was altered/],
  ['an edited link', edited('previous', 'f'.repeat(64)), /^Entry 2 was altered/],
  ['another key’s name', edited('key', OLDER.name), /^Entry 2 was sealed with the key .* AUDIT_KEY does not/],
  ['a key that was taken away', edited('key', 'none'), /^Entry 2 was altered/],
  [
    'a deleted entry',
    (log) => log.filter((_, index) => index !== 1),
    /^Entry 2 was written as entry 3: something before it was removed/,
  ],
  [
    'two entries in another order',
    ([a, b, c, d]) => [a, c, b, d].filter((entry) => entry !== undefined),
    /^Entry 2 was written as entry 3/,
  ],
  [
    'an entry that stands there twice',
    (log) => [...log.slice(0, 2), ...log.slice(1)],
    /^Entry 3 was written as entry 2/,
  ],
  ['a start that was cut off', (log) => log.slice(1), /^Entry 1 was written as entry 2/],
  [
    'an entry that cannot be read',
    ([a, , c, d]) => [a ?? '', '{"at":', c ?? '', d ?? ''],
    /^Entry 2 is not readable/,
  ],
  [
    'an entry that is no object',
    ([a, , c, d]) => [a ?? '', '7', c ?? '', d ?? ''],
    /^Entry 2 is not readable/,
  ],
  [
    'a log that was rebuilt without the key',
    () => written(FOUR, auditKey('')).map((e) => e),
    /AUDIT_KEY does not/,
  ],
];

test.each(TAMPERINGS)('%s is found by the chain alone', (_what, tamper, finding) => {
  expect(check(tamper(written(FOUR))).findings[0]).toMatch(finding);
});

test('a log that was rebuilt in the form without a key is found', () => {
  const unkeyed = auditKey('none');
  const rebuilt = written(FOUR, { ...unkeyed, name: 'none', secret: '' });
  expect(check(rebuilt).findings).toEqual([
    'Entry 4 is the last one, and none carries the key: the log was rebuilt, or the key is new.',
  ]);
});

test('an end that was cut off is found by the head, where that was left alone', () => {
  const log = written(FOUR);
  expect(check(log.slice(0, 2), { head: log[3]?.hash ?? '' }).findings[0]).toMatch(/the end was cut off/);
});

test('an end that was cut off, its head with it, is found by the bridge’s log', () => {
  const log = written(FOUR);
  const cut = log.slice(0, 2);
  expect(check(cut, { head: cut[1]?.hash ?? '' }).findings).toEqual([]);
  expect(check(cut, { head: cut[1]?.hash ?? '', logged: loggedOf(log) }).findings).toEqual([
    'The bridge logged the entries 3 to 4, and the audit log ends with 2: its end was cut off.',
  ]);
});

test('a log that was rebuilt with the stolen key is found by the bridge’s log', () => {
  const rebuilt = written(['one', 'nothing', 'three', 'four']);
  const head = rebuilt[3]?.hash ?? '';
  expect(check(rebuilt, { head }).findings).toEqual([]);
  const { findings } = check(rebuilt, { head, logged: loggedOf(written(FOUR)) });
  expect(findings[0]).toBe('Entry 2 is another one than the bridge logged: the audit log was rebuilt.');
});

test('entries from before a change of the key still count', () => {
  const [one, two] = written(FOUR, OLDER);
  if (one === undefined || two === undefined) throw new Error('There are no entries.');
  const three = sealed({ at: 3, actor: 'otto', action: 'a', subject: 's', reason: 'r' }, 3, two.hash, KEY);
  expect(check([one, two, three], { keys: [KEY, OLDER] }).findings).toEqual([]);
  expect(check([one, two, three]).findings[0]).toMatch(/^Entry 1 was sealed with the key/);
});
