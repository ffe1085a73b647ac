import type { Context } from 'hono';
import * as z from 'zod';
import { AbortedByRule, type Row } from '../state/row.ts';
import type { Faults } from '../faults.ts';
import type { Instance } from '../state/instance.ts';
import type { User } from '../state/users.ts';
import { errors } from './errors.ts';
import type { View } from './render.ts';

/** What the middleware in front of the REST APIs hands on. */
export type RestEnv = { Variables: { user: User } };

const bodySchema = z.record(z.string(), z.unknown());

/** A write of fields, as far as it matters what becomes of them. */
export type Write = { subject: string; user: User; table: string; operation: 'write' | 'create' };

/** What a caller may not write, and what a fault drops, disappears without a word. */
export function writableFields(
  instance: Instance,
  faults: Faults,
  { subject, user, table, operation }: Write,
  values: Row,
): Row {
  const dropped = faults.take(subject, 'dropped-fields')?.fields ?? [];
  return Object.fromEntries(
    Object.entries(values).filter(
      ([field]) => !dropped.includes(field) && instance.access.allowsField(user, operation, table, field),
    ),
  );
}

/** Does a write; what a rule aborts is a 403 in the platform's words. */
export function guarded<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (error instanceof AbortedByRule) throw errors.aborted(error.message);
    throw error;
  }
}

/** The fields of a JSON body, as text. */
export async function bodyOf(c: Context<RestEnv>): Promise<Row> {
  const text = await c.req.text();
  const parsed = bodySchema.safeParse(parseJson(text));
  if (!parsed.success) {
    throw errors.badRequest('Exception while reading request', 'The payload is not valid JSON.');
  }
  return Object.fromEntries(Object.entries(parsed.data).map(([field, value]) => [field, textOf(value)]));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === null || value === undefined ? '' : JSON.stringify(value);
}

/** How the caller wants records shown. */
export function viewOf(c: Context<RestEnv>): View {
  const display = c.req.query('sysparm_display_value');
  const fields = c.req.query('sysparm_fields');
  return {
    fields: fields === undefined || fields === '' ? undefined : fields.split(',').map((name) => name.trim()),
    display: display === 'true' || display === 'all' ? display : 'false',
    excludeLink: c.req.query('sysparm_exclude_reference_link') === 'true',
    origin: new URL(c.req.url).origin,
    user: c.get('user'),
  };
}
