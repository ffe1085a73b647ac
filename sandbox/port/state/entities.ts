import { isDeepStrictEqual } from 'node:util';
import { invalid, notFound, PortError, taken } from '../api/errors.ts';
import type { Actor, Blueprint, Entity, EntityInput, JsonObject } from './model.ts';
import type { Organisation } from './organisation.ts';
import { checkProperties } from './schema.ts';
import { authored, blueprintOf, entityOf, newId, runOf } from './store.ts';

export interface WriteOptions {
  upsert?: boolean;
  merge?: boolean;
  validationOnly?: boolean;
  createMissingRelated?: boolean;
  runId?: string;
}

export interface Written {
  entity: Entity;
  created: boolean;
}

/**
 * POST of one entity. Without `upsert` an existing entity is refused; with it the entity is
 * overwritten whole, and only with `merge` as well are the two merged.
 * @throws PortError 404 blueprint or related entity, 409 taken, 422 invalid
 */
export function writeEntity(
  org: Organisation,
  blueprintId: string,
  input: EntityInput,
  options: WriteOptions,
  actor: Actor,
): Written {
  const blueprint = blueprintOf(org.store, blueprintId);
  const identifier = input.identifier ?? newId('e_');
  const before = org.store.entities.get(blueprintId)?.get(identifier);
  if (before !== undefined && options.upsert !== true) throw taken('Entity', identifier);
  const base = options.merge === true ? before : undefined;
  const entity = compose(org, blueprint, { ...input, identifier }, base, before, actor);
  commit(org, blueprint, before, entity, options, actor);
  return { entity, created: before === undefined };
}

/** PATCH (`merge`) or PUT of an entity that must exist; a new identifier in the body renames it. */
export function changeEntity(
  org: Organisation,
  blueprintId: string,
  identifier: string,
  input: EntityInput,
  options: { merge: boolean } & Pick<WriteOptions, 'createMissingRelated' | 'runId'>,
  actor: Actor,
): Entity {
  const blueprint = blueprintOf(org.store, blueprintId);
  const before = entityOf(org.store, blueprintId, identifier);
  const renamed = input.identifier ?? identifier;
  const table = org.store.entities.get(blueprintId);
  if (renamed !== identifier && table?.has(renamed) === true) throw taken('Entity', renamed);
  const base = options.merge ? before : undefined;
  const entity = compose(org, blueprint, { ...input, identifier: renamed }, base, before, actor);
  commit(org, blueprint, before, entity, options, actor);
  return entity;
}

/** @throws PortError 404, or 422 when other entities point at it */
export function deleteEntity(
  org: Organisation,
  blueprintId: string,
  identifier: string,
  options: { dependents: boolean; runId?: string },
  actor: Actor,
): void {
  const before = entityOf(org.store, blueprintId, identifier);
  if (options.runId !== undefined) activeRun(org, options.runId);
  const dependents = dependentsOf(org, blueprintId, identifier);
  if (dependents.length > 0 && !options.dependents) {
    throw invalid(`Entity "${identifier}" has dependent entities; set delete_dependents to delete them too`);
  }
  org.store.entities.get(blueprintId)?.delete(identifier);
  org.announce({ resource: 'entity', before, after: null, actor });
  for (const each of dependents) {
    if (org.store.entities.get(each.blueprint)?.has(each.identifier) === true) {
      deleteEntity(org, each.blueprint, each.identifier, { dependents: true }, actor);
    }
  }
}

/**
 * Bulk delete: those that are not there are passed over; one with dependents keeps all from being deleted.
 * @returns the identifiers that were deleted
 * @throws PortError 404 when the blueprint is missing, or 422 when other entities point at one of them
 */
export function deleteMany(
  org: Organisation,
  blueprintId: string,
  identifiers: string[],
  options: { dependents: boolean; runId?: string },
  actor: Actor,
): string[] {
  const table = org.store.entities.get(blueprintOf(org.store, blueprintId).identifier);
  const present = [...new Set(identifiers)].filter((each) => table?.has(each) === true);
  const held = options.dependents
    ? undefined
    : present.find((each) => dependentsOf(org, blueprintId, each).length > 0);
  if (held !== undefined) {
    throw invalid(`Entity "${held}" has dependent entities; set delete_dependents to delete them too`);
  }
  for (const each of present) {
    // One may have gone with another that it depended on.
    if (table?.has(each) === true) deleteEntity(org, blueprintId, each, options, actor);
  }
  return present;
}

function compose(
  org: Organisation,
  blueprint: Blueprint,
  input: EntityInput & { identifier: string },
  base: Entity | undefined,
  before: Entity | undefined,
  actor: Actor,
): Entity {
  const team = input.team ?? base?.team ?? [];
  return {
    identifier: input.identifier,
    title: input.title ?? base?.title ?? input.identifier,
    icon: input.icon ?? base?.icon ?? null,
    blueprint: blueprint.identifier,
    team: typeof team === 'string' ? [team] : team,
    properties: withoutNulls({ ...base?.properties, ...input.properties }),
    relations: { ...base?.relations, ...input.relations },
    ...authored(org.clock, actor, before),
  };
}

