import {
  ConsecutiveBreaker,
  BrokenCircuitError,
  circuitBreaker,
  type CircuitBreakerPolicy,
  CircuitState,
  handleWhen,
} from 'cockatiel';
import pRetry from 'p-retry';
import type { z } from 'zod';
import {
  CredentialsRefused,
  OutcomeUnknown,
  RequestRefused,
  type SystemName,
  UpstreamUnavailable,
} from '../model/errors.ts';
import type { Clock } from '../model/jobs.ts';
import { CredentialHolds } from './credential-holds.ts';
import { type Answer, type Call, Exchange, type ExchangeOptions, jsonOf } from './exchange.ts';
import type { Redactor } from './redactor.ts';
import { limitReset, retryAfter } from './requested-pause.ts';

export type UpstreamOptions = ExchangeOptions & {
  readonly system: SystemName;
  readonly clock: Clock;
  /** Cleans whatever of the system's own words gets into a message. */
  readonly redactor: Redactor;
};

/** How long (ms) calls are held back after a system refused our credentials. */
const DENIED_PAUSE_MS = 30_000;
/** How long (ms) calls are held back by a rate limit that does not say how long. */
const UNTOLD_PAUSE_MS = 5_000;
const BREAKER_FAILURES = 5;
const BREAKER_PAUSE_MS = 10_000;

/** Errors of which undici and Node are sure that no byte of the request was sent. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/**
 * The way to one system: quick retries of reads, a breaker that spares a system in trouble, pauses that it asks
 * for, and errors whose messages hold no secret and at most 500 characters of the system's own words.
 */
