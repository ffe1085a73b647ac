import { invalid } from '../api/errors.ts';
import type { Action, Entity, JsonObject } from '../state/model.ts';
import { userById, type Organisation } from '../state/organisation.ts';
import { isJq } from '../state/schema.ts';
import { shownEntity } from './calculated.ts';
import { evaluate } from './template.ts';

/** An action's form as one person sees it on one entity: everything that queries work out is worked out. */
export interface Form {
  /** What the fields hold at first. */
  values: JsonObject;
  required: string[];
  /** Those that are shown. */
  visible: string[];
  /** Those that are shown and cannot be changed. */
  disabled: string[];
}

/** `values` are what was filled in so far; without any, the form is new. */
export async function formOf(
  org: Organisation,
  action: Action,
  asked: { entity: Entity | undefined; user: string; values?: JsonObject },
): Promise<Form> {
  if (action.trigger.type !== 'self-service') return { values: {}, required: [], visible: [], disabled: [] };
  const { properties, required } = action.trigger.userInputs;
  const entity = asked.entity === undefined ? null : await shownEntity(org, asked.entity);
  const user = userById(org, asked.user) ?? null;
  const ask = (query: string, form: JsonObject) => evaluate(query, { form, entity, user });

  const values: JsonObject = {};
  for (const [name, input] of Object.entries(properties)) {
    const preset = input['default'];
    const value = isJq(preset) ? await ask(preset.jqQuery, {}) : preset;
    if (value !== undefined && value !== null) values[name] = value;
  }
  const filled = { ...values, ...asked.values };
  const where = async (key: string, fallback: boolean): Promise<string[]> => {
    const names: string[] = [];
    for (const [name, input] of Object.entries(properties)) {
      const given = input[key] ?? fallback;
      if ((isJq(given) ? await ask(given.jqQuery, filled) : given) === true) names.push(name);
    }
    return names;
  };
  const wanted = isJq(required) ? await ask(required.jqQuery, filled) : (required ?? []);
  return {
    values: filled,
    required: Array.isArray(wanted) ? wanted.filter((each) => typeof each === 'string') : [],
    visible: await where('visible', true),
    disabled: await where('disabled', false),
  };
}

/** @throws PortError 422 where a field is empty that the form requires as it is filled in */
export async function checkForm(
  org: Organisation,
  action: Action,
  asked: { entity: Entity | undefined; user: string; values: JsonObject },
): Promise<void> {
  const { required } = await formOf(org, action, asked);
  const missing = required.find((name) => isEmpty(asked.values[name]));
  if (missing !== undefined) throw invalid(`"properties" must have required property '${missing}'`);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
