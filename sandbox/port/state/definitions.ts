import { invalid, taken } from '../api/errors.ts';
import type { Action, ActionInput, Actor, Blueprint, BlueprintInput } from './model.ts';
import type { Organisation } from './organisation.ts';
import { checkBlueprint } from './schema.ts';
import { propertiesOf } from './search.ts';
import { actionOf, authored, blueprintOf, listEntities, type Store } from './store.ts';

/** @throws PortError 409 taken, 422 when the schema is not valid */
export function createBlueprint(org: Organisation, input: BlueprintInput, actor: Actor): Blueprint {
  if (org.store.blueprints.has(input.identifier)) throw taken('Blueprint', input.identifier);
  return storeBlueprint(org, input, actor, undefined);
}

/** Replaces a blueprint; its entities stay, less the values of what is gone. @throws PortError 404, 422 */
export function replaceBlueprint(org: Organisation, input: BlueprintInput, actor: Actor): Blueprint {
  const stored = storeBlueprint(org, input, actor, blueprintOf(org.store, input.identifier));
  const { properties } = stored.schema;
  for (const entity of listEntities(org.store, input.identifier)) {
    for (const name of Object.keys(entity.properties)) {
      if (!(name in properties)) delete entity.properties[name];
    }
    for (const name of Object.keys(entity.relations)) {
      if (!(name in (stored.relations ?? {}))) delete entity.relations[name];
    }
  }
  return stored;
}

/** @throws PortError 404, or 422 while it still has entities */
export function deleteBlueprint(org: Organisation, identifier: string, withActions: boolean): void {
  blueprintOf(org.store, identifier);
  const count = org.store.entities.get(identifier)?.size ?? 0;
  if (count > 0) throw invalid(`Blueprint "${identifier}" still has ${count} entities; delete them first`);
  org.store.blueprints.delete(identifier);
  org.store.entities.delete(identifier);
  org.store.scorecards.delete(identifier);
  if (!withActions) return;
  for (const action of org.store.actions.values()) {
    if (action.trigger.type === 'self-service' && action.trigger.blueprintIdentifier === identifier) {
      deleteAction(org, action.identifier);
    }
  }
}

/** @throws PortError 404 */
export function deleteAction(org: Organisation, identifier: string): void {
  if (!org.store.oldActions.delete(identifier)) {
    org.store.actions.delete(actionOf(org.store, identifier).identifier);
  }
  org.store.permissions.delete(identifier);
}

function storeBlueprint(
  org: Organisation,
  input: BlueprintInput,
  actor: Actor,
  before: Blueprint | undefined,
): Blueprint {
  checkBlueprint(input);
  checkRelations(org.store, input);
  const blueprint = { ...input, ...authored(org.clock, actor, before) };
  org.store.blueprints.set(input.identifier, blueprint);
  return blueprint;
}

// A relation leads to a blueprint that is there, and what is mirrored lies behind a relation.
function checkRelations(store: Store, blueprint: BlueprintInput): void {
  for (const { target } of Object.values(blueprint.relations ?? {})) {
    if (target !== blueprint.identifier) blueprintOf(store, target);
  }
  for (const [name, { path }] of Object.entries(blueprint.mirrorProperties ?? {})) {
    const relation = path.split('.', 1)[0] ?? '';
    if (blueprint.relations?.[relation] === undefined)
      throw invalid(`The mirror property "${name}" follows "${relation}", which is no relation`);
  }
}

/** The names by which a search may ask for the properties of a blueprint. */
export function searchable({ schema, ...rest }: BlueprintInput): Set<string> {
  const computed = [rest.mirrorProperties, rest.calculationProperties, rest.aggregationProperties];
  const names = [schema.properties, ...computed].flatMap((each) => Object.keys(each ?? {}));
  const meta = ['identifier', 'title', 'blueprint', 'icon', 'team', 'createdAt', 'updatedAt'];
  return new Set([...names, ...meta.map((name) => `$${name}`)]);
}

/** @throws PortError 422 when the blueprint has no such property */
export function checkKnown(blueprint: BlueprintInput, property: string, where: string): void {
  if (searchable(blueprint).has(property)) return;
  throw invalid(`${where} names "${property}", which blueprint "${blueprint.identifier}" does not have`);
}

/** @throws PortError 409 taken, 404 when its blueprint is missing, 422 when its condition cannot be asked */
export function createAction(org: Organisation, input: ActionInput, actor: Actor): Action {
  const { actions, oldActions } = org.store;
  if (actions.has(input.identifier) || oldActions.has(input.identifier)) {
    throw taken('Action', input.identifier);
  }
  return storeAction(org, input, actor, undefined);
}

/** @throws PortError 404, 422 when the body names another action */
export function replaceAction(
  org: Organisation,
  identifier: string,
  input: ActionInput,
  actor: Actor,
): Action {
  const before = org.store.oldActions.has(identifier) ? undefined : actionOf(org.store, identifier);
  if (input.identifier !== identifier && org.store.actions.has(input.identifier)) {
    throw taken('Action', input.identifier);
  }
  org.store.actions.delete(identifier);
  org.store.oldActions.delete(identifier);
  return storeAction(org, input, actor, before);
}

function storeAction(
  org: Organisation,
  input: ActionInput,
  actor: Actor,
  before: Action | undefined,
): Action {
  const { trigger } = input;
  if (trigger.type === 'self-service' && trigger.blueprintIdentifier !== undefined) {
    const blueprint = blueprintOf(org.store, trigger.blueprintIdentifier);
    const asked = trigger.condition === undefined ? [] : propertiesOf(trigger.condition);
    for (const property of asked) checkKnown(blueprint, property, 'The condition');
  }
  if (trigger.type === 'automation' && 'blueprintIdentifier' in trigger.event) {
    blueprintOf(org.store, trigger.event.blueprintIdentifier);
  }
  const action = { ...input, ...authored(org.clock, actor, before) };
  org.store.actions.set(input.identifier, action);
  return action;
}
