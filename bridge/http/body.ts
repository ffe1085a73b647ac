import type { z } from 'zod';
import { problem } from './problem.ts';

/** Reads a JSON text by a schema; a problem answer that names the first bad field where it does not fit. */
export function parseBody<T>(text: string, schema: z.ZodType<T>): T | Response {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return problem('malformed', 'The body is no JSON.');
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue === undefined || issue.path.length === 0 ? 'the body' : issue.path.join('.');
  return problem('malformed', `${path}: ${issue?.message ?? 'does not fit'}`);
}
