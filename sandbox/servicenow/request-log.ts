/** One request that the stand-in received. */
export type LoggedRequest = {
  readonly at: number;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly user: string | undefined;
  /** 0 when the connection was cut without an answer. */
  readonly status: number;
  readonly body: string;
};

const KEPT = 20_000;

/** The requests that the stand-in received, oldest first; the oldest are forgotten beyond a limit. */
export class RequestLog {
  readonly #entries: LoggedRequest[] = [];

  add(entry: LoggedRequest): void {
    this.#entries.push(entry);
    if (this.#entries.length > KEPT) this.#entries.shift();
  }

  /** Every request, or those whose "METHOD /path?query" contains the text. */
  list(containing = ''): LoggedRequest[] {
    return this.#entries.filter((entry) => `${entry.method} ${entry.path}`.includes(containing));
  }

  clear(): void {
    this.#entries.length = 0;
  }
}
