import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { CredentialsRefused, OutcomeUnknown, UpstreamUnavailable } from '../../bridge/model/errors.ts';
import type { Call } from '../../bridge/outbound/exchange.ts';
import { Upstream, type UpstreamOptions } from '../../bridge/outbound/http.ts';
import { Redactor } from '../../bridge/outbound/redactor.ts';
import { answering, localServer } from './local-server.ts';

const NOW = 1_800_000_000_000;
const JSON_TYPE = { 'content-type': 'application/json' };
const READ: Call = { method: 'GET', path: '/things?secret=1', sideEffect: false };
const WRITE: Call = { method: 'POST', path: '/things?secret=1', json: { a: 1 }, sideEffect: true };

function upstream(baseUrl: string, more: Partial<UpstreamOptions> = {}): Upstream {
  const made = new Upstream({
    system: 'GitLab',
    baseUrl,
    timeoutMs: 5_000,
    maxBytes: 10_000,
    connections: 4,
    clock: () => NOW,
    redactor: new Redactor([]),
    ...more,
  });
  onTestFinished(() => made.close());
  return made;
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('The call did not fail.');
}

async function pause(promise: Promise<unknown>): Promise<number | undefined> {
  const error = await failure(promise);
  if (!(error instanceof UpstreamUnavailable)) throw error;
  return error.retryAfterMs;
}

describe('an answer', () => {
  test.each([200, 201, 204, 400, 401, 403, 404, 409, 422])(
    'of %i is the caller’s to judge',
    async (status) => {
      const server = await localServer(answering(status, JSON_TYPE, status === 204 ? '' : '{"a":1}'));
      for (const call of [READ, WRITE]) {
        expect((await upstream(server.url).call(call)).status).toBe(status);
      }
    },
  );
  test('carries its headers, and its body whole', async () => {
    const server = await localServer(answering(200, { ...JSON_TYPE, 'x-a': 'b' }, '{"a":"é"}'));
    const answer = await upstream(server.url).call(READ);
    expect(answer.headers['x-a']).toBe('b');
    expect(answer.body).toBe('{"a":"é"}');
  });
  test('to a form is asked for with the form’s own type, to a JSON call with JSON’s', async () => {
    const seen: (string | undefined)[] = [];
    const server = await localServer((request, response) => {
      seen.push(request.headers['content-type']);
      response.end();
    });
    const system = upstream(server.url);
    await system.call({ method: 'POST', path: '/t', form: { a: 'b c' }, sideEffect: false });
    await system.call(WRITE);
    expect(seen).toEqual(['application/x-www-form-urlencoded', 'application/json']);
  });
});

describe('nobody listens', () => {
  test('a read is unavailable, and so is a side effect: surely nothing was sent', async () => {
    const server = await localServer(answering(200, JSON_TYPE));
    await server.close();
    for (const call of [READ, WRITE]) {
      const error = await failure(upstream(server.url).call(call));
      expect(error).toBeInstanceOf(UpstreamUnavailable);
      expect(error.message).toContain('ECONNREFUSED');
    }
  });
  test('a name that does not exist is unavailable too', async () => {
    const error = await failure(upstream('http://nowhere.invalid').call(WRITE));
    expect(error).toBeInstanceOf(UpstreamUnavailable);
  });
});

