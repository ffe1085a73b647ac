import type { Clock } from '../model/jobs.ts';

/** A token, and until when (ms since the epoch) it is used. */
export type IssuedToken = { readonly value: string; readonly until: number };

/** The access token of one client: asked for once, however many calls wait for it, and kept until it ends. */
export class AccessToken {
  readonly #clock: Clock;
  readonly #ask: () => Promise<IssuedToken>;
  #token: IssuedToken | undefined;
  #asking: Promise<IssuedToken> | undefined;

  constructor(clock: Clock, ask: () => Promise<IssuedToken>) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** Throws what asking for a token throws. */
  async get(): Promise<string> {
    if (this.#token !== undefined && this.#token.until > this.#clock()) return this.#token.value;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    this.#token = await this.#asking;
    return this.#token.value;
  }

  /** The system refused this token. A newer one, which another call has fetched meanwhile, stays. */
  forget(value: string): void {
    if (this.#token?.value === value) this.#token = undefined;
  }
}
