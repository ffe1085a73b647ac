import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { Faults } from '../faults.ts';
import type { OutboundAnswer, OutboundRequest } from './calls.ts';

const CUTS = ['outbound-throws', 'outbound-refused', 'outbound-timeout'] as const;
const SOCKET_TIMEOUT = 1;
const OTHER_ERROR = -1;
const TIMED_OUT = 'java.net.SocketTimeoutException: Read timed out';

/** One request that a script made, and what came of it. */
export type OutboundEntry = { readonly request: OutboundRequest; readonly answer: OutboundAnswer };

/** The instance's way out: makes the requests of scripts, and remembers them. */
export class Outbound {
  readonly entries: OutboundEntry[] = [];
  readonly #agent = new Agent({ connections: 16 });
  readonly #faults: Faults;

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  /**
   * Sends the request. What went wrong is in the answer, as the platform has it; rejects only when the
   * fault `outbound-throws` is on, as `execute()` may throw on the platform.
   */
  async send(outgoing: OutboundRequest): Promise<OutboundAnswer> {
    const { method } = outgoing;
    const fault = this.#faults.take(`${method} ${outgoing.url}`, ...CUTS);
    if (fault?.kind === 'outbound-throws')
      throw new Error('java.lang.IllegalStateException: no route to host');
    const answer = fault === undefined ? await this.#send(outgoing) : await this.#cut(fault.kind, outgoing);
    this.entries.push({ request: outgoing, answer });
    return answer;
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #cut(kind: string, { timeoutMs }: OutboundRequest): Promise<OutboundAnswer> {
    if (kind === 'outbound-refused') return noAnswer(OTHER_ERROR, 'Connection refused');
    await sleep(timeoutMs, undefined, { ref: false });
    return noAnswer(SOCKET_TIMEOUT, TIMED_OUT);
  }

  async #send({ url, method, headers, body, timeoutMs }: OutboundRequest): Promise<OutboundAnswer> {
    try {
      const response = await request(url, {
        dispatcher: this.#agent,
        method,
        headers: { ...headers },
        ...(body === '' ? {} : { body }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.body.text();
      const failed = response.statusCode >= 400;
      return {
        status: response.statusCode,
        headers: Object.fromEntries(
          Object.entries(response.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
        ),
        body: text,
        errorCode: failed ? OTHER_ERROR : 0,
        errorMessage: failed
          ? `Method failed: (${new URL(url).pathname}) with code: ${response.statusCode}`
          : '',
      };
    } catch (error) {
      return unanswered(error);
    }
  }
}

function unanswered(error: unknown): OutboundAnswer {
  const timedOut = error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
  if (timedOut) return noAnswer(SOCKET_TIMEOUT, TIMED_OUT);
  return noAnswer(OTHER_ERROR, error instanceof Error ? error.message : String(error));
}

function noAnswer(errorCode: number, errorMessage: string): OutboundAnswer {
  return { status: 0, headers: {}, body: '', errorCode, errorMessage };
}
