import type { Clock } from '../state/store.ts';

export interface RateLimit {
  /** Requests that one period allows. */
  limit: number;
  /** Seconds. */
  period: number;
}

export interface RateLimits {
  entities: RateLimit;
  other: RateLimit;
}

/** Port's last published limits of an organisation: entity routes, and all others. */
export const PORT_LIMITS = {
  entities: { limit: 35_000, period: 300 },
  other: { limit: 15_000, period: 300 },
} as const;

/** For measurements: nothing is refused. */
export const NO_LIMITS: RateLimits = {
  entities: { limit: Number.MAX_SAFE_INTEGER, period: 300 },
  other: { limit: Number.MAX_SAFE_INTEGER, period: 300 },
};

export interface Usage extends RateLimit {
  remaining: number;
  /** Seconds until the period starts anew. */
  reset: number;
  exceeded: boolean;
}

/** Counts requests in fixed periods. */
export function createMeter({ limit, period }: RateLimit, clock: Clock): () => Usage {
  let startedAt = clock();
  let used = 0;
  return () => {
    const now = clock();
    if (now - startedAt >= period * 1000) {
      startedAt = now;
      used = 0;
    }
    used += 1;
    const reset = Math.ceil((startedAt + period * 1000 - now) / 1000);
    return { limit, period, remaining: Math.max(0, limit - used), reset, exceeded: used > limit };
  };
}