describe('the connection breaks', () => {
  test.each([
    ['before an answer', (): string => ''],
    ['in the middle of one', (): string => 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a"'],
    ['with an answer that is no HTTP', (): string => 'SSH-2.0-OpenSSH\r\n\r\n'],
  ])('%s: unknown for a side effect, unavailable for a read', async (_when, text) => {
    const server = await localServer((request) => request.socket.end(text()));
    expect(await failure(upstream(server.url).call(WRITE))).toBeInstanceOf(OutcomeUnknown);
    expect(server.requests()).toBe(1);
    expect(await failure(upstream(server.url).call(READ))).toBeInstanceOf(UpstreamUnavailable);
    expect(server.requests()).toBe(4);
  });
  test('a deadline passes in the same way, also while the body trickles', async () => {
    const silent = await localServer(() => undefined);
    const slow = await localServer((_request, response) => void response.writeHead(200).write('{'));
    for (const server of [silent, slow]) {
      const system = upstream(server.url, { timeoutMs: 150 });
      expect(await failure(system.call(WRITE))).toBeInstanceOf(OutcomeUnknown);
      expect(await failure(system.call(READ))).toBeInstanceOf(UpstreamUnavailable);
    }
  });
});

describe('a failing system', () => {
  test.each([500, 502, 503, 504])('%i is unknown for a side effect and never repeated', async (status) => {
    const server = await localServer(answering(status, JSON_TYPE, '{}'));
    expect(await failure(upstream(server.url).call(WRITE))).toBeInstanceOf(OutcomeUnknown);
    expect(server.requests()).toBe(1);
  });
  test('a read is tried three times at once, and succeeds if one of them does', async () => {
    let count = 0;
    const server = await localServer((request, response) => {
      count += 1;
      answering(count < 3 ? 502 : 200, JSON_TYPE, '{}')(request, response);
    });
    expect((await upstream(server.url).call(READ)).status).toBe(200);
    const dead = await localServer(answering(500, {}));
    expect(await failure(upstream(dead.url).call(READ))).toBeInstanceOf(UpstreamUnavailable);
    expect(dead.requests()).toBe(3);
  });
  test('that says when to come back is not asked again before', async () => {
    const server = await localServer(answering(503, { 'retry-after': '120' }));
    expect(await pause(upstream(server.url).call(READ))).toBe(120_000);
    expect(server.requests()).toBe(1);
  });
  test('is named in the message with the call, but never with its query', async () => {
    const server = await localServer(answering(500, {}));
    const error = await failure(upstream(server.url).call(WRITE));
    expect(error.message).toBe('GitLab answered POST /things with 500.');
  });
});

describe('a rate limit (429)', () => {
  test.each([
    ['Retry-After in seconds', { 'retry-after': '7' }, 7_000],
    ['a long Retry-After in seconds, up to an hour', { 'retry-after': '20000' }, 3_600_000],
    ['Retry-After as a date', { 'retry-after': new Date(NOW + 9_000).toUTCString() }, 9_000],
    ['x-ratelimit-reset as seconds left', { 'x-ratelimit-reset': '12' }, 12_000],
    ['x-ratelimit-reset as an epoch', { 'x-ratelimit-reset': String(NOW / 1000 + 30) }, 30_000],
    ['an epoch that is over', { 'x-ratelimit-reset': String(NOW / 1000 - 30) }, 100],
    ['Retry-After before reset', { 'retry-after': '3', 'x-ratelimit-reset': '60' }, 3_000],
    ['nonsense in one and sense in the other', { 'retry-after': 'soon', 'x-ratelimit-reset': '6' }, 6_000],
    ['nothing', {}, 5_000],
    ['a negative number', { 'retry-after': '-5' }, 5_000],
  ])('%s', async (_what, headers, expected) => {
    const server = await localServer(answering(429, headers));
    expect(await pause(upstream(server.url).call(WRITE))).toBe(expected);
  });
  test('holds every call back until it is over, and burns nobody’s attempt', async () => {
    let now = NOW;
    let limited = true;
    const server = await localServer((request, response) =>
      answering(limited ? 429 : 200, { 'retry-after': '10' }, '{}')(request, response),
    );
    const system = upstream(server.url, { clock: () => now });
    await failure(system.call(WRITE));
    limited = false;
    now += 4_000;
    const error = await failure(system.call(READ));
    expect(error).toMatchObject({ name: 'UpstreamUnavailable', retryAfterMs: 6_000, burnsAttempt: false });
    expect(system.state).toEqual({ ok: false, message: 'GitLab limits the rate of our calls (429).' });
    expect(server.requests()).toBe(1);
    now += 6_000;
    expect((await system.call(READ)).status).toBe(200);
    expect(system.state.ok).toBe(true);
  });
});

test('refused credentials hold every call back for half a minute, then one may probe', async () => {
  let now = NOW;
  const server = await localServer(answering(200, JSON_TYPE, '{}'));
  const system = upstream(server.url, { clock: () => now });
  expect(system.denied('Mend the token.')).toBeInstanceOf(CredentialsRefused);
  expect(await failure(system.call(READ))).toBeInstanceOf(CredentialsRefused);
  expect(system.state).toEqual({ ok: false, message: 'Mend the token.' });
  expect(server.requests()).toBe(0);
  now += 30_000;
  expect((await system.call(READ)).status).toBe(200);
});

/** A system whose credentials were refused half a minute ago. */
async function heldBack(status: () => number) {
  const clock = { now: NOW };
  const server = await localServer((request, response) =>
    answering(status(), JSON_TYPE, '{}')(request, response),
  );
  const system = upstream(server.url, { clock: () => clock.now });
  system.denied('Mend the token.');
  clock.now += 30_000;
  // As every client does: it judges the answer.
  const ask = async (): Promise<number> => {
    const answer = await system.call(READ);
    if (answer.status === 401) throw system.denied('Mend the token.');
    return answer.status;
  };
  return { server, ask };
}

describe('after refused credentials were held back', () => {
  test('one call probes: still refused, the others are never sent', async () => {
    const { server, ask } = await heldBack(() => 401);
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => failure(ask())));
    expect(outcomes.every((error) => error instanceof CredentialsRefused)).toBe(true);
    expect(server.requests()).toBe(1);
  });
  test('one call probes: accepted, the others follow', async () => {
    const { server, ask } = await heldBack(() => 200);
    expect(await Promise.all(Array.from({ length: 6 }, ask))).toEqual([200, 200, 200, 200, 200, 200]);
    expect(server.requests()).toBe(6);
  });
  test('a probe that gets no sensible answer is followed by another', async () => {
    let count = 0;
    const { ask } = await heldBack(() => {
      count += 1;
      return count === 1 ? 502 : 200;
    });
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([200, 200, 200]);
  });
});

