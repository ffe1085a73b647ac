import { Hono, type Context } from 'hono';
import { subjectOf } from '../../lib/http-faults.ts';
import { shownEntity } from '../engine/calculated.ts';
import { createBlueprint, deleteBlueprint, replaceBlueprint } from '../state/definitions.ts';
import {
  changeEntity,
  deleteEntity,
  deleteMany,
  writeEntity,
  writeMany,
  type WriteOptions,
} from '../state/entities.ts';
import { parse } from './errors.ts';
import { queryFlag, readJson, type Env } from './http.ts';
import {
  blueprintBody,
  blueprintInput,
  blueprintPatch,
  bulkDeleteInput,
  bulkInput,
  entityInput,
  type Entity,
} from '../state/model.ts';
import type { Organisation } from '../state/organisation.ts';
import { globalSearchInput, matches, searchInput, searchPage } from '../state/search.ts';
import { blueprintOf, entityOf, listEntities } from '../state/store.ts';

/** Blueprints, entities and the search over them. */
export function catalogRoutes(org: Organisation): Hono<Env> {
  const routes = new Hono<Env>();
  blueprintRoutes(routes, org);
  entityRoutes(routes, org);
  bulkRoutes(routes, org);
  searchRoutes(routes, org);
  return routes;
}

function blueprintRoutes(routes: Hono<Env>, org: Organisation): void {
  routes.get('/blueprints', (c) => c.json({ ok: true, blueprints: [...org.store.blueprints.values()] }));
  routes.post('/blueprints', async (c) => {
    const input = parse(blueprintInput, await readJson(c));
    return c.json({ ok: true, blueprint: createBlueprint(org, input, c.get('actor')) }, 201);
  });
  routes.get('/blueprints/:blueprint', (c) =>
    c.json({ ok: true, blueprint: blueprintOf(org.store, c.req.param('blueprint')) }),
  );
  routes.put('/blueprints/:blueprint', async (c) => {
    const identifier = c.req.param('blueprint');
    const input = { ...parse(blueprintBody, await readJson(c)), identifier };
    return c.json({ ok: true, blueprint: replaceBlueprint(org, input, c.get('actor')) });
  });
  routes.patch('/blueprints/:blueprint', async (c) => {
    const identifier = c.req.param('blueprint');
    const patch = parse(blueprintPatch, await readJson(c));
    const {
      createdAt: _a,
      createdBy: _b,
      updatedAt: _c,
      updatedBy: _d,
      ...before
    } = blueprintOf(org.store, identifier);
    const input = parse(blueprintInput, { ...before, ...patch, identifier });
    return c.json({ ok: true, blueprint: replaceBlueprint(org, input, c.get('actor')) });
  });
  routes.delete('/blueprints/:blueprint', (c) => {
    deleteBlueprint(org, c.req.param('blueprint'), queryFlag(c, 'delete_actions'));
    return c.json({ ok: true });
  });
}

function entityRoutes(routes: Hono<Env>, org: Organisation): void {
  const many = '/blueprints/:blueprint/entities';
  const one = '/blueprints/:blueprint/entities/:entity';
  routes.get(many, (c) => {
    const blueprint = blueprintOf(org.store, c.req.param('blueprint')).identifier;
    return c.json({
      ok: true,
      entities: listEntities(org.store, blueprint).map((each) => pick(each, chosen(c))),
    });
  });
  routes.post(many, async (c) => {
    const input = parse(entityInput, await readJson(c));
    const written = writeEntity(org, c.req.param('blueprint'), input, writeOptions(c), c.get('actor'));
    return c.json({ ok: true, entity: written.entity }, 201);
  });
  routes.get('/blueprints/:blueprint/entities-count', (c) => {
    const blueprint = blueprintOf(org.store, c.req.param('blueprint')).identifier;
    return c.json({ ok: true, count: listEntities(org.store, blueprint).length });
  });
  routes.get(one, async (c) => {
    const stored = entityOf(org.store, c.req.param('blueprint'), c.req.param('entity'));
    const entity = await shownEntity(org, stored);
    return c.json({ ok: true, entity: pick(entity, chosen(c)) });
  });
  routes.on(['PATCH', 'PUT'], one, async (c) => {
    const { blueprint, entity } = c.req.param();
    const input = parse(entityInput, await readJson(c));
    const { createMissingRelated, runId } = writeOptions(c);
    const options = {
      merge: c.req.method === 'PATCH',
      ...(createMissingRelated === undefined ? {} : { createMissingRelated }),
      ...(runId === undefined ? {} : { runId }),
    };
    return c.json({ ok: true, entity: changeEntity(org, blueprint, entity, input, options, c.get('actor')) });
  });
  routes.delete(one, (c) => {
    const { blueprint, entity } = c.req.param();
    deleteEntity(org, blueprint, entity, deleteOptions(c), c.get('actor'));
    return c.json({ ok: true });
  });
}

