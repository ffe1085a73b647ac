import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, type HttpBindings } from '@hono/node-server';

/** What a stand-in's routes find in `c.env`: Node's own request and response. */
export type Bindings = { Bindings: HttpBindings };

export type Listening = { url: string; port: number; close: () => Promise<void> };

type Answers = { fetch: (request: Request, env: object) => Response | Promise<Response> };

export type ListenOptions = { port?: number | undefined; host?: string | undefined };

/**
 * Starts a Hono app on a port (0, the default, takes a free one) and resolves once it accepts connections.
 * `close` also ends open connections, so a client that waits for a hung answer sees a reset.
 * Rejects with Node's error when the port cannot be had.
 */
export async function listen(app: Answers, options: ListenOptions = {}): Promise<Listening> {
  const host = options.host ?? '127.0.0.1';
  const listener = getRequestListener((request, env) => app.fetch(request, env), {
    overrideGlobalObjects: false,
  });
  const server = createServer((incoming, outgoing) => {
    void listener(incoming, outgoing);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const port = portOf(server.address());
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://${host === '0.0.0.0' ? 'localhost' : host}:${port}`, port, close };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('The server has no TCP port.');
  return address.port;
}
