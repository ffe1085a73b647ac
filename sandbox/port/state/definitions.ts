import { invalid, taken } from '../api/errors.ts';
import type { Action, ActionInput, Actor, Blueprint, BlueprintInput } from './model.ts';
import type { Organisation } from './organisation.ts';
import { checkBlueprint } from './schema.ts';
import { actionOf, authored, blueprintOf } from './store.ts';

/** @throws PortError 409 taken, 422 when the schema is not valid */
export function createBlueprint(org: Organisation, input: BlueprintInput, actor: Actor): Blueprint {
  if (org.store.blueprints.has(input.identifier)) throw taken('Blueprint', input.identifier);
  return storeBlueprint(org, input, actor, undefined);
}

/** Replaces a blueprint; its entities stay. @throws PortError 404, 422 */
export function replaceBlueprint(org: Organisation, input: BlueprintInput, actor: Actor): Blueprint {
  return storeBlueprint(org, input, actor, blueprintOf(org.store, input.identifier));
}

/** @throws PortError 404, or 422 while it still has entities */
export function deleteBlueprint(org: Organisation, identifier: string, withActions: boolean): void {
  blueprintOf(org.store, identifier);
  const count = org.store.entities.get(identifier)?.size ?? 0;
  if (count > 0) throw invalid(`Blueprint "${identifier}" still has ${count} entities; delete them first`);
  org.store.blueprints.delete(identifier);
  org.store.entities.delete(identifier);
  if (!withActions) return;
  for (const action of org.store.actions.values()) {
    if (action.trigger.type === 'self-service' && action.trigger.blueprintIdentifier === identifier) {
      org.store.actions.delete(action.identifier);
    }
  }
}

function storeBlueprint(
  org: Organisation,
  input: BlueprintInput,
  actor: Actor,
  before: Blueprint | undefined,
): Blueprint {
  checkBlueprint(input);
  const blueprint = { ...input, ...authored(org.clock, actor, before) };
  org.store.blueprints.set(input.identifier, blueprint);
  return blueprint;
}

/** @throws PortError 409 taken, 404 when its blueprint is missing */
export function createAction(org: Organisation, input: ActionInput, actor: Actor): Action {
  if (org.store.actions.has(input.identifier)) throw taken('Action', input.identifier);
  return storeAction(org, input, actor, undefined);
}

/** @throws PortError 404, 422 when the body names another action */
export function replaceAction(
  org: Organisation,
  identifier: string,
  input: ActionInput,
  actor: Actor,
): Action {
  const before = actionOf(org.store, identifier);
  if (input.identifier !== identifier && org.store.actions.has(input.identifier)) {
    throw taken('Action', input.identifier);
  }
  org.store.actions.delete(identifier);
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
    blueprintOf(org.store, trigger.blueprintIdentifier);
  }
  if (trigger.type === 'automation' && 'blueprintIdentifier' in trigger.event) {
    blueprintOf(org.store, trigger.event.blueprintIdentifier);
  }
  const action = { ...input, ...authored(org.clock, actor, before) };
  org.store.actions.set(input.identifier, action);
  return action;
}