export class Upstream {
  readonly #options: UpstreamOptions;
  readonly #exchange: Exchange;
  readonly #breaker: CircuitBreakerPolicy;
  readonly #credentials: CredentialHolds;
  #pausedUntil = 0;
  #pauseReason = '';

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.#credentials = new CredentialHolds(options.clock);
    this.#exchange = new Exchange(options);
    this.#breaker = circuitBreaker(handleWhen(isFailure), {
      halfOpenAfter: BREAKER_PAUSE_MS,
      breaker: new ConsecutiveBreaker(BREAKER_FAILURES),
    });
  }

  get system(): SystemName {
    return this.#options.system;
  }

  /** For health pages: whether calls are held back at the moment, and why. */
  get state(): { readonly ok: boolean; readonly message: string } {
    if (this.#options.clock() < this.#pausedUntil) return { ok: false, message: this.#pauseReason };
    const refused = this.#credentials.reason;
    if (refused !== undefined) return { ok: false, message: refused.message };
    if (this.#breaker.state === CircuitState.Open) return { ok: false, message: `${this.system} is failing` };
    return { ok: true, message: '' };
  }

  /**
   * Sends one call and answers whatever status below 500 came back, except redirects and 429.
   * Throws UpstreamUnavailable (no effect, or harmless to repeat) or OutcomeUnknown (only for side effects).
   */
  async call(call: Call): Promise<Answer> {
    if (call.sideEffect) return this.#guarded(call);
    return pRetry(() => this.#guarded(call), {
      retries: 2,
      minTimeout: 100,
      maxTimeout: 500,
      randomize: true,
      shouldRetry: ({ error }) => error instanceof UpstreamUnavailable && error.retryAfterMs === undefined,
    });
  }

  /** The system's own words, as they may stand in a message. Every word of an answer that is kept comes from here. */
  quote(words: string): string {
    return this.#options.redactor.clean(words);
  }

  /** A token that the configuration did not list (`of` tells several apart): it is a secret from now on. */
  learnToken(token: string, of = ''): void {
    this.#options.redactor.learn(`${this.system} ${of}`, token);
  }

  /** The system understood the call and said no; `words` are its own, `''` where it said nothing. */
  refused(status: number, words: string): RequestRefused {
    return new RequestRefused(this.system, status, `${this.#answered(status)}${this.#because(words)}`);
  }

  /**
   * A credential was refused: no call with it for a while, so that no account gets locked; then one call probes
   * before the others go on.
   */
  denied(message: string, credential = ''): CredentialsRefused {
    const error = new CredentialsRefused(this.system, message);
    this.#credentials.hold(credential, DENIED_PAUSE_MS, error);
    return error;
  }

  /** An answer that breaks the system's own contract: a web page, half a document, a missing field. */
  badAnswer(call: Call, message: string): UpstreamUnavailable | OutcomeUnknown {
    return call.sideEffect
      ? new OutcomeUnknown(this.system, message)
      : new UpstreamUnavailable(this.system, message);
  }

  /** Reads the body as JSON of the given shape; throws `badAnswer` where it is anything else. */
  parse<T>(call: Call, answer: Answer, schema: z.ZodType<T>): T {
    const result = schema.safeParse(jsonOf(answer));
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    // The path may name keys of the answer.
    const where = issue === undefined ? '' : ` (${this.quote(`${issue.path.join('.')}: ${issue.message}`)})`;
    throw this.badAnswer(
      call,
      `${this.#answered(answer.status, call)} and a body that makes no sense${where}.`,
    );
  }

  /** Waits for calls that are under way; called again, it does nothing. */
  async close(): Promise<void> {
    await this.#exchange.close();
  }

  async #guarded(call: Call): Promise<Answer> {
    return this.#credentials.send(call.credential ?? '', () => this.#unlessPaused(call));
  }

  async #unlessPaused(call: Call): Promise<Answer> {
    const leftMs = this.#pausedUntil - this.#options.clock();
    if (leftMs > 0) throw new UpstreamUnavailable(this.system, this.#pauseReason, leftMs, false);
    try {
      return await this.#breaker.execute(() => this.#send(call));
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      const message = `${this.system} failed ${BREAKER_FAILURES} times in a row; calls are held back for a moment.`;
      throw new UpstreamUnavailable(this.system, message, BREAKER_PAUSE_MS, false);
    }
  }

  async #send(call: Call): Promise<Answer> {
    const answer = await this.#exchange.send(call).catch((error: unknown) => {
      throw this.#networkError(call, error);
    });
    const now = this.#options.clock();
    if (answer.status === 429) {
      throw this.#pause(retryAfter(answer, now) ?? limitReset(answer, now) ?? UNTOLD_PAUSE_MS);
    }
    if (answer.status < 300 || (answer.status >= 400 && answer.status < 500)) return answer;
    const answered = this.#answered(answer.status, call);
    if (answer.status < 400) {
      throw this.badAnswer(
        call,
        `${answered}, a redirect, and redirects are not followed: check the address of ${this.system}, and whether a login page stands before it.`,
      );
    }
    if (call.sideEffect) throw new OutcomeUnknown(this.system, `${answered}.`);
    throw new UpstreamUnavailable(this.system, `${answered}.`, retryAfter(answer, now));
  }

  /** The system limits our rate: nobody calls it for so long. */
  #pause(ms: number): UpstreamUnavailable {
    this.#pausedUntil = this.#options.clock() + ms;
    this.#pauseReason = `${this.system} limits the rate of our calls (429).`;
    return new UpstreamUnavailable(this.system, this.#pauseReason, ms, false);
  }

  #networkError(call: Call, error: unknown): Error {
    const code = codeOf(error);
    const why = error instanceof Error ? error.message : String(error);
    const message = `${this.system} did not answer ${call.method} ${pathOnly(call)}: ${this.quote(code ?? why)}.`;
    if (call.sideEffect && !(code !== undefined && NEVER_SENT.has(code))) {
      return new OutcomeUnknown(this.system, message);
    }
    return new UpstreamUnavailable(this.system, message);
  }

  #answered(status: number, call?: Call): string {
    const what = call === undefined ? '' : ` ${call.method} ${pathOnly(call)} with`;
    return `${this.system} answered${what} ${status}`;
  }

  #because(words: string): string {
    const quoted = this.quote(words);
    return quoted === '' ? '.' : `: ${quoted}`;
  }
}

/** What the breaker counts: a limit or a refusal is no sign of a system in trouble. */
function isFailure(error: unknown): boolean {
  return error instanceof OutcomeUnknown || (error instanceof UpstreamUnavailable && error.burnsAttempt);
}

function pathOnly(call: Call): string {
  return call.path.split('?')[0] ?? call.path;
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