function bulkRoutes(routes: Hono<Env>, org: Organisation): void {
  routes.post('/blueprints/:blueprint/entities/bulk', async (c) => {
    const { entities } = parse(bulkInput, await readJson(c));
    const fault = org.faults.take(subjectOf(c), 'partial');
    const refuse = (identifier: string) =>
      fault?.identifiers.includes(identifier) === true
        ? { statusCode: fault.statusCode, error: fault.error, message: fault.message }
        : undefined;
    const blueprint = c.req.param('blueprint');
    const items = writeMany(org, blueprint, entities, writeOptions(c), c.get('actor'), refuse);
    const failed = items.filter((item) => !item.ok);
    const body = {
      ok: failed.length === 0,
      entities: items.filter((item) => item.ok).map(({ ok: _ok, ...item }) => item),
      errors: failed.map(({ ok: _ok, ...item }) => item),
    };
    return c.json(body, failed.length === 0 ? 200 : 207);
  });
  routes.post('/blueprints/:blueprint/bulk/entities/delete', async (c) => {
    const { entities } = parse(bulkDeleteInput, await readJson(c));
    const blueprint = c.req.param('blueprint');
    const deletedEntities = deleteMany(org, blueprint, entities, deleteOptions(c), c.get('actor'));
    return c.json({ ok: true, deletedEntities });
  });
}

function searchRoutes(routes: Hono<Env>, org: Organisation): void {
  routes.post('/blueprints/:blueprint/entities/search', async (c) => {
    const blueprint = blueprintOf(org.store, c.req.param('blueprint')).identifier;
    const search = parse(searchInput, await readJson(c));
    const page = searchPage(listEntities(org.store, blueprint), search);
    const entities = page.entities.map((each) => pick(each, search));
    return c.json({ ok: true, entities, ...(page.next === undefined ? {} : { next: page.next }) });
  });
  routes.post('/entities/search', async (c) => {
    const search = parse(globalSearchInput, await readJson(c));
    const all = [...org.store.blueprints.keys()].flatMap((each) => listEntities(org.store, each));
    const entities = all.filter((each) => matches(each, search));
    return c.json({
      ok: true,
      matchingBlueprints: [...new Set(entities.map((each) => each.blueprint))],
      entities: entities.map((each) => pick(each, chosen(c))),
    });
  });
}

interface Chosen {
  include?: string[] | undefined;
  exclude?: string[] | undefined;
}

function chosen(c: Context<Env>): Chosen {
  return { include: c.req.queries('include'), exclude: c.req.queries('exclude') };
}

// `include` and `exclude` name fields of the entity, or properties; meta fields carry a `$`.
function pick(entity: Entity, { include, exclude }: Chosen): Record<string, unknown> {
  const wanted = (name: string) =>
    (include === undefined || include.some((each) => plain(each) === name)) &&
    !(exclude ?? []).some((each) => plain(each) === name);
  const properties = Object.entries(entity.properties).filter(
    ([name]) => wanted(name) || includesAll(include),
  );
  const fields = Object.entries(entity).filter(([name]) => name === 'properties' || wanted(name));
  return { ...Object.fromEntries(fields), properties: Object.fromEntries(properties) };
}

function includesAll(include: string[] | undefined): boolean {
  return include?.some((each) => plain(each) === 'properties') === true;
}

function plain(name: string): string {
  return name.replace(/^\$|^properties\./, '');
}

function writeOptions(c: Context<Env>): WriteOptions {
  const runId = c.req.query('run_id');
  return {
    upsert: queryFlag(c, 'upsert'),
    merge: queryFlag(c, 'merge'),
    validationOnly: queryFlag(c, 'validation_only'),
    createMissingRelated: queryFlag(c, 'create_missing_related_entities'),
    ...(runId === undefined ? {} : { runId }),
  };
}

function deleteOptions(c: Context<Env>): { dependents: boolean; runId?: string } {
  const runId = c.req.query('run_id');
  return { dependents: queryFlag(c, 'delete_dependents'), ...(runId === undefined ? {} : { runId }) };
}
