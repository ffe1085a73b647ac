import type { Context } from 'hono';
import { z } from 'zod';
import { FaultSwitch, faultKind } from '../lib/faults.ts';
import { httpFaultKinds, type Refusals } from '../lib/http-faults.ts';
import { PortError, tooMany, unauthorized } from './api/errors.ts';
import type { Organisation } from './state/organisation.ts';

/** What can be made to go wrong. README.md says what each does, and with what its `match` is compared. */
const KINDS = [
  ...httpFaultKinds('hang'),
  faultKind('429', {
    reset: z.number().nonnegative().default(1),
    format: z.enum(['seconds', 'epoch']).default('seconds'),
  }),
  faultKind('403', {}),
  faultKind('500', {}),
  faultKind('html', {}),
  faultKind('expired-token', {}),
  faultKind('partial', {
    identifiers: z.array(z.string()).min(1),
    statusCode: z.int().default(500),
    error: z.string().default('internal_error'),
    message: z.string().default('The entity could not be written'),
  }),
  faultKind('drop-webhook', {}),
] as const;

export type Faults = FaultSwitch<typeof KINDS>;
type Fault = ReturnType<Faults['list']>[number];

export function createFaults(): Faults {
  return new FaultSwitch(KINDS, { times: 1, malformed: 422 });
}

const GATEWAY_PAGE =
  '<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>';

/** The portal's own words for the HTTP faults. */
export function refusals(org: Organisation): Refusals<Fault> {
  return {
    kinds: (c) => {
      const signsIn = c.req.path.endsWith('/auth/access_token');
      return signsIn ? ['html', '500', '429'] : ['html', '500', '429', '403', 'expired-token'];
    },
    answer: (c, fault) => answer(org, c, fault),
  };
}

function answer(org: Organisation, c: Context, fault: Fault): Response {
  if (fault.kind === 'html') return c.html(GATEWAY_PAGE, 502);
  if (fault.kind === '429') {
    const base = fault.format === 'epoch' ? Math.floor(org.clock() / 1000) : 0;
    c.header('x-ratelimit-remaining', '0');
    c.header('x-ratelimit-reset', String(base + fault.reset));
    throw tooMany();
  }
  if (fault.kind === '403') {
    throw new PortError(403, 'forbidden', 'You are not authorized to perform this action');
  }
  if (fault.kind === 'expired-token') {
    org.tokens.revokeAll();
    throw unauthorized('The access token has expired');
  }
  throw new PortError(500, 'internal_error', 'Something went wrong');
}
