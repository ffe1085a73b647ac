import type { MiddlewareHandler } from 'hono';

const KEEP = 2000;

/** A request to the API, as it came. `status` is null until (and unless) it was answered. */
export type LoggedRequest = {
  at: number;
  method: string;
  /** Path and query. */
  url: string;
  headers: Record<string, string>;
  body: string;
  status: number | null;
};

/** Middleware that keeps the latest 2,000 requests in `log`, oldest first. */
export function requestLog(log: LoggedRequest[], now: () => number): MiddlewareHandler {
  return async (c, next) => {
    const { pathname, search } = new URL(c.req.url);
    const body = c.req.method === 'GET' ? '' : await c.req.text();
    const entry: LoggedRequest = {
      at: now(),
      method: c.req.method,
      url: pathname + search,
      headers: c.req.header(),
      body,
      status: null,
    };
    log.push(entry);
    if (log.length > KEEP) log.shift();
    await next();
    entry.status = c.res.status;
  };
}
