import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { auditKey, NO_ENTRY, sealed } from '../../bridge/ledger/audit-chain.ts';
import { packOf } from '../../bridge/ledger/evidence-pack.ts';
import { runOn } from './support.ts';

const SECRET = '0123456789abcdef0123456789abcdef';
const KEY = auditKey(SECRET);
const ENTRY = sealed(
  {
    at: 1_000,
    actor: 'https://gitlab.example.com project 42 pipeline 7',
    action: 'claim',
    subject: 'd',
    reason: 'asked',
  },
  12,
  NO_ENTRY,
  KEY,
);

function pack(key: typeof KEY | null = KEY): string {
  return packOf(
    {
      change: { sys_id: 'c'.repeat(32), number: 'CHG0030001', url: 'https://example.service-now.com/x' },
      requested_by: 'dana@example.com',
      service: 'checkout',
      environment: 'production',
      checks: [{ name: 'coverage', value: 65, threshold: 70, passed: false }],
      decision: {
        id: 'd',
        decision: 'approved',
        by: 'ann',
        words: 'Fine',
        seen_at: '2026-11-25T09:00:00.000Z',
      },
      deployment: {
        outcome: 'success',
        pipeline: '8',
        url: 'https://gitlab.example.com/p/8',
        commit: 'a'.repeat(40),
        claimed_at: null,
        ended_at: '2026-11-25T09:05:00.000Z',
      },
      audit: [ENTRY],
    },
    key ?? undefined,
  );
}

async function verify(text: string, env: Readonly<Record<string, string>> = { AUDIT_KEY: SECRET }) {
  const folder = mkdtempSync(join(tmpdir(), 'evidence-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'pack.json');
  writeFileSync(file, text);
  return runOn(env, `evidence verify ${file}`);
}

test('a pack that nobody touched is told with what it says', async () => {
  const ended = await verify(pack());
  expect(ended.code).toBe(0);
  expect(ended.said).toContain('The pack is as it was made.');
  expect(ended.said).toContain('approved by ann: Fine (seen 2026-11-25T09:00:00.000Z)');
  expect(ended.said).toContain('pipeline 8 ended as "success"');
});

test('without the key it is told what was not looked at', async () => {
  const ended = await verify(pack(), {});
  expect(ended.code).toBe(0);
  expect(ended.said).toContain('whether the bridge made this pack was not looked at');
});

const TAMPERINGS: readonly [what: string, text: () => string, finding: string][] = [
  ['another approver', () => pack().replace('"by": "ann"', '"by": "bob"'), 'its digest does not fit'],
  ['another commit', () => pack().replace('a'.repeat(40), 'b'.repeat(40)), 'its digest does not fit'],
  [
    'a check that passed',
    () => pack().replace('"passed": false', '"passed": true'),
    'its digest does not fit',
  ],
  [
    'another outcome',
    () => pack().replace('"outcome": "success"', '"outcome": "failed"'),
    'its digest does not fit',
  ],
  ['an edited audit entry', () => pack().replace('pipeline 7', 'pipeline 9'), 'of the audit log was altered'],
  ['a pack made anew without the key', () => pack(null), 'carries no seal'],
  ['a pack made with another key', () => pack(auditKey('x'.repeat(32))), 'which AUDIT_KEY does not hold'],
  [
    'a seal under the right key’s name',
    () =>
      pack(auditKey('x'.repeat(32))).replace(
        /"key": "[0-9a-f]{12}",\n {4}"mac"/,
        `"key": "${KEY.name}",\n    "mac"`,
      ),
    'The seal does not fit',
  ],
  ['something else', () => '{"format":"other"}', 'no evidence pack'],
  ['no JSON', () => 'hello', 'no evidence pack'],
];

test.each(TAMPERINGS)('%s is found', async (_what, text, finding) => {
  const ended = await verify(text());
  expect(ended).toMatchObject({ code: 1, said: expect.stringContaining(finding) });
});
