import * as z from 'zod';

const rowSchema = z.record(z.string(), z.unknown());

/** An answer of the stand-in: the body parsed when it is JSON. */
export type Answer = { status: number; headers: Headers; body: unknown };

/** The record of an answer. */
export function rowOf(body: unknown): Record<string, unknown> {
  return z.object({ result: rowSchema }).parse(body).result;
}

/** The records of an answer. */
export function listOf(body: unknown): Record<string, unknown>[] {
  return z.object({ result: z.array(rowSchema) }).parse(body).result;
}

/** Calls the stand-in over HTTP as one user. */
export class Caller {
  readonly #url: string;
  readonly #authorization: string;

  constructor(url: string, userName: string, password: string) {
    this.#url = url;
    this.#authorization = `Basic ${Buffer.from(`${userName}:${password}`).toString('base64')}`;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#send('GET', path, undefined, headers);
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.#send('POST', path, body);
  }

  patch(path: string, body: unknown): Promise<Answer> {
    return this.#send('PATCH', path, body);
  }

  delete(path: string): Promise<Answer> {
    return this.#send('DELETE', path);
  }

  async token(clientId: string, clientSecret: string): Promise<string> {
    const answer = await fetch(`${this.#url}/oauth_token.do`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
      }),
    });
    return z.object({ access_token: z.string() }).parse(await answer.json()).access_token;
  }

  async #send(
    method: string,
    path: string,
    body?: unknown,
    extra: Record<string, string> = {},
  ): Promise<Answer> {
    const answer = await fetch(this.#url + path, {
      method,
      headers: { authorization: this.#authorization, 'content-type': 'application/json', ...extra },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const json = answer.headers.get('content-type')?.includes('json') === true;
    return { status: answer.status, headers: answer.headers, body: json ? JSON.parse(text) : text };
  }
}
