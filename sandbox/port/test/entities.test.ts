import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { PortStandIn } from '../server.ts';
import { sampleAction, SAMPLE, standIn, text, type Call } from './stand-in.ts';

let port: PortStandIn;
let call: Call;
const ENTITIES = '/blueprints/sample/entities';

beforeEach(async () => {
  ({ port, call } = await standIn());
  await call('POST', '/blueprints', SAMPLE);
});

describe('writing one entity', () => {
  test('creating is 201; creating again without upsert is 409', async () => {
    const created = await call('POST', ENTITIES, { identifier: 'a', properties: { name: 'A' } });
    expect(created.status).toBe(201);
    expect(created.json).toMatchObject({
      ok: true,
      entity: { identifier: 'a', title: 'a', properties: { name: 'A' } },
    });
    const again = await call('POST', ENTITIES, { identifier: 'a' });
    expect(again.status).toBe(409);
    expect(again.json).toMatchObject({ ok: false, error: 'identifier_taken' });
  });

  test('upsert without merge overwrites the whole entity', async () => {
    await call('POST', ENTITIES, {
      identifier: 'a',
      title: 'First',
      properties: { name: 'A', active: true },
    });
    await call('POST', `${ENTITIES}?upsert=true`, { identifier: 'a', properties: { active: false } });
    expect(port.entities('sample')).toMatchObject([{ title: 'a', properties: { active: false } }]);
    expect(port.entities('sample')[0]?.properties).not.toHaveProperty('name');
  });

  test('upsert with merge keeps what is not sent, and null clears a property', async () => {
    await call('POST', ENTITIES, {
      identifier: 'a',
      title: 'First',
      properties: { name: 'A', active: true },
    });
    await call('POST', `${ENTITIES}?upsert=true&merge=true`, {
      identifier: 'a',
      properties: { name: null, level: 'low' },
    });
    expect(port.entities('sample')).toMatchObject([
      { title: 'First', properties: { active: true, level: 'low' } },
    ]);
    expect(port.entities('sample')[0]?.properties).not.toHaveProperty('name');
  });

  test.each([
    ['a property that the blueprint does not know', { extra: 1 }],
    ['a wrong type', { active: 'true' }],
    ['a value outside the enum', { level: 'medium' }],
    ['a date-time without a time zone', { since: '2026-11-21 09:00:00' }],
  ])('%s is 422 and leaves the entity as it was', async (_what, properties) => {
    await call('POST', ENTITIES, { identifier: 'a', properties: { name: 'A' } });
    const answer = await call('POST', `${ENTITIES}?upsert=true&merge=true`, { identifier: 'a', properties });
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({ ok: false, error: 'invalid_request', message: expect.any(String) });
    expect(port.entities('sample')[0]?.properties).toEqual({ name: 'A' });
  });

  test.each(['..', 'with space', 'semi;colon', 'x'.repeat(1001)])(
    'the identifier %j is 422',
    async (identifier) => {
      expect((await call('POST', ENTITIES, { identifier })).status).toBe(422);
    },
  );

  test('a date-time with an offset and every allowed sign in an identifier are accepted', async () => {
    const properties = { since: '2026-11-21T10:00:00+01:00' };
    const answer = await call('POST', ENTITIES, { identifier: 'Ä9@_.+:\\/=-', properties });
    expect(answer.status).toBe(201);
  });

  test('PATCH merges, PUT replaces, and both are 404 for an entity that is not there', async () => {
    await call('POST', ENTITIES, { identifier: 'a', properties: { name: 'A', active: true } });
    await call('PATCH', `${ENTITIES}/a`, { properties: { active: false } });
    expect(port.entities('sample')[0]?.properties).toEqual({ name: 'A', active: false });
    await call('PUT', `${ENTITIES}/a`, { identifier: 'a', properties: { level: 'high' } });
    expect(port.entities('sample')[0]?.properties).toEqual({ level: 'high' });
    expect((await call('PATCH', `${ENTITIES}/b`, {})).status).toBe(404);
    expect((await call('PUT', `${ENTITIES}/b`, {})).status).toBe(404);
  });

  test('a relation must be known and its target must exist, unless missing ones are asked for', async () => {
    const child = { identifier: 'child', relations: { parent: 'p' } };
    expect((await call('POST', ENTITIES, child)).status).toBe(404);
    expect((await call('POST', ENTITIES, { identifier: 'c', relations: { other: 'p' } })).status).toBe(422);
    expect((await call('POST', `${ENTITIES}?create_missing_related_entities=true`, child)).status).toBe(201);
    expect(
      port
        .entities('sample')
        .map((each) => each.identifier)
        .toSorted(),
    ).toEqual(['child', 'p']);
    expect((await call('DELETE', `${ENTITIES}/p`)).status).toBe(422);
    expect((await call('DELETE', `${ENTITIES}/p?delete_dependents=true`)).status).toBe(200);
    expect(port.entities('sample')).toEqual([]);
  });

  test('validation_only judges and writes nothing', async () => {
    expect((await call('POST', `${ENTITIES}?validation_only=true`, { identifier: 'a' })).status).toBe(201);
    expect(
      (await call('POST', `${ENTITIES}?validation_only=true`, { identifier: 'a', properties: { x: 1 } }))
        .status,
    ).toBe(422);
    expect(port.entities('sample')).toEqual([]);
  });

  test('run_id is accepted only while that run is in progress', async () => {
    await call(
      'POST',
      '/actions',
      sampleAction('http://127.0.0.1:9/', { invocationMethod: { type: 'KAFKA' } }),
    );
    const run = text((await call('POST', '/actions/do_it/runs', { properties: {} })).json, 'run', 'id');
    expect((await call('POST', `${ENTITIES}?run_id=${run}`, { identifier: 'a' })).status).toBe(201);
    await call('PATCH', `/actions/runs/${run}`, { status: 'SUCCESS' });
    expect((await call('POST', `${ENTITIES}?run_id=${run}`, { identifier: 'b' })).status).toBe(422);
    expect((await call('POST', `${ENTITIES}?run_id=r_none`, { identifier: 'b' })).status).toBe(404);
    expect(port.entities('sample').map((each) => each.identifier)).toEqual(['a']);
  });
});

