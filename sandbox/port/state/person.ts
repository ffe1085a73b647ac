import { invalid } from '../api/errors.ts';
import type { JsonObject, Run } from './model.ts';
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

/** Starts a run as a person does in the portal's form: inputs left alone keep the form's defaults. */
export function startAsUser(org: Organisation, actionId: string, request: UserRun): Run {
  const user = findUser(org, request.by);
  if (user === undefined) throw invalid(`"${request.by}" is not a user of this organisation`);
  const properties = { ...inputDefaults(actionOf(org.store, actionId)), ...request.properties };
  return startRun(org, actionId, { properties, entity: request.entity }, { id: user.id, origin: 'UI' });
}
