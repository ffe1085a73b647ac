import { randomBytes } from 'node:crypto';
import { notFound } from '../api/errors.ts';
import type {
  Action,
  Actor,
  Authorship,
  Blueprint,
  Entity,
  JsonObject,
  Page,
  Permissions,
  Run,
  RunLog,
  Scorecard,
} from './model.ts';
import type { Workflows } from './workflow-model.ts';

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
  /** Actions from before today's form: shown, replaced and deleted, but not run. */
  oldActions: Map<string, JsonObject>;
  /** By action, where they were ever changed. */
  permissions: Map<string, Permissions>;
  /** By blueprint and identifier. */
  scorecards: Map<string, Map<string, Scorecard>>;
  pages: Map<string, Page>;
  runs: Map<string, Run>;
  logs: Map<string, RunLog[]>;
  /** Entities written with `run_id`, by run. */
  touched: Map<string, { blueprint: string; identifier: string }[]>;
  invocations: Invocation[];
  workflows: Workflows;
}

export function createStore(): Store {
  return {
    blueprints: new Map(),
    entities: new Map(),
    actions: new Map(),
    oldActions: new Map(),
    permissions: new Map(),
    scorecards: new Map(),
    pages: new Map(),
    runs: new Map(),
    logs: new Map(),
    touched: new Map(),
    invocations: [],
    workflows: { definitions: new Map(), runs: new Map(), nodeRuns: new Map() },
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