test('a refused credential holds back its own calls alone', async () => {
  const server = await localServer(answering(200, JSON_TYPE, '{}'));
  const system = upstream(server.url);
  system.denied('Mend the read token.', 'reading');
  expect(await failure(system.call({ ...READ, credential: 'reading' }))).toBeInstanceOf(CredentialsRefused);
  expect((await system.call(WRITE)).status).toBe(200);
  expect(system.state).toEqual({ ok: false, message: 'Mend the read token.' });
});

describe('an answer that makes no sense', () => {
  test.each([301, 302, 303, 307, 308])('a redirect (%i) is not followed', async (status) => {
    const elsewhere = await localServer(answering(200, JSON_TYPE, '{}'));
    const server = await localServer(answering(status, { location: `${elsewhere.url}/login` }));
    const error = await failure(upstream(server.url).call(WRITE));
    expect(error).toBeInstanceOf(OutcomeUnknown);
    expect(error.message).toContain('redirect');
    expect(await failure(upstream(server.url).call(READ))).toBeInstanceOf(UpstreamUnavailable);
    expect(elsewhere.requests()).toBe(0);
  });
  test.each([
    ['a web page', { 'content-type': 'text/html' }, '<html>{"id":1}</html>'],
    ['JSON under another type', { 'content-type': 'text/plain' }, '{"id":1}'],
    ['half a document', JSON_TYPE, '{"id":'],
    ['a missing field', JSON_TYPE, '{"name":"x"}'],
    ['an empty body', JSON_TYPE, ''],
  ])('%s is unknown for a side effect, unavailable for a read', async (_what, headers, body) => {
    const server = await localServer(answering(200, headers, body));
    const system = upstream(server.url);
    const schema = z.object({ id: z.number() });
    const answer = await system.call(WRITE);
    expect(() => system.parse(WRITE, answer, schema)).toThrow(OutcomeUnknown);
    expect(() => system.parse(READ, answer, schema)).toThrow(UpstreamUnavailable);
  });
  test('a body over the cap is cut off, declared or not', async () => {
    const declared = await localServer(answering(200, JSON_TYPE, 'x'.repeat(10_001)));
    const endless = await localServer((_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (response.write('x'.repeat(4_096)));
      };
      response.on('drain', more);
      more();
    });
    for (const server of [declared, endless]) {
      const error = await failure(upstream(server.url).call(WRITE));
      expect(error).toBeInstanceOf(OutcomeUnknown);
      expect(error.message).toContain('larger than 10000 bytes');
      expect(await failure(upstream(server.url).call(READ))).toBeInstanceOf(UpstreamUnavailable);
    }
  });
  test('a body of exactly the cap is read', async () => {
    const server = await localServer(answering(200, JSON_TYPE, 'x'.repeat(10_000)));
    expect((await upstream(server.url).call(READ)).body).toHaveLength(10_000);
  });
});

describe('the breaker', () => {
  // Its own clock is the system's; real time would make these tests slow.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW }));
  afterEach(() => void vi.useRealTimers());

  test('opens after five failures in a row, spares the system, and closes after a good probe', async () => {
    let status = 500;
    const server = await localServer((request, response) =>
      answering(status, JSON_TYPE, '{}')(request, response),
    );
    const system = upstream(server.url, { clock: () => Date.now() });
    for (let count = 0; count < 5; count += 1) {
      expect(await failure(system.call(WRITE))).toBeInstanceOf(OutcomeUnknown);
    }
    expect(system.state).toEqual({ ok: false, message: 'GitLab is failing' });
    const held = await failure(system.call(WRITE));
    expect(held).toMatchObject({ name: 'UpstreamUnavailable', burnsAttempt: false });
    expect(server.requests()).toBe(5);
    status = 200;
    vi.setSystemTime(NOW + 10_001);
    expect((await system.call(WRITE)).status).toBe(200);
    expect(system.state.ok).toBe(true);
    expect((await system.call(WRITE)).status).toBe(200);
  });
  test('stays open where the probe fails', async () => {
    const server = await localServer(answering(500, {}));
    const system = upstream(server.url, { clock: () => Date.now() });
    for (let count = 0; count < 5; count += 1) await failure(system.call(WRITE));
    vi.setSystemTime(NOW + 10_001);
    await failure(system.call(WRITE));
    await failure(system.call(WRITE));
    expect(server.requests()).toBe(6);
  });
  test('is not moved by answers that say no, nor by limits', async () => {
    const server = await localServer(answering(404, JSON_TYPE, '{}'));
    const system = upstream(server.url);
    for (let count = 0; count < 12; count += 1) await system.call(WRITE);
    expect(system.state.ok).toBe(true);
    expect(server.requests()).toBe(12);
  });
  test('is closed again by one success among the failures', async () => {
    let count = 0;
    const server = await localServer((request, response) => {
      count += 1;
      answering(count === 4 ? 200 : 500, JSON_TYPE, '{}')(request, response);
    });
    const system = upstream(server.url);
    for (let call = 0; call < 8; call += 1) await system.call(WRITE).catch(() => undefined);
    expect(server.requests()).toBe(8);
  });
});
