import { expect, test } from 'vitest';
import {
  CredentialsRefused,
  NotYet,
  OutcomeUnknown,
  RequestRefused,
  UpstreamUnavailable,
} from '../../bridge/model/errors.ts';
import { MAX_ATTEMPTS, verdictOn as verdictOfModel } from '../../bridge/model/retry.ts';
import { isRedisTrouble } from '../../queue/redis-errors.ts';

const verdictOn = (error: unknown, attempt: number, random: number) =>
  verdictOfModel(error, attempt, random, isRedisTrouble);

const outage = new UpstreamUnavailable('GitLab', 'away');
const unknown = new OutcomeUnknown('GitLab', 'lost');

test.each([
  ['something else must happen first', new NotYet('later', 250), 'wait'],
  ['credentials are refused', new CredentialsRefused('Port', 'no'), 'wait'],
  ['a rate limit', new UpstreamUnavailable('Port', 'limit', 4_000, false), 'wait'],
  ['an outage', outage, 'retry'],
  ['an unknown outcome', unknown, 'retry'],
  ['a refusal', new RequestRefused('ServiceNow', 403, 'no'), 'dead-letter'],
  ['Redis timed out', new Error('Command timed out'), 'retry'],
  ['Redis is away', new Error("Stream isn't writeable and enableOfflineQueue options is false"), 'retry'],
  ['a defect, the first time', new TypeError('x is undefined'), 'retry'],
  ['something thrown that is no error', 'text', 'retry'],
])('%s: %s', (_what, error, action) => expect(verdictOn(error, 1, 0).action).toBe(action));

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

function coded(code: string): Error {
  return Object.assign(new Error(''), { code });
}

test.each([
  named('ReplyError', 'CLUSTERDOWN The cluster is down'),
  named('ReplyError', "OOM command not allowed when used memory > 'maxmemory'."),
  named('ReplyError', 'MISCONF Redis is configured to save RDB snapshots, but it is unable to persist'),
  named('ReplyError', 'NOREPLICAS Not enough good replicas to write.'),
  named('ReplyError', 'TRYAGAIN Multiple keys request during rehashing of slot'),
  named('ReplyError', "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."),
  named('ReplyError', 'LOADING Redis is loading the dataset in memory'),
  named('ReplyError', 'EXECABORT Transaction discarded because of previous errors.'),
  named('MaxRetriesPerRequestError', 'Reached the max retries per request limit (which is 1).'),
  named('ClusterAllFailedError', 'Failed to refresh slots cache.'),
  named('AbortError', 'Command aborted due to connection close'),
  new Error('connect ETIMEDOUT'),
  new Error('write EPIPE'),
  new Error('Connection is closed.'),
  new Error('Command timed out'),
  new Error('All sentinels are unreachable. Retrying from scratch after 10ms.'),
  new Error('None of startup nodes is available'),
  new Error("Cluster isn't ready and enableOfflineQueue options is false"),
  coded('ECONNREFUSED'),
  coded('ETIMEDOUT'),
  coded('EPIPE'),
])('trouble with Redis is an outage, not a defect: %s', (error) => {
  expect(verdictOn(error, MAX_ATTEMPTS - 1, 0).action).toBe('retry');
  expect(verdictOn(error, MAX_ATTEMPTS, 0).action).toBe('dead-letter');
});

test('what only waits is never given up, however often it has waited', () => {
  for (const error of [
    new NotYet('later', 1),
    new CredentialsRefused('Port', 'no'),
    new UpstreamUnavailable('Port', 'limit', 1, false),
  ]) {
    expect(verdictOn(error, 1_000_000, 0).action).toBe('wait');
  }
});

test('a defect gets five chances, an outage three days', () => {
  expect(verdictOn(new TypeError('x'), 4, 0).action).toBe('retry');
  expect(verdictOn(new TypeError('x'), 5, 0).action).toBe('dead-letter');
  for (const error of [outage, unknown]) {
    expect(verdictOn(error, MAX_ATTEMPTS - 1, 0).action).toBe('retry');
    expect(verdictOn(error, MAX_ATTEMPTS, 0).action).toBe('dead-letter');
  }
  const total = Array.from({ length: MAX_ATTEMPTS - 1 }, (_, at) => delay(outage, at + 1, 0.5));
  const hours = total.reduce((sum, ms) => sum + ms, 0) / 3_600_000;
  expect(hours).toBeGreaterThan(71.5);
  expect(hours).toBeLessThan(73);
});

function delay(error: unknown, attempt: number, random: number): number {
  const verdict = verdictOn(error, attempt, random);
  return verdict.action === 'dead-letter' ? Number.NaN : verdict.delayMs;
}

test('the backoff doubles from one second to five minutes, with jitter over its upper half', () => {
  for (const [attempt, full] of [
    [1, 1_000],
    [2, 2_000],
    [5, 16_000],
    [9, 256_000],
    [10, 300_000],
    [800, 300_000],
  ] as const) {
    expect(delay(outage, attempt, 0)).toBe(full / 2);
    expect(delay(outage, attempt, 1)).toBe(full);
  }
});

test('what a system asks for is waited for at least, and rate limits spread by a quarter more', () => {
  expect(delay(new UpstreamUnavailable('Port', 'm', 60_000), 1, 0)).toBe(60_000);
  expect(delay(new UpstreamUnavailable('Port', 'm', 10), 5, 0)).toBe(8_000);
  expect(delay(new UpstreamUnavailable('Port', 'm', 4_000, false), 1, 0)).toBe(4_000);
  expect(delay(new UpstreamUnavailable('Port', 'm', 4_000, false), 1, 1)).toBe(5_000);
  expect(delay(new NotYet('m', 0), 1, 0)).toBe(1);
});

test('a flow may ask for a shorter longest backoff; the first ones stay as they are', () => {
  const delays = [1, 4, 20, 500].map((attempt) => {
    const verdict = verdictOfModel(outage, attempt, 0.99, isRedisTrouble, 60_000);
    return verdict.action === 'retry' ? verdict.delayMs : -1;
  });
  expect(delays[0]).toBeLessThanOrEqual(1_000);
  expect(delays[1]).toBeLessThanOrEqual(8_000);
  for (const long of delays.slice(2)) {
    expect(long).toBeGreaterThan(30_000);
    expect(long).toBeLessThanOrEqual(60_000);
  }
});
