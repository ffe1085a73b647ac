import type { Context } from 'hono';
import { z } from 'zod';
import { FaultSwitch, faultKind } from '../lib/faults.ts';
import { httpFaultKinds, type Refusals } from '../lib/http-faults.ts';
import { answerError, errors, RestError } from './api/errors.ts';

const seconds = z.int().nonnegative();

/** What can be made to go wrong. README.md says what each does, and with what its `match` is compared. */
const KINDS = [
  ...httpFaultKinds('reset'),
  faultKind('401', {}),
  faultKind('429', { retryAfterSeconds: seconds.default(1) }),
  faultKind('500', {}),
  faultKind('503', { retryAfterSeconds: seconds.optional() }),
  faultKind('html', {}),
  faultKind('abort', { rule: z.string().default('Sandbox: refuse the write') }),
  faultKind('dropped-fields', { fields: z.array(z.string()) }),
  faultKind('acl-trim', { every: z.int().positive().default(2) }),
  faultKind('async-disorder', {
    minMs: z.number().nonnegative().default(0),
    maxMs: z.number().nonnegative().default(200),
  }),
  faultKind('outbound-throws', {}),
  faultKind('outbound-refused', {}),
  faultKind('outbound-timeout', {}),
] as const;

export type Faults = FaultSwitch<typeof KINDS>;
type Fault = ReturnType<Faults['list']>[number];

export function createFaults(): Faults {
  return new FaultSwitch(KINDS);
}

const HIBERNATING = `<!DOCTYPE html><html><head><title>Instance Hibernating page</title></head>
<body><h1>Your instance is hibernating.</h1><p>Sign in to the developer site to wake your instance.</p></body></html>`;

/** The instance's own words for the HTTP faults. `now`: epoch milliseconds. */
export function refusals(now: () => number): Refusals<Fault> {
  return {
    kinds: (c) => {
      const always = ['401', '429', '500', '503', 'html'] as const;
      return c.req.method === 'GET' ? always : [...always, 'abort'];
    },
    answer: (c, fault) => answer(c, fault, now()),
  };
}

function answer(c: Context, fault: Fault, now: number): Response {
  switch (fault.kind) {
    case '429':
      c.header('Retry-After', String(fault.retryAfterSeconds));
      c.header('X-RateLimit-Limit', '100');
      c.header('X-RateLimit-Reset', String(Math.ceil(now / 1000) + fault.retryAfterSeconds));
      c.header('X-RateLimit-Rule', 'Table API');
      return answerError(
        c,
        new RestError(
          429,
          'Rate limit exceeded',
          'Rate limit of 100 requests per hour for Table API exceeded',
        ),
      );
    case '401':
      return answerError(c, errors.unauthenticated());
    case 'html':
      return c.html(HIBERNATING, 200);
    case 'abort':
      return answerError(
        c,
        errors.aborted(
          `Operation against file 'change_request' was aborted by Business Rule '${fault.rule}'. Error ID: sandbox`,
        ),
      );
    case '503':
      if (fault.retryAfterSeconds !== undefined) c.header('Retry-After', String(fault.retryAfterSeconds));
      return c.html('<html><body><h1>Service Unavailable</h1></body></html>', 503);
    default:
      return answerError(c, new RestError(500, 'Internal server error', 'The fault 500 is switched on.'));
  }
}
