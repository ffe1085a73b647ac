import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Pool } from 'undici';
import { z } from 'zod';
import { preciseNow } from '../clock.ts';

/** One event of the app on its way to the bridge. Times are epoch ms. */
export type Delivery = { readonly sysId: string; readonly sentAt: number; readonly answeredAt: number };

const eventSchema = z.object({ record: z.object({ sys_id: z.string() }) });
const NOT_FORWARDED = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive']);

/**
 * Listens where the app believes the bridge to be, and hands everything on. What it notes tells the app's own time
 * from the bridge's. Answers its address.
 */
export async function openRelay(bridgeUrl: string, deliveries: Delivery[]): Promise<string> {
  const pool = new Pool(bridgeUrl, { connections: 16 });
  const server = createServer((incoming, outgoing) => {
    relay(pool, deliveries, incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return `http://127.0.0.1:${port}`;
}

async function relay(
  pool: Pool,
  deliveries: Delivery[],
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(z.instanceof(Uint8Array).parse(chunk));
  const body = Buffer.concat(chunks);
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).filter(([name]) => !NOT_FORWARDED.has(name)),
  );
  const sentAt = preciseNow();
  const answer = await pool.request({
    path: incoming.url ?? '/',
    method: incoming.method === 'GET' ? 'GET' : 'POST',
    headers,
    body,
  });
  const text = await answer.body.text();
  const event = eventSchema.safeParse(JSON.parse(body.toString('utf8')));
  if (event.success) deliveries.push({ sysId: event.data.record.sys_id, sentAt, answeredAt: preciseNow() });
  outgoing.writeHead(answer.statusCode, { 'content-type': 'application/json' }).end(text);
}
