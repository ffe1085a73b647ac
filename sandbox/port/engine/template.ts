import { createRequire } from 'node:module';
import { z } from 'zod';
import type { JsonObject } from '../state/model.ts';

/** All outputs as text, a line each. Throws what jq complains about. */
type Jq = { raw(json: string, filter: string, flags: readonly string[]): string };
// What the package exports is a promise, which an import would wrap.
const jq: Promise<Jq> = createRequire(import.meta.url)('jq-web');

// One expression and nothing around it keeps the type of its value.
const SINGLE = /^\s*\{\{((?:(?!\}\}).)+)\}\}\s*$/s;
const ANYWHERE = /\{\{((?:(?!\}\}).)+)\}\}/gs;
const SPREAD = /^\s*\{\{\s*spreadValue\(\)\s*\}\}\s*$/;
const json = z.json();
/** `.a.b == "text"`, which conditions ask of every event: it needs no JQ, which takes milliseconds. */
const COMPARISON = /^\s*((?:\.[A-Za-z_]\w*)+)\s*(==|!=)\s*"([^"\\]*)"\s*$/;
const object = z.record(z.string(), z.unknown());

/**
 * Evaluates one JQ expression over `context` and returns its first output.
 * An expression that fails or yields nothing gives null.
 */
export async function evaluate(expression: string, context: JsonObject): Promise<unknown> {
  const [, path, operator, text] = COMPARISON.exec(expression) ?? [];
  if (path !== undefined && operator !== undefined)
    return (at(context, path) === text) === (operator === '==');
  try {
    const output = (await jq).raw(JSON.stringify(context), expression, ['-c']);
    const first = output.split('\n', 1)[0] ?? '';
    return first === '' ? null : json.parse(JSON.parse(first));
  } catch {
    return null;
  }
}

/** What stands at `.a.b`; null where there is nothing. */
function at(context: JsonObject, path: string): unknown {
  return path
    .slice(1)
    .split('.')
    .reduce<unknown>((inner, name) => object.safeParse(inner).data?.[name] ?? null, context);
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
