import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import type { HttpEnv } from './env.ts';

/** A listening HTTP server. */
export type Listening = {
  readonly url: string;
  /**
   * Takes no new connections, closes idle ones, and waits for requests that are being answered. After `deadlineMs`
   * it cuts off the rest: a client that never ends its request would hold up the end.
   */
  readonly close: (deadlineMs: number) => Promise<void>;
};

/** How long clients may take (ms), and how many connections there may be at once. */
export type ListenLimits = {
  /** Until the last header has come. */
  readonly headersMs: number;
  /** Until the last byte of the body has come. */
  readonly requestMs: number;
  /** Between two requests on one connection. */
  readonly idleMs: number;
  /** How often the deadlines are looked at. */
  readonly checkMs: number;
  readonly connections: number;
};

export const LISTEN_LIMITS: ListenLimits = {
  headersMs: 10_000,
  requestMs: 15_000,
  idleMs: 75_000,
  checkMs: 1_000,
  connections: 2_000,
};

/** How often (ms) a server that is closing looks for idle connections. */
const IDLE_CHECK_MS = 50;

/** Serves an app; port 0 takes a free one. Rejects, with what to do, where the address is taken or not allowed. */
export async function listen(
  app: Hono<HttpEnv>,
  host: string,
  port: number,
  limits: Partial<ListenLimits> = {},
): Promise<Listening> {
  const server = serverOf(app, { ...LISTEN_LIMITS, ...limits });
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
      // A connection may become idle only now, when its answer is out or the rest of a refused body has come.
      const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
      const cutOff = setTimeout(() => server.closeAllConnections(), deadlineMs);
      await closed;
      clearInterval(idle);
      clearTimeout(cutOff);
    },
  };
}

function serverOf(app: Hono<HttpEnv>, limits: ListenLimits): Server {
  const answer = getRequestListener(app.fetch);
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: limits.checkMs,
    },
    (incoming, outgoing) => {
      // For every answer: it is data of this moment, and never a page of another type than it says.
      outgoing.setHeader('x-content-type-options', 'nosniff');
      outgoing.setHeader('cache-control', 'no-store');
      void answer(incoming, outgoing);
    },
  );
  server.maxConnections = limits.connections;
  return server;
}
