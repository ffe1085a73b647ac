import { CredentialsRefused, NotYet, OutcomeUnknown, RequestRefused, UpstreamUnavailable } from './errors.ts';

/**
 * What happens to a job that threw. `wait`: run again later, no attempt is burned (the work is parked until
 * the cause is gone). `retry`: run again after a backoff. `dead-letter`: given up, kept for an operator.
 */
export type Verdict =
  | { readonly action: 'wait'; readonly delayMs: number }
  | { readonly action: 'retry'; readonly delayMs: number }
  | { readonly action: 'dead-letter' };

/** So many attempts take three days: the longest backoff, 225 s on average with its jitter, lies between most. */
export const MAX_ATTEMPTS = 1_160;
/** An error that no rule knows is a defect or damaged data: it gets few chances. */
const MAX_UNKNOWN_ATTEMPTS = 5;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 300_000;
const CREDENTIALS_WAIT_MS = 30_000;

/**
 * Maps an error to wait, retry or dead letter. `attempt` counts from 1; `random` is in [0, 1);
 * `isStorageTrouble` tells an outage of the ledger's own store from a defect; no backoff is longer than `longestMs`.
 */
export function verdictOn(
  error: unknown,
  attempt: number,
  random: number,
  isStorageTrouble: (error: unknown) => boolean,
  longestMs = LONGEST_BACKOFF_MS,
): Verdict {
  if (error instanceof NotYet) return { action: 'wait', delayMs: Math.max(1, error.afterMs) };
  if (error instanceof CredentialsRefused) return { action: 'wait', delayMs: CREDENTIALS_WAIT_MS };
  if (error instanceof RequestRefused) return { action: 'dead-letter' };
  if (error instanceof UpstreamUnavailable && !error.burnsAttempt) {
    const asked = error.retryAfterMs ?? FIRST_BACKOFF_MS;
    return { action: 'wait', delayMs: Math.round(asked * (1 + random / 4)) };
  }
  const known =
    error instanceof UpstreamUnavailable || error instanceof OutcomeUnknown || isStorageTrouble(error);
  if (attempt >= (known ? MAX_ATTEMPTS : MAX_UNKNOWN_ATTEMPTS)) return { action: 'dead-letter' };
  const asked = error instanceof UpstreamUnavailable ? (error.retryAfterMs ?? 0) : 0;
  return { action: 'retry', delayMs: Math.max(asked, backoffMs(attempt, random, longestMs)) };
}

/** Exponential from 1 s, with jitter over its upper half. */
function backoffMs(attempt: number, random: number, longestMs: number): number {
  const full = Math.min(longestMs, FIRST_BACKOFF_MS * 2 ** Math.min(attempt - 1, 20));
  return Math.round(full / 2 + (full / 2) * random);
}
