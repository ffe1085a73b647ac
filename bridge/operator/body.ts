import type { Context } from 'hono';
import type { z } from 'zod';
import { parseBody } from '../http/body.ts';

/** The JSON body of an operator's request by its schema; a problem answer where it does not fit. */
export async function readJson<T>(c: Context, schema: z.ZodType<T>): Promise<T | Response> {
  return parseBody(await c.req.text(), schema);
}
