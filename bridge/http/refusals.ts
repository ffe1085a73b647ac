import { isIPv6 } from 'node:net';
import type { Context } from 'hono';
import { routePath } from 'hono/route';
import type { Log } from '../log.ts';
import type { Clock } from '../model/jobs.ts';
import type { HttpContext, HttpEnv } from './env.ts';
import { ProblemError, unauthorized } from './problem.ts';
import { TokenBuckets } from './token-buckets.ts';

/** Why a request was refused before its content was looked at. */
export type RefusalCause = BearerRefusal | 'old-timestamp' | 'wrong-signature';
/** Why a bearer token, or its absence, let nobody in. */
export type BearerRefusal = 'no-proof' | 'wrong-token' | 'wrong-time' | 'wrong-audience' | 'wrong-issuer';

const MINUTE_MS = 60_000;
/** Wrong tokens of one address: so many at once, and so many a minute. */
const WRONG_TOKENS = 10;
/** Log lines a minute, of all addresses together. */
const LOG_LINES = 60;

const ADVICE: Readonly<Record<RefusalCause, string>> = {
  'no-proof': 'It carried no signature or token.',
  'old-timestamp': 'Its timestamp is more than five minutes off: compare the clocks.',
  'wrong-signature': 'Its signature fits no active secret: compare the secrets of both sides.',
  'wrong-time': 'Its id_token has expired or is not valid yet: compare the clocks.',
  'wrong-audience':
    'Its id_token was made for somebody else: compare the aud of id_tokens with GITLAB_OIDC_AUDIENCE.',
  'wrong-issuer': 'Its id_token comes from another GitLab: compare its iss with GITLAB_OIDC_ISSUER.',
  'wrong-token': 'Its token is not an active one: compare the tokens of both sides.',
};

export type RefusalOptions = {
  readonly clock: Clock;
  readonly log: Log;
  /** Told of every refusal: for metrics. */
  readonly onRefused: (route: string, cause: RefusalCause) => void;
};

/**
 * What happens to requests without a valid proof: each is counted, and told in the log (at most once a minute for
 * an address, never with what was shown). Nobody with a valid proof is held back, whatever their address did.
 */
export class Refusals {
  readonly #options: RefusalOptions;
  readonly #wrongTokens: TokenBuckets;
  readonly #logLines: TokenBuckets;
  readonly #allLogLines: TokenBuckets;

  constructor(options: RefusalOptions) {
    const { clock } = options;
    this.#options = options;
    this.#wrongTokens = new TokenBuckets({ tokens: WRONG_TOKENS, refillMs: MINUTE_MS / WRONG_TOKENS }, clock);
    this.#logLines = new TokenBuckets({ tokens: 1, refillMs: MINUTE_MS }, clock);
    this.#allLogLines = new TokenBuckets({ tokens: LOG_LINES, refillMs: MINUTE_MS / LOG_LINES }, clock);
  }

  /** Notes a webhook that proves nothing; answers the 401, which is the same for every cause. */
  webhook<E extends HttpEnv>(c: Context<E>, cause: RefusalCause): ProblemError {
    this.#note(c, cause);
    return unauthorized();
  }

  /** Notes a caller without a valid bearer token; answers the 401, or 429 after ten wrong tokens in a minute. */
  bearer<E extends HttpEnv>(c: Context<E>, cause: BearerRefusal): ProblemError {
    this.#note(c, cause);
    if (cause === 'no-proof' || this.#wrongTokens.take(addressOf(c))) return unauthorized();
    const detail = 'Too many wrong tokens came from this address.';
    return new ProblemError('too-many-wrong-tokens', detail, MINUTE_MS / WRONG_TOKENS / 1_000);
  }

  #note<E extends HttpEnv>(c: Context<E>, cause: RefusalCause): void {
    const route = routePath(c);
    const address = addressOf(c);
    this.#options.onRefused(route, cause);
    if (!this.#logLines.take(address) || !this.#allLogLines.take('all')) return;
    this.#options.log.warn({ route, cause, address }, `A request was refused. ${ADVICE[cause]}`);
  }
}

/** The client's address; of IPv6 its /64, which is one customer's. A proxy's clients share the proxy's address. */
function addressOf(c: HttpContext): string {
  const address = c.env.incoming.socket.remoteAddress ?? 'unknown';
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  return `${network(address)}::/64`;
}

function network(address: string): string {
  const [head = '', tail] = address.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array.from({ length: missing }, () => '0'), ...back];
  return groups.slice(0, 4).join(':');
}
