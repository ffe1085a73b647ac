import { describe, expect, test } from 'vitest';
import { accessToken, CLIENT_ID, CLIENT_SECRET, request, standIn } from './stand-in.ts';

const credentials = { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET };

describe('access tokens', () => {
  test('a token lives three hours and the same one is given until it expires', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const { port } = await standIn({ clock: () => now });
    const first = await request(`${port.url}/auth/access_token`, 'POST', credentials);
    expect(first.json).toMatchObject({ ok: true, expiresIn: 10_800, tokenType: 'Bearer' });
    const token = await accessToken(port);
    now += 10_799_000;
    expect(await accessToken(port)).toBe(token);
    now += 1_000;
    expect(await accessToken(port)).not.toBe(token);
    const late = await request(`${port.url}/blueprints`, 'GET', undefined, {
      authorization: `Bearer ${token}`,
    });
    expect(late.status).toBe(401);
  });

  test('wrong credentials, a missing token and a made-up token are 401 in the error shape', async () => {
    const { port } = await standIn();
    const wrong = await request(`${port.url}/auth/access_token`, 'POST', {
      ...credentials,
      clientSecret: 'no',
    });
    const missing = await request(`${port.url}/blueprints`, 'GET');
    const madeUp = await request(`${port.url}/users`, 'GET', undefined, { authorization: 'Bearer abc' });
    for (const answer of [wrong, missing, madeUp]) {
      expect(answer.status).toBe(401);
      expect(answer.json).toEqual({ ok: false, error: 'unauthorized', message: expect.any(String) });
    }
  });

  test('the client secret never shows in the record of requests', async () => {
    const { port } = await standIn();
    const state = await fetch(`${port.origin}/_sandbox/state`);
    expect(port.requests.some((each) => each.path === '/v1/auth/access_token')).toBe(true);
    expect(await state.text()).not.toContain(CLIENT_SECRET);
  });

  test('the record of requests holds the latest ones, as many as asked for', async () => {
    const { port, call } = await standIn({ recordedRequests: 2 });
    for (const path of ['/users', '/blueprints', '/actions']) await call('GET', path);
    expect(port.requests.list().map((each) => each.path)).toEqual(['/v1/blueprints', '/v1/actions']);
  });

  test('users are listed with the asked fields only, ids never being e-mail addresses', async () => {
    const { call } = await standIn();
    const { json } = await call('GET', '/users?fields=id&fields=email');
    expect(json).toEqual({
      ok: true,
      users: [
        { id: expect.stringMatching(/^auth0\|/), email: 'dana@example.com' },
        { id: expect.stringMatching(/^auth0\|/), email: 'petra@example.com' },
      ],
    });
  });
});

describe('limits', () => {
  test('a body over 1 MiB is 413, declared or chunked', async () => {
    const { port, call } = await standIn();
    const tooBig = { identifier: 'x', title: 'y'.repeat(1024 * 1024) };
    expect((await call('POST', '/blueprints', tooBig)).status).toBe(413);
    const chunked = await fetch(`${port.url}/blueprints`, {
      method: 'POST',
      body: new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(JSON.stringify(tooBig)));
          controller.close();
        },
      }),
      duplex: 'half',
    });
    expect(chunked.status).toBe(413);
  });

  test('answers tell what is left of the rate limit, and beyond it they are 429 until the period ends', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const limits = { entities: { limit: 2, period: 300 }, other: { limit: 100, period: 300 } };
    const { call } = await standIn({ clock: () => now, rateLimits: limits });
    await call('POST', '/blueprints', { identifier: 'b', title: 'B', schema: { properties: {} } });
    await call('GET', '/blueprints/b/entities');
    const second = await call('GET', '/blueprints/b/entities');
    expect(second.headers.get('x-ratelimit-limit')).toBe('2');
    expect(second.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(second.headers.get('x-ratelimit-period')).toBe('300');
    const third = await call('GET', '/blueprints/b/entities');
    expect(third.status).toBe(429);
    expect(third.headers.get('x-ratelimit-reset')).toBe('300');
    now += 300_000;
    expect((await call('GET', '/blueprints/b/entities')).status).toBe(200);
  });

  test('a route that does not exist and a body that is no JSON are answered in the error shape', async () => {
    const { port, call } = await standIn();
    expect((await call('GET', '/nothing')).json).toMatchObject({ ok: false, error: 'not_found' });
    const authorization = `Bearer ${await accessToken(port)}`;
    const broken = await fetch(`${port.url}/blueprints`, {
      method: 'POST',
      headers: { authorization },
      body: '{',
    });
    expect(broken.status).toBe(422);
  });
});
