import { type Context, Hono } from 'hono';
import { z } from 'zod';
import type { RequestLog } from './request-log.ts';

export type Controlled = {
  readonly faults: { routes: () => Hono };
  readonly requests: RequestLog;
};

/** What every stand-in has under `/_sandbox`: the switches of its faults, and the requests that it got. */
export function commonControls({ faults, requests }: Controlled): Hono {
  const app = new Hono();
  app.route('/faults', faults.routes());
  app.get('/requests', (c) => c.json({ requests: requests.list(c.req.query('containing')) }));
  app.delete('/requests', (c) => {
    requests.clear();
    return c.body(null, 204);
  });
  return app;
}

/** Acts on a JSON body that fits the schema; answers 400 with what is wrong with any other. */
export async function withBody<T>(
  c: Context,
  schema: z.ZodType<T>,
  act: (body: T) => Response | Promise<Response>,
): Promise<Response> {
  const body = schema.safeParse(await c.req.json().catch(() => undefined));
  if (!body.success) return c.json({ error: z.prettifyError(body.error) }, 400);
  return act(body.data);
}
