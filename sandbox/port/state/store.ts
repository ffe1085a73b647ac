import { randomBytes } from 'node:crypto';
import { notFound } from '../api/errors.ts';
import type { Action, Actor, Authorship, Blueprint, Entity, Run, RunLog } from './model.ts';

/** One webhook that the portal sent, or lost. */
export interface Invocation {
  runId: string;
  action: string;
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
  outcome: { status: number } | { error: string } | 'dropped' | 'pending';
}

/** Everything the portal remembers, in memory. */
export interface Store {
  blueprints: Map<string, Blueprint>;
  entities: Map<string, Map<string, Entity>>;
  actions: Map<string, Action>;
  runs: Map<string, Run>;
  logs: Map<string, RunLog[]>;
  /** Entities written with `run_id`, by run. */
  touched: Map<string, { blueprint: string; identifier: string }[]>;
  invocations: Invocation[];
}

export function createStore(): Store {
  return {
    blueprints: new Map(),
    entities: new Map(),
    actions: new Map(),
    runs: new Map(),
    logs: new Map(),
    touched: new Map(),
    invocations: [],
  };
}

/** Milliseconds since the epoch. */
export type Clock = () => number;

export function newId(prefix: string): string {
  return prefix + randomBytes(12).toString('base64url').replaceAll(/[-_]/g, 'x');
}

export function iso(clock: Clock): string {
  return new Date(clock()).toISOString();
}

export function authored(clock: Clock, actor: Actor, before?: Authorship): Authorship {
  const now = iso(clock);
  return {
    createdAt: before?.createdAt ?? now,
    createdBy: before?.createdBy ?? actor.id,
    updatedAt: now,
    updatedBy: actor.id,
  };
}

export function blueprintOf(store: Store, identifier: string): Blueprint {
  const found = store.blueprints.get(identifier);
  if (found === undefined) throw notFound('Blueprint', identifier);
  return found;
}

export function entityOf(store: Store, blueprint: string, identifier: string): Entity {
  blueprintOf(store, blueprint);
  const found = store.entities.get(blueprint)?.get(identifier);
  if (found === undefined) throw notFound('Entity', identifier);
  return found;
}

export function actionOf(store: Store, identifier: string): Action {
  const found = store.actions.get(identifier);
  if (found === undefined) throw notFound('Action', identifier);
  return found;
}

export function runOf(store: Store, id: string): Run {
  const found = store.runs.get(id);
  if (found === undefined) throw notFound('ActionRun', id);
  return found;
}

export function listEntities(store: Store, blueprint: string): Entity[] {
  return [...(store.entities.get(blueprint)?.values() ?? [])];
}
