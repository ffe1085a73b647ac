import { html } from 'hono/html';
import { invalid } from '../api/errors.ts';
import type { Action, Entity, JsonObject } from '../state/model.ts';
import { titleOf } from './catalog.ts';
import type { Html } from './layout.ts';

/** The form of a self-service action, one field for each user input. `problem` tells why it was refused. */
export function actionForm(action: Action, entity: Entity | undefined, problem: string | undefined): Html {
  const back = entity === undefined ? '/' : `/catalog/${encodeURIComponent(entity.blueprint)}`;
  return html`<form
    class="card narrow"
    method="post"
    action="/actions/${encodeURIComponent(action.identifier)}"
  >
    <p>${action.description ?? ''}</p>
    ${problem === undefined ? '' : html`<p class="problem" role="alert">${problem}</p>`}
    ${
      entity === undefined
        ? ''
        : html`<input type="hidden" name="entity" value="${entity.identifier}" />
            <p class="subject">On <b>${entity.title}</b> <code>${entity.identifier}</code></p>`
    }
    ${inputsOf(action).map(({ name, schema, required }) => field(name, schema, required))}
    <p class="buttons">
      <button class="button primary" type="submit">Execute</button>
      <a class="button" href="${back}">Cancel</a>
    </p>
  </form>`;
}

/** Reads the posted form back into the action's inputs; a field left empty is not sent. */
export function readInputs(action: Action, form: Record<string, unknown>): JsonObject {
  const properties: JsonObject = {};
  for (const { name, schema } of inputsOf(action)) {
    const value = form[`input.${name}`];
    if (schema['type'] === 'boolean') properties[name] = value === 'true';
    else if (typeof value === 'string' && value !== '') properties[name] = typed(name, schema, value);
  }
  return properties;
}

function typed(name: string, schema: JsonObject, value: string): unknown {
  if (schema['type'] === 'string' || schema['type'] === undefined) return value;
  try {
    const parsed: unknown = JSON.parse(value);
    return parsed;
  } catch {
    throw invalid(`"${titleOf(name, schema)}" must be valid JSON of the input's type`);
  }
}

interface Input {
  name: string;
  schema: JsonObject;
  required: boolean;
}

function inputsOf(action: Action): Input[] {
  if (action.trigger.type !== 'self-service') return [];
  const { properties, required, order } = action.trigger.userInputs;
  const names = [...new Set([...(order ?? []), ...Object.keys(properties)])];
  return names.flatMap((name) => {
    const schema = properties[name];
    return schema === undefined ? [] : [{ name, schema, required: required?.includes(name) === true }];
  });
}

function field(name: string, schema: JsonObject, required: boolean): Html {
  return html`<label>
    <span>${titleOf(name, schema)}${required ? html` <em>required</em>` : ''}</span>
    ${control(`input.${name}`, schema, required)}
  </label>`;
}

function control(name: string, schema: JsonObject, required: boolean): Html {
  const initial = schema['default'];
  const must = required ? html`required` : '';
  if (Array.isArray(schema['enum'])) {
    return html`<select name="${name}" ${must}>
      ${required ? '' : html`<option value=""></option>`}
      ${schema['enum'].map(
        (value) =>
          html`<option value="${String(value)}" ${value === initial ? html`selected` : ''}>
            ${String(value)}
          </option>`,
      )}
    </select>`;
  }
  if (schema['type'] === 'boolean') {
    return html`<input
      type="checkbox"
      name="${name}"
      value="true"
      ${initial === true ? html`checked` : ''}
    />`;
  }
  const text = typeof initial === 'string' || typeof initial === 'number' ? String(initial) : '';
  return html`<input type="text" name="${name}" value="${text}" autocomplete="off" ${must} />`;
}
