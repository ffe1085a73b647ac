import { raw } from 'jq-wasm';
import { z } from 'zod';
import type { JsonObject } from '../state/model.ts';

// One expression and nothing around it keeps the type of its value.
const SINGLE = /^\s*\{\{((?:(?!\}\}).)+)\}\}\s*$/s;
const ANYWHERE = /\{\{((?:(?!\}\}).)+)\}\}/gs;
const SPREAD = /^\s*\{\{\s*spreadValue\(\)\s*\}\}\s*$/;
const json = z.json();
const object = z.record(z.string(), z.unknown());

/**
 * Evaluates one JQ expression over `context` and returns its first output.
 * An expression that fails or yields nothing gives null.
 */
export async function evaluate(expression: string, context: JsonObject): Promise<unknown> {
  try {
    const output = await raw(context, expression, ['-c']);
    const first = output.split('\n', 1)[0] ?? '';
    return first === '' ? null : json.parse(JSON.parse(first));
  } catch {
    return null;
  }
}

/** Fills the `{{ … }}` of a template, however deep, keys included; other values stay as they are. */
export async function render(template: unknown, context: JsonObject): Promise<unknown> {
  if (typeof template === 'string') return renderText(template, context);
  if (Array.isArray(template)) return Promise.all(template.map((each) => render(each, context)));
  if (typeof template === 'object' && template !== null) return renderObject(template, context);
  return template;
}

/** Like `render`, but the result is text, as URLs and header values need it. */
export async function renderString(template: string, context: JsonObject): Promise<string> {
  return asText(await renderText(template, context));
}

async function renderObject(template: object, context: JsonObject): Promise<JsonObject> {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(template)) {
    const rendered = await render(value, context);
    if (!SPREAD.test(key)) {
      result[await renderString(key, context)] = rendered;
      continue;
    }
    const spread = object.safeParse(rendered);
    if (spread.success) Object.assign(result, spread.data);
  }
  return result;
}

async function renderText(template: string, context: JsonObject): Promise<unknown> {
  const single = SINGLE.exec(template)?.[1];
  if (single !== undefined) return evaluate(single.trim(), context);
  let result = '';
  let end = 0;
  for (const found of template.matchAll(ANYWHERE)) {
    result += template.slice(end, found.index) + asText(await evaluate((found[1] ?? '').trim(), context));
    end = found.index + found[0].length;
  }
  return result + template.slice(end);
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
