import { html } from 'hono/html';
import { invalid } from '../api/errors.ts';
import type { Form } from '../engine/form.ts';
import type { Action, Entity, JsonObject } from '../state/model.ts';
import { titleOf } from './catalog.ts';
import type { Html } from './layout.ts';

/** The form of a self-service action, one field for each user input. `problem` tells why it was refused. */
export function actionForm(
  action: Action,
  entity: Entity | undefined,
  form: Form,
  problem: string | undefined,
): Html {
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
    ${inputsOf(action, form).map(field)}
    <p class="buttons">
      <button class="button primary" type="submit">${labelOf(action)}</button>
      <a class="button" href="${back}">Cancel</a>
    </p>
  </form>`;
}

/** Reads the posted form back into the action's inputs; a field left empty is not sent. */
export function readInputs(action: Action, posted: Record<string, unknown>): JsonObject {
  const properties: JsonObject = {};
  if (action.trigger.type !== 'self-service') return properties;
  for (const [name, schema] of Object.entries(action.trigger.userInputs.properties)) {
    const value = posted[`input.${name}`];
    if (schema['type'] === 'boolean') properties[name] = value === 'true';
    else if (typeof value === 'string' && value !== '') properties[name] = typed(name, schema, value);
  }
  return properties;
}

function labelOf({ trigger }: Action): string {
  const label: unknown = 'executeActionButtonText' in trigger ? trigger.executeActionButtonText : undefined;
  return typeof label === 'string' ? label : 'Execute';
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
  value: unknown;
  required: boolean;
  disabled: boolean;
}

function inputsOf({ trigger }: Action, form: Form): Input[] {
  if (trigger.type !== 'self-service') return [];
  const { properties, order } = trigger.userInputs;
  const names = [...new Set([...(order ?? []), ...Object.keys(properties)])];
  return names.flatMap((name) => {
    const schema = properties[name];
    if (schema === undefined || !form.visible.includes(name)) return [];
    const value = form.values[name];
    const disabled = form.disabled.includes(name);
    return [{ name, schema, value, required: form.required.includes(name), disabled }];
  });
}

function field(input: Input): Html {
  const { name, schema, required, disabled, value } = input;
  const help = typeof schema['description'] === 'string' ? html`<small>${schema['description']}</small>` : '';
  if (disabled) {
    return html`<label>
      <span>${titleOf(name, schema)}</span>
      <output class="shown" data-input="${name}">${text(value)}</output>
      <input type="hidden" name="input.${name}" value="${text(value)}" />
    </label>`;
  }
  return html`<label>
    <span>${titleOf(name, schema)}${required ? html` <em>required</em>` : ''}</span>
    ${control(input)} ${help}
  </label>`;
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function control({ name, schema, value: initial, required }: Input): Html {
  const called = `input.${name}`;
  const must = required ? html`required` : '';
  if (Array.isArray(schema['enum'])) {
    // What is required and has no preset is for the person to choose.
    return html`<select name="${called}" ${must}>
      ${required && initial !== undefined ? '' : html`<option value=""></option>`}
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
      name="${called}"
      value="true"
      ${initial === true ? html`checked` : ''}
    />`;
  }
  if (schema['format'] === 'multi-line') {
    return html`<textarea name="${called}" rows="4" ${must}>${text(initial)}</textarea>`;
  }
  return html`<input type="text" name="${called}" value="${text(initial)}" autocomplete="off" ${must} />`;
}
