import type { z } from 'zod';
import { ProblemError } from './problem.ts';

/** How deep arrays and objects may be nested: far deeper than any sender's body, far from the end of the stack. */
const MAX_DEPTH = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACE = 0x7d;
const CLOSE_BRACKET = 0x5d;

/** Reads a JSON body by a schema. Throws `malformed`, which names the first field that does not fit. */
export function parseJson<T>(body: Buffer, schema: z.ZodType<T>): T {
  if (isTooDeep(body)) {
    throw new ProblemError('malformed', `The body is nested deeper than ${MAX_DEPTH} levels.`);
  }
  const result = schema.safeParse(valueOf(body));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue === undefined || issue.path.length === 0 ? 'the body' : issue.path.join('.');
  throw new ProblemError('malformed', `${path}: ${issue?.message ?? 'does not fit'}`);
}

function valueOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ProblemError('malformed', 'The body is not JSON.');
  }
}

/** Counts brackets without recursion. Most bodies have too few of them to be deep, and need no full scan. */
function isTooDeep(body: Buffer): boolean {
  if (!hasMoreThan(body, MAX_DEPTH)) return false;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at];
    if (inString) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
  }
  return false;
}

function hasMoreThan(body: Buffer, count: number): boolean {
  let found = 0;
  for (const bracket of [OPEN_BRACE, OPEN_BRACKET]) {
    for (let at = body.indexOf(bracket); at >= 0; at = body.indexOf(bracket, at + 1)) {
      found += 1;
      if (found > count) return true;
    }
  }
  return false;
}
