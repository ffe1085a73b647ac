import { Agent, request } from 'undici';

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
  /** Where the answer is a long list: more than the system's usual deadline (ms) and size (bytes). */
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
};

export type ExchangeOptions = {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** How many requests may be under way at once. */
  readonly connections: number;
};

/** Sends requests to one base URL: no redirects, a deadline for each, a cap on the answer's size. */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #agent: Agent;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#agent = new Agent({ connections: options.connections, pipelining: 1, keepAliveTimeout: 30_000 });
  }

  /** Sends one request, once. Throws whatever the network makes of it. */
  async send(call: Call): Promise<Answer> {
    const { baseUrl, timeoutMs, maxBytes } = this.#options;
    const response = await request(`${baseUrl}${call.path}`, {
      method: call.method,
      dispatcher: this.#agent,
      headers: {
        accept: 'application/json',
        'user-agent': 'changebridge',
        ...contentType(call),
        ...call.headers,
      },
      body: bodyOf(call),
      signal: AbortSignal.timeout(call.timeoutMs ?? timeoutMs),
    });
    return {
      status: response.statusCode,
      headers: response.headers,
      body: await readUpTo(call.maxBytes ?? maxBytes, response.body),
    };
  }

  /** Waits for requests that are under way; called again, it does nothing. */
  async close(): Promise<void> {
    if (!this.#agent.closed) await this.#agent.close();
  }
}

async function readUpTo(maxBytes: number, body: AsyncIterable<Uint8Array>): Promise<string> {
  let size = 0;
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function contentType(call: Call): Record<string, string> {
  if (call.json !== undefined) return { 'content-type': 'application/json' };
  return call.form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
}

function bodyOf(call: Call): string | null {
  if (call.json !== undefined) return JSON.stringify(call.json);
  return call.form === undefined ? null : new URLSearchParams(call.form).toString();
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
