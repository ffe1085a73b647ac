import type { Context, MiddlewareHandler } from 'hono';
import type { Bindings } from './listen.ts';

const MOST_REQUESTS = 10_000;
const MOST_CHARACTERS = 16 * 1024 * 1024;

/** One request that a stand-in received. */
export class LoggedRequest {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** With the question mark, or empty. */
  readonly query: string;
  /** The body as it came, with secrets blanked. */
  readonly text: string;
  /** Who signed in, where the stand-in tells. */
  user: string | undefined;
  /** 0 until it was answered, and for ever where the answer was withheld. */
  status = 0;

  constructor(fields: Pick<LoggedRequest, 'at' | 'method' | 'path' | 'query' | 'text'>) {
    this.at = fields.at;
    this.method = fields.method;
    this.path = fields.path;
    this.query = fields.query;
    this.text = fields.text;
  }

  get url(): string {
    return this.path + this.query;
  }

  /** The JSON in the body; the text where it is none; undefined where it is empty. */
  get body(): unknown {
    if (this.text === '') return undefined;
    try {
      return JSON.parse(this.text);
    } catch {
      return this.text;
    }
  }

  toJSON(): object {
    const { at, method, url, user, status, text } = this;
    return { at, method, url, user, status, body: text };
  }
}

/**
 * The requests that a stand-in received, oldest first. It keeps the latest ones: at most `most` of them,
 * and at most 16 million characters of bodies.
 */
export class RequestLog {
  readonly #most: number;
  readonly #requests: LoggedRequest[] = [];
  #characters = 0;

  constructor(most = MOST_REQUESTS) {
    this.#most = most;
  }

  get length(): number {
    return this.#requests.length;
  }

  add(request: LoggedRequest): void {
    this.#requests.push(request);
    this.#characters += request.text.length;
    while (this.#requests.length > this.#most || this.#characters > MOST_CHARACTERS) {
      this.#characters -= this.#requests.shift()?.text.length ?? 0;
    }
  }

  /** Every request, or those whose "METHOD /path?query" contains the text. */
  list(containing = ''): LoggedRequest[] {
    return this.#requests.filter(({ method, url }) => `${method} ${url}`.includes(containing));
  }

  filter(wanted: (request: LoggedRequest) => boolean): LoggedRequest[] {
    return this.#requests.filter(wanted);
  }

  some(wanted: (request: LoggedRequest) => boolean): boolean {
    return this.#requests.some(wanted);
  }

  clear(): void {
    this.#requests.length = 0;
    this.#characters = 0;
  }
}

export type Recording = {
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Blanks what must not be shown in a body. */
  readonly blank?: (text: string) => string;
  /** Who signed in, asked once the request was answered. */
  readonly userOf?: (c: Context) => string | undefined;
};

/** Middleware that logs each request as it comes, and its status once it was answered. */
export function recordRequests(log: RequestLog, recording: Recording): MiddlewareHandler<Bindings> {
  const { clock, blank = (text) => text, userOf } = recording;
  return async (c, next) => {
    const { method } = c.req;
    const { path, query } = target(c.req.url);
    const text = method === 'GET' ? '' : blank(await c.req.text());
    const request = new LoggedRequest({ at: clock(), method, path, query, text });
    log.add(request);
    await next();
    request.status = wasWithheld(c) ? 0 : c.res.status;
    request.user = userOf?.(c);
  };
}

function target(url: string): { path: string; query: string } {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  const mark = url.indexOf('?', start);
  return mark < 0
    ? { path: url.slice(start), query: '' }
    : { path: url.slice(start, mark), query: url.slice(mark) };
}

/** A connection that was cut leaves no status, only this mark of the server's adapter. */
function wasWithheld(c: Context): boolean {
  return c.res.headers.has('x-hono-already-sent');
}