describe('bulk', () => {
  test('a partial failure is 207 with errors matched by index, the rest being written', async () => {
    const entities = [
      { identifier: 'a' },
      { identifier: 'b', properties: { level: 'medium' } },
      { identifier: 'c' },
    ];
    const answer = await call('POST', `${ENTITIES}/bulk?upsert=true&merge=true`, { entities });
    expect(answer.status).toBe(207);
    expect(answer.json).toMatchObject({
      ok: false,
      entities: [
        { created: true, identifier: 'a', index: 0 },
        { created: true, identifier: 'c', index: 2 },
      ],
      errors: [{ identifier: 'b', index: 1, statusCode: 422, error: 'invalid_request' }],
    });
    expect(port.entities('sample').map((each) => each.identifier)).toEqual(['a', 'c']);
  });

  test('all good is 200, and a second time the entities are not created anew', async () => {
    const entities = [{ identifier: 'a' }];
    expect((await call('POST', `${ENTITIES}/bulk?upsert=true`, { entities })).status).toBe(200);
    const again = await call('POST', `${ENTITIES}/bulk?upsert=true`, { entities });
    expect(again.json).toMatchObject({ ok: true, entities: [{ created: false, index: 0 }], errors: [] });
  });

  test('more than 20 entities, or none, is 422 and writes nothing', async () => {
    const entities = Array.from({ length: 21 }, (_, index) => ({ identifier: `e${index}` }));
    expect((await call('POST', `${ENTITIES}/bulk?upsert=true`, { entities })).status).toBe(422);
    expect((await call('POST', `${ENTITIES}/bulk`, { entities: [] })).status).toBe(422);
    expect(port.entities('sample')).toEqual([]);
  });

  test('bulk delete tells which were there, and takes at most 100', async () => {
    await call('POST', `${ENTITIES}/bulk`, { entities: [{ identifier: 'a' }, { identifier: 'b' }] });
    const path = '/blueprints/sample/bulk/entities/delete';
    const answer = await call('POST', path, { entities: ['a', 'gone'] });
    expect(answer.json).toEqual({ ok: true, deletedEntities: ['a'] });
    expect((await call('POST', path, { entities: Array.from({ length: 101 }, String) })).status).toBe(422);
  });
});

