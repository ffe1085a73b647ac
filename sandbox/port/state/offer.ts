import type { Action, Entity } from './model.ts';
import { matches } from './search.ts';

/** Whether the action's condition lets it be run on this entity. */
export function offeredFor({ trigger }: Action, entity: Entity): boolean {
  if (trigger.type !== 'self-service' || trigger.condition === undefined) return true;
  return matches(entity, trigger.condition);
}
