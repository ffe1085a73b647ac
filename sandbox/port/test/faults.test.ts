import { describe, expect, test } from 'vitest';
import { accessToken, receiver, request, sampleAction, SAMPLE, standIn } from './stand-in.ts';

const ENTITIES = '/blueprints/sample/entities';

describe('faults', () => {
  test('strike as often as asked, only where they match, and are then used up', async () => {
    const { port, call } = await standIn();
    port.faults.add({ kind: '500', times: 2, match: '^GET /v1/users' });
    expect((await call('GET', '/blueprints')).status).toBe(200);
    expect((await call('GET', '/users')).json).toMatchObject({ ok: false, error: 'internal_error' });
    expect((await call('GET', '/users')).status).toBe(500);
    expect((await call('GET', '/users')).status).toBe(200);
    expect(port.faults.list()).toEqual([]);
  });

  test.each([
    ['seconds', '7'],
    ['epoch', String(Date.parse('2026-01-01T00:00:07Z') / 1000)],
  ] as const)('429 gives the reset as %s', async (format, reset) => {
    const { port, call } = await standIn({ clock: () => Date.parse('2026-01-01T00:00:00Z') });
    port.faults.add({ kind: '429', reset: 7, format });
    const answer = await call('GET', '/users');
    expect(answer.status).toBe(429);
    expect(answer.headers.get('x-ratelimit-reset')).toBe(reset);
    expect(answer.headers.get('x-ratelimit-remaining')).toBe('0');
  });

  test('timeout-after-effect writes and never answers; timeout-before-effect writes nothing', async () => {
    const { port, call } = await standIn();
    await call('POST', '/blueprints', SAMPLE);
    port.faults.add({ kind: 'timeout-after-effect', match: ENTITIES, holdMs: 20 });
    await expect(call('POST', ENTITIES, { identifier: 'after' })).rejects.toThrow();
    port.faults.add({ kind: 'timeout-before-effect', match: ENTITIES, holdMs: 20 });
    await expect(call('POST', ENTITIES, { identifier: 'before' })).rejects.toThrow();
    expect(port.entities('sample').map((each) => each.identifier)).toEqual(['after']);
    expect(
      port.requests
        .list()
        .slice(-2)
        .map((each) => each.status),
    ).toEqual([0, 0]);
  });

  test('an answer that is withheld without limit ends when the caller gives up', async () => {
    const { port } = await standIn();
    const authorization = `Bearer ${await accessToken(port)}`;
    port.faults.add({ kind: 'timeout-before-effect' });
    const call = fetch(`${port.url}/users`, { headers: { authorization }, signal: AbortSignal.timeout(50) });
    await expect(call).rejects.toThrow(/timeout|aborted/i);
    expect((await request(`${port.url}/users`, 'GET', undefined, { authorization })).status).toBe(200);
  });

  test('html is the page of a gateway with 502', async () => {
    const { port, call } = await standIn();
    port.faults.add({ kind: 'html' });
    const answer = await call('GET', '/users');
    expect(answer.status).toBe(502);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(answer.json).toContain('<html>');
  });

  test('partial fails the named entities of a bulk with the given status and writes the others', async () => {
    const { port, call } = await standIn();
    await call('POST', '/blueprints', SAMPLE);
    port.faults.add({ kind: 'partial', identifiers: ['b'], statusCode: 503 });
    const entities = [{ identifier: 'a' }, { identifier: 'b' }];
    const answer = await call('POST', `${ENTITIES}/bulk?upsert=true`, { entities });
    expect(answer.status).toBe(207);
    expect(answer.json).toMatchObject({
      entities: [{ index: 0 }],
      errors: [{ identifier: 'b', index: 1, statusCode: 503 }],
    });
    expect((await call('POST', `${ENTITIES}/bulk?upsert=true`, { entities })).status).toBe(200);
  });

  test('expired-token makes the old token useless and leaves the way to a new one open', async () => {
    const { port, call } = await standIn();
    port.faults.add({ kind: 'expired-token' });
    expect((await call('GET', '/users')).status).toBe(401);
    expect((await call('GET', '/users')).status).toBe(401);
    const authorization = `Bearer ${await accessToken(port)}`;
    expect((await request(`${port.url}/users`, 'GET', undefined, { authorization })).status).toBe(200);
  });

  test('drop-webhook loses the call of one run, which stays in progress', async () => {
    const { port, call } = await standIn();
    const backend = await receiver();
    await call('POST', '/actions', sampleAction(backend.url));
    port.faults.add({ kind: 'drop-webhook', match: '^do_it$' });
    await call('POST', '/actions/do_it/runs', { properties: {} });
    await port.waitIdle();
    await call('POST', '/actions/do_it/runs', { properties: {} });
    await port.waitIdle();
    const [lost, kept] = port.runs();
    expect(port.invocations.map((each) => each.outcome)).toEqual(['dropped', { status: 202 }]);
    expect(lost?.status).toBe('IN_PROGRESS');
    expect(backend.received.map((each) => each.body)).toEqual([JSON.stringify({ runId: kept?.id })]);
  });

  test('latency delays the answer', async () => {
    const { port, call } = await standIn();
    port.faults.add({ kind: 'latency', ms: 60 });
    const before = performance.now();
    await call('GET', '/users');
    expect(performance.now() - before).toBeGreaterThanOrEqual(55);
  });

  test('are switched by HTTP too, and a wrong one is refused', async () => {
    const { port, call } = await standIn();
    const switches = `${port.origin}/_sandbox/faults`;
    expect((await request(switches, 'POST', { kind: '500', match: '(' })).status).toBe(422);
    expect((await request(switches, 'POST', { kind: 'flood' })).status).toBe(422);
    const added = await request(switches, 'POST', { kind: '500', times: 5 });
    expect(added.json).toMatchObject({ faults: [{ kind: '500', times: 5 }] });
    expect((await call('GET', '/users')).status).toBe(500);
    await request(switches, 'DELETE');
    expect((await call('GET', '/users')).status).toBe(200);
  });
});
