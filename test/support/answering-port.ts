import type { ServerResponse } from 'node:http';
import { localServer } from '../unit/local-server.ts';

/** A request that came in, but for the sign-in. */
export type Asked = {
  readonly method: string;
  readonly path: string;
  /** The header that Port's own routes want. */
  readonly reserved: unknown;
  readonly body: unknown;
};
export type Reply = { readonly status?: number; readonly json: unknown };

/** A Port that answers each request, but the sign-in, with what the test says: habits that no document tells. */
export async function answeringPort(
  reply: (asked: Asked) => Reply,
): Promise<{ readonly url: string; readonly asked: readonly Asked[] }> {
  const asked: Asked[] = [];
  const { url } = await localServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const signIn = { json: { accessToken: 't', expiresIn: 9_000 } };
      if (path.endsWith('/auth/access_token')) return write(response, signIn);
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      const one = { method, path, reserved: headers['x-port-reserved-usage'], body };
      asked.push(one);
      return write(response, reply(one));
    });
  });
  return { url, asked };
}

function write(response: ServerResponse, { status = 200, json }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
}
