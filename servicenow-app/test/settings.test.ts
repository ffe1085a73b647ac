import { describe, expect, test } from 'vitest';
import { checkHealth, MAC_VECTOR, type HealthFacts } from '../src/server/health.ts';
import { missingSettings, readSettings, webhookUrl, type Settings } from '../src/server/settings.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const NOW = Date.UTC(2026, 10, 21, 10, 0, 0);

function settingsOf(properties: Record<string, string> = {}): Settings {
  const given: Record<string, string> = {
    enabled: 'true',
    bridge_url: 'https://bridge.example.com',
    secret_primary: SECRET,
    ...properties,
  };
  return readSettings((name) => given[name.replace('x_chb_changebridge.', '')] ?? '');
}

describe('settings', () => {
  test('the app is off until it is switched on', () => {
    expect(readSettings(() => '').enabled).toBe(false);
  });

  test.each([
    ['', 10],
    ['0', 10],
    ['31', 10],
    ['ten', 10],
    ['-5', 10],
    ['5', 5],
  ])('a timeout of %j means %i seconds', (text, seconds) => {
    expect(settingsOf({ timeout_seconds: text }).timeoutSeconds).toBe(seconds);
  });

  test('a column name that could not be one falls back to the standard column', () => {
    expect(settingsOf({ tags_field: 'a^NQb' }).tagsField).toBe('u_external_tags');
    expect(settingsOf({ tags_field: 'x_chb_tags' }).tagsField).toBe('x_chb_tags');
  });

  test.each([
    ['https://bridge.example.com', 'https://bridge.example.com/webhooks/servicenow'],
    ['https://bridge.example.com/', 'https://bridge.example.com/webhooks/servicenow'],
    ['https://bridge.example.com:8443/base', 'https://bridge.example.com:8443/base/webhooks/servicenow'],
    ['https://bridge.example.com/webhooks/servicenow', 'https://bridge.example.com/webhooks/servicenow'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/webhooks/servicenow'],
  ])('messages for %s go to %s', (given, url) => {
    expect(webhookUrl(given)).toBe(url);
  });

  test.each([
    '',
    'bridge.example.com',
    'http://bridge.example.com',
    'http://127.0.0.1.example.com',
    'https://user:password@bridge.example.com',
    'https://bridge.example.com/?a=b',
    'ftp://bridge.example.com',
  ])('the address %j is refused', (given) => {
    expect(webhookUrl(given)).toBeUndefined();
  });

  test('each missing setting is named', () => {
    expect(missingSettings(settingsOf())).toEqual([]);
    const reasons = missingSettings(settingsOf({ bridge_url: '', secret_primary: 'wrong' }));
    expect(reasons.join()).toContain('bridge_url');
    expect(reasons.join()).toContain('secret_primary');
  });
});

function facts(
  changed: Partial<HealthFacts> = {},
  deliveries: Partial<HealthFacts['deliveries']> = {},
): HealthFacts {
  return {
    now: NOW,
    settings: settingsOf(),
    tagsColumnPresent: true,
    macResult: MAC_VECTOR.mac,
    deliveries: {
      waiting: 0,
      oldestWaitingSince: undefined,
      oldestWaitingError: '',
      failed: 0,
      lastDeliveredAt: NOW,
      clockSkewSeconds: 1,
      ...deliveries,
    },
    ...changed,
  };
}

function problems(given: HealthFacts): string[] {
  return checkHealth(given)
    .filter(({ status }) => status !== 'ok')
    .map(({ key, status }) => `${key} ${status}`);
}

describe('health', () => {
  test('an app that is set and delivers has no problem', () => {
    expect(problems(facts())).toEqual([]);
  });

  test.each([
    ['switch warning', facts({ settings: settingsOf({ enabled: 'false' }) })],
    ['address failed', facts({ settings: settingsOf({ bridge_url: 'http://bridge' }) })],
    ['secret failed', facts({ settings: settingsOf({ secret_primary: '' }) })],
    ['secret failed', facts({ settings: settingsOf({ secret_secondary: 'whsec_short' }) })],
    ['mac failed', facts({ macResult: 'Error: no such method' })],
    ['column failed', facts({ tagsColumnPresent: false })],
    ['waiting warning', facts({}, { waiting: 1, oldestWaitingSince: NOW - 10 * 60_000 })],
    ['waiting failed', facts({}, { waiting: 1, oldestWaitingSince: NOW - 3_600_000 })],
    ['failed failed', facts({}, { failed: 1 })],
    ['clock warning', facts({}, { clockSkewSeconds: -90 })],
    ['clock failed', facts({}, { clockSkewSeconds: 301 })],
  ])('%s is reported, and nothing else', (problem, given) => {
    expect(problems(given)).toEqual([problem]);
  });

  test('no detail holds a secret', () => {
    const settings = settingsOf({
      secret_primary: SECRET,
      secret_secondary: `${SECRET.slice(0, -4)}broken!`,
    });
    const text = JSON.stringify(checkHealth(facts({ settings })));
    expect(text).not.toContain(SECRET.slice(6, 30));
  });
});