// null clears a property.
function withoutNulls(properties: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null));
}

function commit(
  org: Organisation,
  blueprint: Blueprint,
  before: Entity | undefined,
  entity: Entity,
  options: WriteOptions,
  actor: Actor,
): void {
  checkProperties(blueprint, entity.properties);
  if (options.runId !== undefined) activeRun(org, options.runId);
  checkRelations(org, blueprint, entity, options, actor);
  if (options.validationOnly === true) return;
  const table = org.store.entities.get(blueprint.identifier) ?? new Map<string, Entity>();
  org.store.entities.set(blueprint.identifier, table);
  if (before !== undefined && before.identifier !== entity.identifier) table.delete(before.identifier);
  table.set(entity.identifier, entity);
  if (options.runId !== undefined) touch(org, options.runId, entity);
  if (before === undefined || !sameContent(before, entity)) {
    org.announce({ resource: 'entity', before: before ?? null, after: entity, actor });
  }
}

function sameContent(before: Entity, after: Entity): boolean {
  return isDeepStrictEqual(content(before), content(after));
}

function content({ createdAt: _a, createdBy: _b, updatedAt: _c, updatedBy: _d, ...rest }: Entity): object {
  return rest;
}

// A write may be linked to a run only while that run is in progress.
function activeRun(org: Organisation, runId: string): void {
  const run = runOf(org.store, runId);
  if (run.status !== 'IN_PROGRESS') {
    throw invalid(`Run "${runId}" is ${run.status}; only a run in progress can be linked to a write`);
  }
}

function touch(org: Organisation, runId: string, entity: Entity): void {
  const list = org.store.touched.get(runId) ?? [];
  list.push({ blueprint: entity.blueprint, identifier: entity.identifier });
  org.store.touched.set(runId, list);
}

function checkRelations(
  org: Organisation,
  blueprint: Blueprint,
  entity: Entity,
  options: WriteOptions,
  actor: Actor,
): void {
  for (const [name, value] of Object.entries(entity.relations)) {
    const relation = blueprint.relations?.[name];
    if (relation === undefined) {
      throw invalid(
        `"relations" must not have the relation "${name}": blueprint "${blueprint.identifier}" has none`,
      );
    }
    const targets = value === null ? [] : Array.isArray(value) ? value : [value];
    for (const target of targets) {
      if (org.store.entities.get(relation.target)?.has(target) === true) continue;
      if (options.createMissingRelated !== true) throw notFound('Entity', target);
      if (options.validationOnly === true) continue;
      writeEntity(org, relation.target, { identifier: target }, {}, actor);
    }
  }
}

function dependentsOf(org: Organisation, blueprintId: string, identifier: string): Entity[] {
  const dependents: Entity[] = [];
  for (const blueprint of org.store.blueprints.values()) {
    const names = Object.entries(blueprint.relations ?? {})
      .filter(([, relation]) => relation.target === blueprintId)
      .map(([name]) => name);
    if (names.length === 0) continue;
    for (const entity of org.store.entities.get(blueprint.identifier)?.values() ?? []) {
      if (names.some((name) => [entity.relations[name]].flat().includes(identifier))) dependents.push(entity);
    }
  }
  return dependents;
}

/** Why one element of a bulk write failed. */
export interface Refusal {
  statusCode: number;
  error: string;
  message: string;
}

/** The outcome of one element of a bulk write. */
export type BulkItem =
  | { ok: true; index: number; identifier: string; created: boolean }
  | ({ ok: false; index: number; identifier: string } & Refusal);

/**
 * Bulk POST: each element stands or falls by itself.
 * @param refuse may fail an element before it is written
 * @throws PortError 404 when the blueprint is missing
 */
export function writeMany(
  org: Organisation,
  blueprintId: string,
  inputs: EntityInput[],
  options: WriteOptions,
  actor: Actor,
  refuse: (identifier: string) => Refusal | undefined,
): BulkItem[] {
  blueprintOf(org.store, blueprintId);
  return inputs.map((input, index) => {
    const identifier = input.identifier ?? newId('e_');
    const refusal = refuse(identifier);
    if (refusal !== undefined) return { ok: false, index, identifier, ...refusal };
    try {
      const { created } = writeEntity(org, blueprintId, { ...input, identifier }, options, actor);
      return { ok: true, index, identifier, created };
    } catch (cause) {
      if (!(cause instanceof PortError)) throw cause;
      const { status, code, message } = cause;
      return { ok: false, index, identifier, statusCode: status, error: code, message };
    }
  });
}
