import { Agent, request as send } from 'undici';
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
import { CredentialsRefused, OutcomeUnknown, type SystemName, UpstreamUnavailable } from '../model/errors.ts';
import type { Clock } from '../model/jobs.ts';
import { Holds } from './holds.ts';

/** What a system answered, read completely: `body` is at most `maxBytes` long. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
};

export type Call = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below the base URL, starting with a slash; every variable part already encoded. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /**
   * True where sending it twice would do something twice: then an answer that is missing or makes no sense is
   * an `OutcomeUnknown`, and the call is never repeated here.
   */
  readonly sideEffect: boolean;
  /** Which of our credentials it uses, where a system knows several: `denied` holds back one alone. */
  readonly credential?: string;
};

export type UpstreamOptions = {
  readonly system: SystemName;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** How many requests may be under way at once. */
  readonly connections: number;
  readonly clock: Clock;
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
 * The way to one system: one base URL, no redirects, deadlines, a cap on the answer's size, quick retries of
 * reads, and a breaker that spares a system in trouble.
 */
export class Upstream {
  readonly #options: UpstreamOptions;
  readonly #agent: Agent;
  readonly #breaker: CircuitBreakerPolicy;
  readonly #holds: Holds;
  #quietUntil = 0;
  #quietBecause = '';

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.#holds = new Holds(options.clock);
    this.#agent = new Agent({ connections: options.connections, pipelining: 1, keepAliveTimeout: 30_000 });
    this.#breaker = circuitBreaker(handleWhen(trips), {
      halfOpenAfter: BREAKER_PAUSE_MS,
      breaker: new ConsecutiveBreaker(BREAKER_FAILURES),
    });
  }

  get system(): SystemName {
    return this.#options.system;
  }

  /** For health pages: whether calls are held back at the moment, and why. */
  get state(): { readonly ok: boolean; readonly message: string } {
    if (this.#options.clock() < this.#quietUntil) {
      return { ok: false, message: this.#quietBecause };
    }
    const refused = this.#holds.reason;
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

  /**
   * A credential was refused: no call with it for a while, so that no account gets locked; then one call probes
   * before the others go on.
   */
  denied(message: string, credential = ''): CredentialsRefused {
    const error = new CredentialsRefused(this.system, message);
    this.#holds.put(credential, DENIED_PAUSE_MS, error);
    return error;
  }

  /** The system asked for a pause. */
  limited(message: string, retryAfterMs: number): UpstreamUnavailable {
    const error = new UpstreamUnavailable(this.system, message, retryAfterMs, false);
    this.#quietUntil = this.#options.clock() + retryAfterMs;
    this.#quietBecause = message;
    return error;
  }

  /** An answer that breaks the system's own contract: a web page, half a document, a missing field. */
  senseless(call: Call, message: string): UpstreamUnavailable | OutcomeUnknown {
    return call.sideEffect
      ? new OutcomeUnknown(this.system, message)
      : new UpstreamUnavailable(this.system, message);
  }

  /** Reads the body as JSON of the given shape; throws `senseless` where it is anything else. */
  parse<T>(call: Call, answer: Answer, schema: z.ZodType<T>): T {
    const result = schema.safeParse(jsonOf(answer));
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    const where = issue === undefined ? '' : ` (${issue.path.join('.')}: ${issue.message})`;
    throw this.senseless(
      call,
      `${this.system} answered ${call.method} ${pathOnly(call)} with ${answer.status} and a body that makes no sense${where}.`,
    );
  }

  /** Waits for calls that are under way; called again, it does nothing. */
  async close(): Promise<void> {
    if (!this.#agent.closed) await this.#agent.close();
  }

  async #guarded(call: Call): Promise<Answer> {
    return this.#holds.through(call.credential ?? '', () => this.#unlessLimited(call));
  }

  async #unlessLimited(call: Call): Promise<Answer> {
    const quietMs = this.#quietUntil - this.#options.clock();
    if (quietMs > 0) throw new UpstreamUnavailable(this.system, this.#quietBecause, quietMs, false);
    try {
      return await this.#breaker.execute(() => this.#send(call));
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      const message = `${this.system} failed ${BREAKER_FAILURES} times in a row; calls are held back for a moment.`;
      throw new UpstreamUnavailable(this.system, message, BREAKER_PAUSE_MS, false);
    }
  }

  async #send(call: Call): Promise<Answer> {
    const answer = await this.#exchange(call);
    if (answer.status === 429) {
      throw this.limited(
        `${this.system} limits the rate of our calls (429).`,
        this.#retryAfter(answer) ?? this.#limitReset(answer) ?? UNTOLD_PAUSE_MS,
      );
    }
    if (answer.status < 300 || (answer.status >= 400 && answer.status < 500)) return answer;
    const told = `${this.system} answered ${call.method} ${pathOnly(call)} with ${answer.status}`;
    if (answer.status < 400) {
      throw this.senseless(
        call,
        `${told}, a redirect, and redirects are not followed: check the address of ${this.system}, and whether a login page stands before it.`,
      );
    }
    if (call.sideEffect) throw new OutcomeUnknown(this.system, `${told}.`);
    throw new UpstreamUnavailable(this.system, `${told}.`, this.#retryAfter(answer));
  }

  async #exchange(call: Call): Promise<Answer> {
    const { baseUrl, timeoutMs, maxBytes } = this.#options;
    try {
      const response = await send(`${baseUrl}${call.path}`, {
        method: call.method,
        dispatcher: this.#agent,
        headers: {
          accept: 'application/json',
          'user-agent': 'changebridge',
          ...contentType(call),
          ...call.headers,
        },
        body: bodyOf(call),
        signal: AbortSignal.timeout(timeoutMs),
      });
      let size = 0;
      const chunks: Buffer[] = [];
      for await (const chunk of response.body) {
        const bytes = Buffer.from(chunk);
        size += bytes.length;
        if (size > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`);
        chunks.push(bytes);
      }
      return {
        status: response.statusCode,
        headers: response.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
    } catch (error) {
      throw this.#networkError(call, error);
    }
  }

  #networkError(call: Call, error: unknown): Error {
    const code = codeOf(error);
    const why = error instanceof Error ? error.message : String(error);
    const message = `${this.system} did not answer ${call.method} ${pathOnly(call)}: ${code ?? why}.`;
    if (call.sideEffect && !(code !== undefined && NEVER_SENT.has(code))) {
      return new OutcomeUnknown(this.system, message);
    }
    return new UpstreamUnavailable(this.system, message);
  }

  /** How long (ms) the system asks us to stay away: Retry-After in seconds or as a date (RFC 9110, 10.2.3). */
  #retryAfter(answer: Answer): number | undefined {
    const after = String(answer.headers['retry-after'] ?? '');
    return pause(seconds(after) ?? (after.endsWith('GMT') ? this.#until(Date.parse(after)) : undefined));
  }

  /**
   * How long (ms) until the rate limit begins anew: x-ratelimit-reset in seconds, an epoch where it is over 10,000.
   * It counts in a 429 alone: Port sends it with every answer.
   */
  #limitReset(answer: Answer): number | undefined {
    const reset = String(answer.headers['x-ratelimit-reset'] ?? '');
    return pause(Number(reset) > 10_000 ? this.#until(Number(reset) * 1000) : seconds(reset));
  }

  #until(epochMs: number): number {
    return epochMs - this.#options.clock();
  }
}

function pause(ms: number | undefined): number | undefined {
  return ms === undefined || !Number.isFinite(ms) ? undefined : Math.min(Math.max(ms, 100), 3_600_000);
}

function seconds(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) * 1000 : undefined;
}

function trips(error: unknown): boolean {
  return error instanceof OutcomeUnknown || (error instanceof UpstreamUnavailable && error.burnsAttempt);
}

function contentType(call: Call): Record<string, string> {
  if (call.json !== undefined) return { 'content-type': 'application/json' };
  return call.form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
}

function bodyOf(call: Call): string | null {
  if (call.json !== undefined) return JSON.stringify(call.json);
  return call.form === undefined ? null : new URLSearchParams(call.form).toString();
}

function pathOnly(call: Call): string {
  return call.path.split('?')[0] ?? call.path;
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The body as JSON, whatever the status; undefined where it is none. */
export function jsonOf(answer: Answer): unknown {
  const type = String(answer.headers['content-type'] ?? '');
  if (!type.includes('json')) return undefined;
  try {
    return JSON.parse(answer.body);
  } catch {
    return undefined;
  }
}
