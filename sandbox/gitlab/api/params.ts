import type { Context } from 'hono';

/** A request's parameters as Grape sees them, or the answer that refuses them. */
export type Params =
  | { ok: true; values: Record<string, unknown> }
  | { ok: false; status: 400 | 415; error: string };

/**
 * Merges query and body (JSON, url-encoded or multipart), with `a[b]=c` read as a nested map.
 * The body wins over the query, as in Rack.
 */
export async function readParams(c: Context): Promise<Params> {
  const values: Record<string, unknown> = {};
  for (const [key, value] of new URL(c.req.url).searchParams) put(values, key, value);
  const text = await c.req.text();
  if (text === '') return { ok: true, values };
  const type = (c.req.header('content-type') ?? 'application/x-www-form-urlencoded').split(';')[0]?.trim();
  if (type === 'application/json') {
    const body = parseObject(text);
    if (body === undefined) return refuse(400, 'message body does not match declared format');
    Object.assign(values, body);
    return { ok: true, values };
  }
  if (type !== 'application/x-www-form-urlencoded' && type !== 'multipart/form-data') {
    return refuse(415, `The provided content-type '${type}' is not supported.`);
  }
  const form = await readForm(text, c.req.header('content-type') ?? 'application/x-www-form-urlencoded');
  if (form === undefined) return refuse(400, 'message body does not match declared format');
  for (const [key, value] of form) put(values, key, typeof value === 'string' ? value : value.name);
  return { ok: true, values };
}

async function readForm(text: string, type: string): Promise<FormData | undefined> {
  try {
    return await new Response(text, { headers: { 'content-type': type } }).formData();
  } catch {
    return undefined;
  }
}

function refuse(status: 400 | 415, error: string): Params {
  return { ok: false, status, error };
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function put(values: Record<string, unknown>, key: string, value: string): void {
  const nested = /^([^[\]]+)\[([^[\]]+)\]$/.exec(key);
  const [outer, inner] = [nested?.[1], nested?.[2]];
  if (outer === undefined || inner === undefined) {
    values[key] = value;
    return;
  }
  const map = values[outer];
  values[outer] = { ...(isMap(map) ? map : {}), [inner]: value };
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
