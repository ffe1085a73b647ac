import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';

/** A listening HTTP server. */
export type Listening = {
  readonly url: string;
  /**
   * Takes no new connections, ends idle ones, and waits for requests that are being answered; after `deadlineMs`
   * it cuts off those that are still there, for a client that never ends its request would hold up the end.
   */
  readonly close: (deadlineMs: number) => Promise<void>;
};

/** Serves an app; port 0 takes a free one. Rejects, with what to do, where the address is taken or not allowed. */
export async function listen(app: Hono, host: string, port: number): Promise<Listening> {
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const why = `The bridge cannot listen on ${host}, port ${port} (${error.message}).`;
      reject(new Error(`${why} End what uses it, or choose another BRIDGE_HOST or BRIDGE_PORT.`));
    });
    server.listen(port, host, () => resolve());
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return {
    url: `http://${shown}:${bound}`,
    async close(deadlineMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      if (!('closeIdleConnections' in server)) return closed;
      server.closeIdleConnections();
      const cutOff = setTimeout(() => server.closeAllConnections(), deadlineMs);
      await closed;
      clearTimeout(cutOff);
    },
  };
}
