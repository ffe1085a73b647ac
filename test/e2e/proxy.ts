import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What passed through: `passed` counts the requests that reached the other side. */
export type Proxy = { readonly url: string; readonly passed: () => number };

/**
 * A front before a system, closed when the test ends: hands requests on, and gives the answer of `spoil` instead of the
 * real one where that is a status. From 500 on the request has had its effect by then; what is refused has none.
 */
export async function frontOf(
  target: string,
  spoil: (method: string, path: string) => number | undefined,
): Promise<Proxy> {
  let passed = 0;
  const server = createServer((request, response) => {
    void (async () => {
      const { method = 'GET', url = '/' } = request;
      const status = spoil(method, url);
      if (status !== undefined && status < 500) {
        response.writeHead(status).end();
        return;
      }
      const body = await bodyOf(request);
      const answer = await fetch(`${target}${url}`, {
        method,
        headers: headersOf(request),
        ...(body.length === 0 ? {} : { body }),
      });
      passed += 1;
      const type = status === undefined ? (answer.headers.get('content-type') ?? '') : 'text/html';
      const text = Buffer.from(await answer.arrayBuffer());
      response.writeHead(status ?? answer.status, { 'content-type': type });
      response.end(status === undefined ? text : '<html><body>Bad gateway</body></html>');
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => close(server));
  return { url: `http://127.0.0.1:${portOf(server)}`, passed: () => passed };
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const kept = ['authorization', 'content-type', 'private-token', 'accept'];
  return Object.fromEntries(
    kept.flatMap((name) => {
      const value = request.headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
