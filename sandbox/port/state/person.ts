import { invalid } from '../api/errors.ts';
import type { Action, Actor, JsonObject, Run } from './model.ts';
import { findUser, type Organisation } from './organisation.ts';
import { startRun } from './runs.ts';
import { inputDefaults } from './schema.ts';
import { actionOf } from './store.ts';

export interface UserRun {
  /** Id or e-mail address of the person who clicks. */
  by: string;
  entity?: string | undefined;
  properties?: JsonObject | undefined;
}

/** Somebody at the portal's own interface, by id or e-mail address. @throws PortError 422 */
export function personOf(org: Organisation, who: string): Actor {
  const user = findUser(org, who);
  if (user === undefined) throw invalid(`"${who}" is not a user of this organisation`);
  return { id: user.id, origin: 'UI' };
}

/** What a person sends: the form's fixed presets, and what was filled in. */
export function valuesOf(action: Action, { properties }: UserRun): JsonObject {
  return { ...inputDefaults(action), ...properties };
}

/** Starts a run as a person does in the portal's form: inputs left alone keep the form's defaults. */
export function startAsUser(org: Organisation, actionId: string, request: UserRun): Run {
  const actor = personOf(org, request.by);
  const properties = valuesOf(actionOf(org.store, actionId), request);
  return startRun(org, actionId, { properties, entity: request.entity }, actor);
}
