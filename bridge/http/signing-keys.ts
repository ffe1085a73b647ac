import {
  createLocalJWKSet,
  type CryptoKey,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWSHeaderParameters,
} from 'jose';
import { z } from 'zod';
import { messageOf, UpstreamUnavailable } from '../model/errors.ts';
import type { Clock } from '../model/jobs.ts';

/** For how long (ms) a key set is believed: a key that the issuer took back is refused after that. */
const KEPT_MS = 10 * 60_000;
/** How often (ms) a key that is not among the known ones may make us ask again. */
const ASK_AGAIN_MS = 5_000;
/** How long (ms) nobody asks after an answer that was none. */
const PAUSE_MS = 1_000;

const keySet = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })) });

type Lookup = (header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>;

/**
 * The keys of one issuer, as it publishes them (RFC 7517). They are fetched when a token needs one, kept for ten
 * minutes, and fetched again for a key that is not among them: a flood of made-up keys costs a request every 5 s.
 */
export class SigningKeys {
  readonly #fetch: () => Promise<unknown>;
  readonly #clock: Clock;
  #known: { readonly lookup: Lookup; readonly at: number } | undefined;
  #pending: Promise<Lookup> | undefined;
  #failed: { readonly error: UpstreamUnavailable; readonly at: number } | undefined;

  /** `fetch` asks the issuer, once; it throws UpstreamUnavailable where no key set came. */
  constructor(fetch: () => Promise<unknown>, clock: Clock) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  /**
   * The key that a token names. Throws UpstreamUnavailable where the key set cannot be fetched, and an error of jose
   * where it has no such key.
   */
  async keyFor(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    const known = this.#known;
    const age = known === undefined ? Infinity : this.#clock() - known.at;
    if (known === undefined || age > KEPT_MS) return (await this.#ask())(header, token);
    try {
      return await known.lookup(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || age < ASK_AGAIN_MS) throw error;
      return (await this.#ask())(header, token);
    }
  }

  /** All who need the keys at the same time wait for one request. */
  async #ask(): Promise<Lookup> {
    if (this.#failed !== undefined && this.#clock() - this.#failed.at < PAUSE_MS) throw this.#failed.error;
    this.#pending ??= this.#load().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #load(): Promise<Lookup> {
    try {
      const lookup = createLocalJWKSet(readKeySet(await this.#fetch()));
      this.#known = { lookup, at: this.#clock() };
      this.#failed = undefined;
      return lookup;
    } catch (error) {
      const failure =
        error instanceof UpstreamUnavailable ? error : new UpstreamUnavailable('GitLab', messageOf(error));
      this.#failed = { error: failure, at: this.#clock() };
      throw failure;
    }
  }
}

/** Only RSA keys: no other can have signed what we accept. */
function readKeySet(told: unknown): JSONWebKeySet {
  const set = keySet.safeParse(told);
  if (!set.success) throw new UpstreamUnavailable('GitLab', 'What was published as the key set is none.');
  return { keys: set.data.keys.filter((key) => key.kty === 'RSA') };
}
