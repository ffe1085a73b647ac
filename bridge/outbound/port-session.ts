import type { Clock } from '../model/jobs.ts';
import { AccessToken, type IssuedToken } from './access-token.ts';
import { type Answer, type Call, jsonOf } from './exchange.ts';
import { Upstream } from './http.ts';
import { refusalAnswer, tokenAnswer } from './port-schemas.ts';
import type { Redactor } from './redactor.ts';

export type SessionOptions = {
  /** With `/v1`, without a trailing slash. */
  readonly apiUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clock: Clock;
  /** How long (ms) one call may take. */
  readonly timeoutMs: number;
  readonly redactor: Redactor;
  /** How many requests may be under way at once. */
  readonly connections: number;
};

const TOKEN_MARGIN_MS = 300_000;

/** Calls to Port's API with the organisation's credentials. */
export class PortSession {
  readonly upstream: Upstream;
  readonly #options: SessionOptions;
  readonly #token: AccessToken;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.upstream = new Upstream({
      system: 'Port',
      baseUrl: options.apiUrl,
      timeoutMs: options.timeoutMs,
      maxBytes: 8 * 1024 * 1024,
      connections: options.connections,
      clock: options.clock,
      redactor: options.redactor,
    });
    this.#token = new AccessToken(options.clock, () => this.#askForToken());
  }

  /** Sends a call and answers any status below 500 but 401. Throws UpstreamUnavailable and CredentialsRefused. */
  async call(call: Call): Promise<Answer> {
    const answer = await this.#authorized(call);
    if (answer.status !== 401) return answer;
    // The token may have been revoked before its end: once more with a new one.
    const again = await this.#authorized(call);
    if (again.status !== 401) return again;
    throw this.upstream.denied(
      'Port does not accept our token (401). Check PORT_CLIENT_ID and PORT_CLIENT_SECRET.',
    );
  }

  /** The answer, where it is none of refusal; throws RequestRefused with Port's own words otherwise. */
  checked(answer: Answer): Answer {
    if (answer.status < 300) return answer;
    const parsed = refusalAnswer.safeParse(jsonOf(answer));
    throw this.upstream.refused(
      answer.status,
      parsed.success ? parsed.data.message || parsed.data.error : '',
    );
  }

  async close(): Promise<void> {
    await this.upstream.close();
  }

  async #authorized(call: Call): Promise<Answer> {
    const token = await this.#token.get();
    const answer = await this.upstream.call({
      ...call,
      headers: { ...call.headers, authorization: `Bearer ${token}` },
    });
    if (answer.status === 401) this.#token.forget(token);
    return answer;
  }

  async #askForToken(): Promise<IssuedToken> {
    const { clientId, clientSecret, clock } = this.#options;
    const call: Call = {
      method: 'POST',
      path: '/auth/access_token',
      json: { clientId, clientSecret },
      sideEffect: false,
    };
    const answer = await this.upstream.call(call);
    if (answer.status >= 400) {
      throw this.upstream.denied(
        `Port gives us no token (${answer.status}). Check PORT_CLIENT_ID and PORT_CLIENT_SECRET.`,
      );
    }
    const token = this.upstream.parse(call, answer, tokenAnswer);
    this.upstream.learnToken(token.accessToken);
    const keptMs = Math.max(token.expiresIn * 1000 - TOKEN_MARGIN_MS, 1000);
    return { value: token.accessToken, until: clock() + keptMs };
  }
}
