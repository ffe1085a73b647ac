import { expect, test } from 'vitest';
import { checkBridge, type PingAnswer, whyNotAsked } from '../src/server/bridge-check.ts';
import { readSettings } from '../src/server/settings.ts';

const NOW = Date.UTC(2026, 10, 25, 9, 0, 0);

function answer(status: number, changed: Partial<PingAnswer> = {}): PingAnswer {
  return { status, detail: '', retryAfter: '', date: new Date(NOW).toUTCString(), body: '', ...changed };
}

function pong(secret = 0): string {
  return JSON.stringify({ version: '1.2.3', time: '2026-11-25T09:00:00.000Z', secret });
}

const early = (seconds: number): string => new Date(NOW + seconds * 1000).toUTCString();

const ANSWERS: readonly [what: string, given: PingAnswer, status: string, detail: RegExp][] = [
  [
    'a bridge that is well',
    answer(200, { body: pong() }),
    'ok',
    /version 1\.2\.3\) answered and knows the secret/,
  ],
  [
    'an older secret',
    answer(200, { body: pong(1) }),
    'warning',
    /older secret \(number 2 of SERVICENOW_WEBHOOK_SECRETS\)/,
  ],
  [
    'clocks that drift apart',
    answer(200, { body: pong(), date: early(90) }),
    'warning',
    /clock differs by 90 s/,
  ],
  [
    'a bridge that is down',
    answer(0, { detail: 'connection refused', date: '' }),
    'failed',
    /does not answer \(connection refused\)/,
  ],
  ['a wrong secret', answer(401), 'failed', /does not know the secret/],
  ['a skewed clock', answer(401, { date: early(-900) }), 'failed', /clock differs by -900 s/],
  ['an older bridge', answer(422), 'warning', /older than this app. Messages still arrive/],
  ['an older bridge that calls it malformed', answer(400), 'warning', /Update the bridge/],
  [
    'a bridge without its Redis',
    answer(503, { detail: 'Redis is away' }),
    'failed',
    /cannot take messages now \(Redis is away\)/,
  ],
  ['another address', answer(404), 'failed', /it is no bridge \(HTTP 404\)/],
  ['a login page', answer(200, { body: '<html>Sign in</html>' }), 'failed', /it is no bridge: a login page/],
  ['a proxy in trouble', answer(502), 'failed', /HTTP 502/],
];

test.each(ANSWERS)('%s is told as such', (_what, given, status, detail) => {
  const check = checkBridge(given, NOW);
  expect(check).toMatchObject({ key: 'bridge', status });
  expect(check.detail).toMatch(detail);
});

test('where a setting is missing, nobody is asked, and the setting is named', () => {
  const check = whyNotAsked(readSettings(() => ''));
  expect(check?.status).toBe('failed');
  expect(check?.detail).toContain('x_chb_changebridge.bridge_url');
});