describe('bulk delete of an entity that others point at', () => {
  const path = '/blueprints/sample/bulk/entities/delete';
  const child = { identifier: 'child', relations: { parent: 'p' } };

  test('deletes none, unless its dependents are to go too', async () => {
    await call('POST', `${ENTITIES}/bulk`, { entities: [{ identifier: 'a' }, { identifier: 'p' }, child] });
    expect((await call('POST', path, { entities: ['a', 'p'] })).status).toBe(422);
    expect(port.entities('sample')).toHaveLength(3);
    const all = await call('POST', `${path}?delete_dependents=true`, { entities: ['p', 'child', 'p'] });
    expect(all.json).toEqual({ ok: true, deletedEntities: ['p', 'child'] });
    expect(port.entities('sample').map((each) => each.identifier)).toEqual(['a']);
  });
});

describe('search', () => {
  test('pages by limit and next until every match was given once', async () => {
    const entities = Array.from({ length: 7 }, (_, index) => ({
      identifier: `e${index}`,
      properties: { active: index > 1 },
    }));
    await call('POST', `${ENTITIES}/bulk`, { entities });
    const rules = [{ property: 'active', operator: '=', value: true }];
    const page = z.object({
      entities: z.array(z.object({ identifier: z.string() })),
      next: z.string().optional(),
    });
    const sizes: number[] = [];
    const seen: string[] = [];
    let from: string | undefined;
    do {
      const query = { combinator: 'and', rules };
      const answer = await call('POST', `${ENTITIES}/search`, { query, limit: 2, from });
      const { entities: found, next } = page.parse(answer.json);
      seen.push(...found.map((each) => each.identifier));
      sizes.push(found.length);
      from = next;
    } while (from !== undefined);
    expect(sizes).toEqual([2, 2, 1]);
    expect(seen).toEqual(['e2', 'e3', 'e4', 'e5', 'e6']);
  });

  test('rules reach $identifier, $blueprint and nested groups; include narrows the answer', async () => {
    await call('POST', `${ENTITIES}/bulk`, {
      entities: [{ identifier: 'a', properties: { name: 'A', level: 'low' } }, { identifier: 'b' }],
    });
    const query = {
      combinator: 'and',
      rules: [
        { property: '$blueprint', operator: '=', value: 'sample' },
        {
          combinator: 'or',
          rules: [
            { property: '$identifier', operator: '=', value: 'a' },
            { property: '$identifier', operator: '=', value: 'z' },
          ],
        },
      ],
    };
    const { json } = await call('POST', `${ENTITIES}/search`, { query, include: ['$identifier', 'level'] });
    expect(json).toEqual({ ok: true, entities: [{ identifier: 'a', properties: { level: 'low' } }] });
    expect((await call('POST', `${ENTITIES}/search`, { query: { rules: [] } })).status).toBe(422);
    expect((await call('POST', `${ENTITIES}/search`, { limit: 1001 })).status).toBe(422);
  });
});

describe('blueprints', () => {
  test('create, read, change, patch and delete; one with entities is not deleted', async () => {
    expect((await call('POST', '/blueprints', SAMPLE)).status).toBe(409);
    const patched = await call('PATCH', '/blueprints/sample', { title: 'Renamed' });
    expect(patched.json).toMatchObject({ blueprint: { title: 'Renamed', schema: SAMPLE.schema } });
    await call('PUT', '/blueprints/sample', {
      title: 'Replaced',
      schema: { properties: { only: { type: 'number' } } },
    });
    expect((await call('POST', ENTITIES, { identifier: 'a', properties: { name: 'x' } })).status).toBe(422);
    expect((await call('POST', ENTITIES, { identifier: 'a', properties: { only: 1 } })).status).toBe(201);
    expect((await call('GET', '/blueprints/sample/entities-count')).json).toEqual({ ok: true, count: 1 });
    expect((await call('DELETE', '/blueprints/sample')).status).toBe(422);
    await call('DELETE', `${ENTITIES}/a`);
    expect((await call('DELETE', '/blueprints/sample')).status).toBe(200);
    expect((await call('GET', '/blueprints/sample')).status).toBe(404);
  });
});
