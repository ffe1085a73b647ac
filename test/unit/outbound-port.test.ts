import type { IncomingMessage } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { RequestRefused, UpstreamUnavailable } from '../../bridge/model/errors.ts';
import { type Entity, Port } from '../../bridge/outbound/port.ts';
import { Redactor } from '../../bridge/outbound/redactor.ts';
import { startPort } from '../../sandbox/port/server.ts';
import { until } from '../support/until.ts';
import { answering, localServer } from './local-server.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const BLUEPRINT = {
  identifier: 'change',
  title: 'Change',
  schema: { properties: { n: { type: 'string' }, on: { type: 'boolean' } }, required: [] },
};
const bulkBody = z.object({
  entities: z.array(z.object({ identifier: z.string(), properties: z.record(z.string(), z.unknown()) })),
});
type Bulk = z.output<typeof bulkBody>['entities'];

function entity(identifier: string, properties: Entity['properties'] = {}): Entity {
  return { identifier, title: identifier, properties };
}
function entities(count: number, name = 'e'): Entity[] {
  return Array.from({ length: count }, (_, index) => entity(`${name}${index}`));
}

function client(apiUrl: string, connections?: number, clock = Date.now): Port {
  const port = new Port({
    apiUrl,
    clientId: 'client',
    clientSecret: 'client-secret',
    blueprint: 'change',
    clock,
    timeoutMs: 10_000,
    redactor: new Redactor([]),
    ...(connections === undefined ? {} : { connections }),
  });
  onTestFinished(() => port.close());
  return port;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

/** A Port that keeps each bulk upsert waiting until it is let go: `let(n)` answers the n-th one. */
async function gatedPort(connections: number) {
  const bulks: Bulk[] = [];
  const gates: (() => void)[] = [];
  let tokens = 0;
  const server = await localServer((request, response) => {
    if (request.url?.endsWith('/auth/access_token')) {
      tokens += 1;
      return answering(200, JSON_TYPE, '{"accessToken":"t","expiresIn":9000}')(request, response);
    }
    if (!request.url?.includes('/bulk')) return answering(200, JSON_TYPE, '{"runs":[]}')(request, response);
    void textOf(request).then((text) => {
      bulks.push(bulkBody.parse(JSON.parse(text)).entities);
      gates.push(() => {
        if (response.headersSent) return;
        answering(200, JSON_TYPE, '{"ok":true,"entities":[],"errors":[]}')(request, response);
      });
    });
  });
  const port = client(server.url, connections);
  return {
    port,
    bulks,
    tokens: () => tokens,
    ids: () => bulks.map((bulk) => bulk.map((each) => each.identifier)),
    arrived: (count: number) => until(`${count} bulks`, () => bulks.length >= count),
    letGo: (index: number) => gates[index]?.(),
    letAllGo: async (done: Promise<unknown>) => {
      let ended = false;
      void done.finally(() => (ended = true));
      await until('all bulks are answered', () => {
        for (const gate of gates) gate();
        return ended;
      });
    },
  };
}

describe('bulks', () => {
  test('go out full: any number of entities takes a twentieth of so many requests', async () => {
    const gated = await gatedPort(6);
    const done = gated.port.upsertMany(entities(207));
    await gated.letAllGo(done);
    expect(await done).toEqual(Array.from({ length: 207 }, () => true));
    expect(gated.bulks.map((bulk) => bulk.length)).toEqual([...Array.from({ length: 10 }, () => 20), 7]);
    expect(gated.tokens()).toBe(1);
  });

  test('fill while all connections are busy, and one goes at once when a connection is free', async () => {
    const gated = await gatedPort(6);
    const done = [gated.port.upsert(entity('a'))];
    await gated.arrived(1);
    done.push(gated.port.upsert(entity('b')));
    await gated.arrived(2);
    for (const late of entities(25, 'late')) {
      done.push(gated.port.upsert(late));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(gated.ids()).toEqual([['a'], ['b']]);
    gated.letGo(0);
    await gated.arrived(3);
    expect(gated.bulks[2]).toHaveLength(20);
    gated.letGo(1);
    await gated.arrived(4);
    expect(gated.bulks[3]).toHaveLength(5);
    await gated.letAllGo(Promise.all(done));
  });

  test('leave two connections to runs, and two to urgent entities', async () => {
    const gated = await gatedPort(6);
    const done: Promise<unknown>[] = [gated.port.upsertMany(entities(200))];
    await gated.arrived(2);
    expect(await gated.port.openRuns('approve')).toEqual([]);
    expect(gated.bulks).toHaveLength(2);
    done.push(gated.port.upsert(entity('decided'), { urgent: true }));
    await gated.arrived(3);
    done.push(gated.port.upsert(entity('decided too'), { urgent: true }));
    await gated.arrived(4);
    done.push(gated.port.upsert(entity('third'), { urgent: true }));
    expect(await gated.port.openRuns('approve')).toEqual([]);
    expect(gated.ids().slice(2)).toEqual([['decided'], ['decided too']]);
    await gated.letAllGo(Promise.all(done));
  });

  test('urgent entities go ahead of everything that waits', async () => {
    const gated = await gatedPort(3);
    const done: Promise<unknown>[] = [gated.port.upsertMany(entities(100))];
    await gated.arrived(1);
    done.push(gated.port.upsert(entity('decided'), { urgent: true }));
    gated.letGo(0);
    await gated.arrived(2);
    expect(gated.ids()[1]?.[0]).toBe('decided');
    await gated.letAllGo(Promise.all(done));
  });

  test('an entity that waits is moved ahead when it becomes urgent, and is sent once, as it is by then', async () => {
    const gated = await gatedPort(3);
    const done: Promise<unknown>[] = [gated.port.upsertMany(entities(60))];
    await gated.arrived(1);
    done.push(gated.port.upsert(entity('e59', { n: 'new', on: true }), { urgent: true }));
    done.push(gated.port.upsert(entity('e59', { n: 'newest' })));
    gated.letGo(0);
    await gated.arrived(2);
    expect(gated.bulks[1]?.[0]).toMatchObject({ identifier: 'e59', properties: { n: 'newest', on: true } });
    await gated.letAllGo(Promise.all(done));
    expect(
      gated
        .ids()
        .flat()
        .filter((id) => id === 'e59'),
    ).toHaveLength(1);
  });

  test('a newer state of an entity is never under way beside an older one', async () => {
    const gated = await gatedPort(6);
    const done = [gated.port.upsert(entity('a', { n: 'old' }))];
    await gated.arrived(1);
    done.push(gated.port.upsert(entity('a', { n: 'new' })), gated.port.upsert(entity('b')));
    await gated.arrived(2);
    expect(gated.ids()).toEqual([['a'], ['b']]);
    gated.letGo(0);
    await gated.arrived(3);
    expect(gated.bulks[2]).toMatchObject([{ identifier: 'a', properties: { n: 'new' } }]);
    await gated.letAllGo(Promise.all(done));
  });
});

/** The stand-in, with the blueprint that the client writes to. */
async function standIn() {
  const server = await startPort({ clientId: 'client', clientSecret: 'client-secret' });
  onTestFinished(() => server.close());
  const signIn = await fetch(`${server.url}/auth/access_token`, {
    method: 'POST',
    headers: JSON_TYPE,
    body: JSON.stringify({ clientId: 'client', clientSecret: 'client-secret' }),
  });
  const { accessToken } = z.object({ accessToken: z.string() }).parse(await signIn.json());
  const made = await fetch(`${server.url}/blueprints`, {
    method: 'POST',
    headers: { ...JSON_TYPE, authorization: `Bearer ${accessToken}` },
    body: JSON.stringify({
      ...BLUEPRINT,
      relations: { parent: { target: 'change', many: false, required: false } },
    }),
  });
  expect(made.status).toBe(201);
  return server;
}

test('each entity has its own outcome, also where Port refuses some of a bulk (207)', async () => {
  const server = await standIn();
  const port = client(server.url);
  const some = entities(45).map((each, index) =>
    index % 11 === 3 ? entity(each.identifier, { unknown: 'x' }) : each,
  );
  const outcomes = await port.upsertMany(some);
  outcomes.forEach((outcome, index) => {
    if (index % 11 === 3) expect(outcome).toBeInstanceOf(RequestRefused);
    else expect(outcome).toBe(true);
  });
  expect(server.entities('change')).toHaveLength(41);
  await expect(port.upsert(entity('bad', { unknown: 'x' }))).rejects.toThrow(RequestRefused);
});

test('an identifier that Port refuses (422 for the whole bulk) costs no other entity', async () => {
  const server = await standIn();
  const outcomes = await client(server.url).upsertMany([...entities(21), entity('not allowed;')]);
  expect(outcomes.slice(0, 21)).toEqual(Array.from({ length: 21 }, () => true));
  expect(outcomes[21]).toBeInstanceOf(RequestRefused);
});

test('a rate limit (429) fails what waits at once, and nothing is sent before it is over', async () => {
  const server = await standIn();
  let now = 1_800_000_000_000;
  const port = client(server.url, 3, () => now);
  await port.upsert(entity('first'));
  server.faults.add({ kind: '429', times: 1, reset: 7 });
  const outcomes = await port.upsertMany(entities(100));
  for (const outcome of outcomes) {
    expect(outcome).toBeInstanceOf(UpstreamUnavailable);
    expect(outcome).toMatchObject({ retryAfterMs: 7_000, burnsAttempt: false });
  }
  expect(server.requests.filter((request) => request.path.endsWith('/bulk'))).toHaveLength(2);
  now += 7_001;
  expect(await port.upsertMany(entities(100))).toEqual(Array.from({ length: 100 }, () => true));
});

test('entities are listed in pages of a thousand', async () => {
  const server = await standIn();
  for (const each of entities(2_300)) server.putEntity('change', { ...each });
  const port = client(server.url);
  const sizes: number[] = [];
  let from: string | undefined;
  do {
    const page = await port.listEntities(from);
    sizes.push(page.entities.length);
    from = page.next;
  } while (from !== undefined);
  expect(sizes).toEqual([1_000, 1_000, 300]);
});

describe('deleting many', () => {
  test('takes a request for every hundred, and it is no error that some were not there', async () => {
    const server = await standIn();
    for (const each of entities(250)) server.putEntity('change', { ...each });
    const ids = [...entities(240), entity('never')].map((each) => each.identifier);
    expect(await client(server.url).deleteEntities(ids)).toEqual(ids.map(() => true));
    expect(server.entities('change')).toHaveLength(10);
    expect(server.requests.filter((request) => request.path.endsWith('/delete'))).toHaveLength(3);
    expect(await client(server.url).deleteEntities([])).toEqual([]);
  });

  test('one that cannot be deleted is told, and the others are gone', async () => {
    const server = await standIn();
    for (const each of entities(5)) server.putEntity('change', { ...each });
    server.putEntity('change', { identifier: 'child', relations: { parent: 'e2' } });
    const outcomes = await client(server.url).deleteEntities(entities(5).map((each) => each.identifier));
    expect(outcomes.map((outcome) => outcome === true)).toEqual([true, true, false, true, true]);
    expect(server.entities('change').map((each) => each.identifier)).toEqual(['e2', 'child']);
  });

  test('an outage is told of each, and is nobody’s answer', async () => {
    const server = await localServer((request, response) =>
      answering(
        request.url?.includes('token') ? 200 : 503,
        JSON_TYPE,
        '{"accessToken":"t","expiresIn":9000}',
      )(request, response),
    );
    const outcomes = await client(server.url).deleteEntities(['a', 'b']);
    for (const outcome of outcomes) expect(outcome).toBeInstanceOf(UpstreamUnavailable);
  });
});

test('a token that Port revoked is replaced once, however many calls find out', async () => {
  const server = await standIn();
  const port = client(server.url);
  await port.upsert(entity('a'));
  server.expireTokens();
  expect(await port.upsertMany(entities(200))).toEqual(Array.from({ length: 200 }, () => true));
  const signIns = server.requests.filter((request) => request.path.endsWith('/auth/access_token'));
  expect(signIns).toHaveLength(3);
});
