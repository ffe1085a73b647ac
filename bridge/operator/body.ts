import type { Context } from 'hono';
import type { z } from 'zod';
import { problem } from '../problem.ts';

/** The JSON body of an operator's request by its schema; a problem answer where it does not fit. */
export async function readJson<T>(c: Context, schema: z.ZodType<T>): Promise<T | Response> {
  let value: unknown;
  try {
    value = await c.req.json();
  } catch {
    return problem('malformed', 'The body is no JSON.');
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  return problem('malformed', `${issue?.path.join('.') ?? 'the body'}: ${issue?.message ?? 'does not fit'}`);
}
