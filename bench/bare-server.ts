import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { z } from 'zod';
import { answerCalls } from './processes/answer-calls.ts';
import { WEBHOOK_PATH } from './event.ts';

// The yardstick: a route that reads its body and answers, nothing more.
const app = new Hono().post(WEBHOOK_PATH, async (c) => {
  await c.req.arrayBuffer();
  return c.json({ status: 'accepted' }, 202);
});
const server = createAdaptorServer({ fetch: app.fetch });

answerCalls({
  async start() {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = z.object({ port: z.number() }).parse(server.address());
    return { url: `http://127.0.0.1:${port}` };
  },
});
