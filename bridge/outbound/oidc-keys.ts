import { UpstreamUnavailable } from '../model/errors.ts';
import { type Call, Exchange, jsonOf } from './exchange.ts';
import type { Redactor } from './redactor.ts';

export type OidcKeysOptions = {
  /** The issuer of the tokens, without a trailing slash. */
  readonly issuer: string;
  readonly timeoutMs: number;
  readonly redactor: Redactor;
};

/** Some keys have 1 kB each. */
const MOST_BYTES = 256 * 1024;

/** The key set that an issuer of id_tokens publishes. GitLab has it at `/oauth/discovery/keys`. */
export class OidcKeys {
  readonly #options: OidcKeysOptions;
  readonly #exchange: Exchange;

  constructor(options: OidcKeysOptions) {
    const { issuer: baseUrl, timeoutMs } = options;
    this.#options = options;
    this.#exchange = new Exchange({ baseUrl, timeoutMs, maxBytes: MOST_BYTES, connections: 2 });
  }

  /** Asks once: no redirect, a deadline, at most 256 KiB. Throws UpstreamUnavailable where no JSON came. */
  async fetch(): Promise<unknown> {
    const call: Call = { method: 'GET', path: '/oauth/discovery/keys', sideEffect: false };
    const { issuer, redactor } = this.#options;
    const answer = await this.#exchange.send(call).catch((error: unknown) => {
      const why = redactor.clean(error instanceof Error ? error.message : String(error));
      throw new UpstreamUnavailable('GitLab', `The keys of ${issuer} cannot be fetched: ${why}`);
    });
    const keys = answer.status === 200 ? jsonOf(answer) : undefined;
    if (keys !== undefined) return keys;
    const text = `The keys of ${issuer} cannot be fetched: it answered ${answer.status}. Check GITLAB_OIDC_ISSUER.`;
    throw new UpstreamUnavailable('GitLab', text);
  }

  async close(): Promise<void> {
    await this.#exchange.close();
  }
}
