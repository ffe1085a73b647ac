import type { Answer } from './exchange.ts';

const SHORTEST_MS = 100;
const LONGEST_MS = 3_600_000;

/**
 * How long (ms) the system asks us to stay away: Retry-After in seconds or as a date (RFC 9110, 10.2.3). Undefined
 * where it does not say.
 */
export function retryAfter(answer: Answer, now: number): number | undefined {
  const after = String(answer.headers['retry-after'] ?? '');
  return within(seconds(after) ?? (after.endsWith('GMT') ? Date.parse(after) - now : undefined));
}

/**
 * How long (ms) until the rate limit begins anew: x-ratelimit-reset in seconds, an epoch where it is over 10,000.
 * It counts in a 429 alone: Port sends it with every answer.
 */
export function limitReset(answer: Answer, now: number): number | undefined {
  const reset = String(answer.headers['x-ratelimit-reset'] ?? '');
  return within(Number(reset) > 10_000 ? Number(reset) * 1000 - now : seconds(reset));
}

function within(ms: number | undefined): number | undefined {
  if (ms === undefined || !Number.isFinite(ms)) return undefined;
  return Math.min(Math.max(ms, SHORTEST_MS), LONGEST_MS);
}

function seconds(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) * 1000 : undefined;
}
