import type { Context } from 'hono';
import { type AnyFault, FaultSwitch, faultKind } from '../lib/faults.ts';
import { httpFaultKinds, type Refusals } from '../lib/http-faults.ts';

/** What can be made to go wrong. README.md says what each does, and with what its `match` is compared. */
const KINDS = [
  ...httpFaultKinds('reset'),
  faultKind('429', {}),
  faultKind('500', {}),
  faultKind('502', {}),
  faultKind('rate-limit', {}),
  faultKind('rate-limit-string', {}),
  faultKind('created-but-failed', {}),
  faultKind('drop-hook', {}),
  faultKind('duplicate-hook', {}),
  faultKind('runner-stuck', {}),
  faultKind('job-fails', {}),
] as const;

export type Faults = FaultSwitch<typeof KINDS>;

export function createFaults(): Faults {
  return new FaultSwitch(KINDS);
}

export const RATE_LIMIT = 'Too many pipelines created in the last minute. Try again later.';

const GATEWAY_PAGE =
  '<!DOCTYPE html><html><head><title>GitLab is not responding</title></head>' +
  '<body><h1>502</h1><h3>Whoops, GitLab is taking too much time to respond.</h3></body></html>';

/** The instance's own words for the HTTP faults. */
export const REFUSALS: Refusals<AnyFault> = {
  kinds: () => ['429', '500', '502'],
  answer(c: Context, { kind }) {
    if (kind === '500') return c.json({ message: '500 Internal Server Error' }, 500);
    if (kind === '502') return c.html(GATEWAY_PAGE, 502);
    c.header('Retry-After', '1');
    const error = 'This endpoint has been requested too many times. Try again later.';
    return c.json({ message: { error } }, 429);
  },
};
