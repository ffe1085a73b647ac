import { Hono } from 'hono';
import type { HttpEnv } from '../bridge/http/env.ts';
import { listen } from '../bridge/http/listen.ts';

// The yardstick: a route that reads its body and answers, nothing more.
const app = new Hono<HttpEnv>().post('/webhooks/servicenow', async (c) => {
  await c.req.arrayBuffer();
  return c.json({ status: 'accepted' }, 202);
});
const { url } = await listen(app, '127.0.0.1', 0);
process.stdout.write(`${url}\n`);
