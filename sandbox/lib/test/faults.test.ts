import { Hono } from 'hono';
import { z } from 'zod';
import { describe, expect, test } from 'vitest';
import { FaultSwitch, faultKind } from '../faults.ts';
import { httpFaultKinds, httpFaults } from '../http-faults.ts';
import { listen, type Bindings } from '../listen.ts';

describe('the fault switch', () => {
  test('strikes as often as told, then never again', () => {
    const faults = new FaultSwitch([faultKind('a', {}), faultKind('b', {})]);
    faults.add({ kind: 'a', times: 2 });
    const struck = [1, 2, 3].map(() => faults.take('x', 'a') !== undefined);
    expect(struck).toEqual([true, true, false]);
    expect(faults.list()).toHaveLength(0);
  });

  test('without a number it strikes until it is cleared', () => {
    const faults = new FaultSwitch([faultKind('a', {}), faultKind('b', {})]);
    faults.add({ kind: 'a' });
    faults.add({ kind: 'b' });
    for (let nth = 0; nth < 10; nth += 1) expect(faults.take('x', 'a')).toBeDefined();
    faults.clear('a');
    expect(faults.take('x', 'a')).toBeUndefined();
    expect(faults.take('x', 'b')).toBeDefined();
  });

  test('strikes only the subject that it matches, and the oldest first', () => {
    const faults = new FaultSwitch([faultKind('a', {})]);
    const first = faults.add({ kind: 'a', match: 'POST /v1' });
    const second = faults.add({ kind: 'a' });
    expect(faults.take('GET /v1', 'a')).toBe(second);
    expect(faults.take('POST /v1/x', 'a')).toBe(first);
  });

  test('can be used over HTTP, and refuses an unknown kind with the names it knows', async () => {
    const faults = new FaultSwitch([faultKind('slow', { ms: z.int() }), faultKind('broken', {})]);
    const app = faults.routes();
    const post = (body: object) => app.request('/', { method: 'POST', body: JSON.stringify(body) });
    expect((await post({ kind: 'slow', times: 3, ms: 5 })).status).toBe(201);
    expect(faults.list()).toMatchObject([{ kind: 'slow', timesLeft: 3, ms: 5 }]);
    const refused = await post({ kind: 'odd' });
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('broken')]);
    expect((await app.request('/?kind=slow', { method: 'DELETE' })).status).toBe(204);
    expect(faults.list()).toHaveLength(0);
  });

  test('a DELETE that names an unknown kind removes nothing', async () => {
    const faults = new FaultSwitch([faultKind('slow', {})]);
    faults.add({ kind: 'slow' });
    expect((await faults.routes().request('/?kind=slwo', { method: 'DELETE' })).status).toBe(400);
    expect(faults.list()).toHaveLength(1);
  });
});

async function server() {
  const faults = new FaultSwitch([
    ...httpFaultKinds('reset'),
    faultKind('429', {}),
    faultKind('500', {}),
    faultKind('502', {}),
  ]);
  const seen: string[] = [];
  const app = new Hono<Bindings>();
  app.use(
    '*',
    httpFaults(faults, {
      kinds: () => ['429', '500', '502'],
      answer: (c, { kind }) => new Response(kind, { status: Number(kind) }),
    }),
  );
  app.post('/effect', (c) => {
    seen.push('effect');
    return c.text('done');
  });
  const { url, close } = await listen(app);
  const post = () => fetch(`${url}/effect`, { method: 'POST', signal: AbortSignal.timeout(300) });
  return { faults, seen, post, close, [Symbol.asyncDispose]: close };
}

describe('the HTTP faults', () => {
  test('a refusal has no effect and passes', async () => {
    await using one = await server();
    for (const kind of ['429', '500', '502'] as const) one.faults.add({ kind, times: 1 });
    const statuses = [];
    for (let nth = 0; nth < 4; nth += 1) statuses.push((await one.post()).status);
    expect(statuses).toEqual([429, 500, 502, 200]);
    expect(one.seen).toHaveLength(1);
  });

  test.each([
    ['timeout-before-effect', 'reset', 0],
    ['timeout-before-effect', 'hang', 0],
    ['timeout-after-effect', 'reset', 1],
    ['timeout-after-effect', 'hang', 1],
  ] as const)('%s (%s): no answer, and the effect took place %i times', async (kind, mode, effects) => {
    await using one = await server();
    one.faults.add({ kind, mode, times: 1 });
    await expect(one.post()).rejects.toThrow();
    expect(one.seen).toHaveLength(effects);
    expect((await one.post()).status).toBe(200);
  });

  test('latency delays the answer and keeps it', async () => {
    await using one = await server();
    one.faults.add({ kind: 'latency', ms: 60, times: 1 });
    const started = performance.now();
    expect((await one.post()).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(50);
  });

  test('closing the server ends a hung connection', async () => {
    const one = await server();
    one.faults.add({ kind: 'timeout-before-effect', mode: 'hang' });
    const hung = expect(one.post()).rejects.toThrow();
    await one.close();
    await hung;
  });
});

test('a port that is taken rejects', async () => {
  const app = new Hono();
  const first = await listen(app);
  await expect(listen(app, { port: first.port })).rejects.toThrow('EADDRINUSE');
  await first.close();
});
