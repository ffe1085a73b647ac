import type { Call, OutboundAnswer } from '../calls.ts';
import { textOf } from './record-query.ts';

const DEFAULT_TIMEOUT_MS = 60_000;

/** `RESTMessageV2` for requests that a script puts together itself. */
export class ScriptRestMessage {
  readonly #call: Call;
  readonly #headers: Record<string, string> = {};
  #url = '';
  #method = 'GET';
  #body = '';
  #timeoutMs = DEFAULT_TIMEOUT_MS;

  constructor(call: Call, name?: string) {
    if (name !== undefined) {
      throw new Error('The stand-in does not provide REST messages by name: set the endpoint in the script.');
    }
    this.#call = call;
  }

  setEndpoint(url: unknown): void {
    this.#url = textOf(url);
  }

  setHttpMethod(method: unknown): void {
    this.#method = textOf(method).toUpperCase();
  }

  setRequestHeader(name: unknown, value: unknown): void {
    this.#headers[textOf(name)] = textOf(value);
  }

  setRequestBody(body: unknown): void {
    this.#body = textOf(body);
  }

  setHttpTimeout(milliseconds: unknown): void {
    this.#timeoutMs = Number(milliseconds);
  }

  setMIDServer(name: unknown): void {
    throw new Error(`The stand-in has no MID server '${textOf(name)}': leave the setting empty.`);
  }

  getEndpoint(): string {
    return this.#url;
  }

  getRequestBody(): string {
    return this.#body;
  }

  /** Sends the request and waits. Throws when a request cannot be made at all, such as without an endpoint. */
  execute(): ScriptRestResponse {
    if (!/^https?:\/\//.test(this.#url)) throw new Error(`Invalid uri: '${this.#url}'`);
    return new ScriptRestResponse(
      this.#call('http', {
        url: this.#url,
        method: this.#method,
        headers: this.#headers,
        body: this.#body,
        timeoutMs: this.#timeoutMs,
      }),
    );
  }
}

/** `RESTResponseV2`. */
export class ScriptRestResponse {
  readonly #answer: OutboundAnswer;

  constructor(answer: OutboundAnswer) {
    this.#answer = answer;
  }

  getStatusCode(): number {
    return this.#answer.status;
  }

  haveError(): boolean {
    return this.#answer.status === 0 || this.#answer.status >= 400;
  }

  getErrorCode(): number {
    return this.#answer.errorCode;
  }

  getErrorMessage(): string {
    return this.#answer.errorMessage;
  }

  getBody(): string {
    return this.#answer.body;
  }

  getHeader(name: unknown): string | null {
    return this.#answer.headers[textOf(name).toLowerCase()] ?? null;
  }

  getHeaders(): Record<string, string> {
    return { ...this.#answer.headers };
  }
}
