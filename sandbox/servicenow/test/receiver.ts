import { type IncomingHttpHeaders, type ServerResponse, createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';
import * as z from 'zod';

/** What the receiver answers: a status with headers, or nothing at all. */
export type Reply =
  | { status: number; headers?: Record<string, string>; afterMs?: number; text?: string }
  | 'hang';

const bodySchema = z.object({
  event: z.string(),
  occurred_at: z.string(),
  record: z.record(z.string(), z.string()).optional(),
});

/** One delivery as it arrived. */
export type Delivery = {
  readonly path: string;
  readonly id: string;
  readonly timestamp: number;
  readonly signatures: readonly string[];
  readonly text: string;
  readonly event: string;
  readonly record: Record<string, string>;
};

/** A real HTTP server in the bridge's place. */
export class Receiver {
  readonly deliveries: Delivery[] = [];
  /** The most deliveries of one change that were open at the same time. */
  mostAtOnce = 0;
  reply: (delivery: Delivery, count: number) => Reply = () => ({ status: 202 });
  /** The questions whether the bridge is there; they are no deliveries. */
  readonly pings: Delivery[] = [];
  pong: () => Reply = () => ({ status: 200, text: '{"version":"1.2.3","secret":0}' });
  readonly #open = new Map<string, number>();
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.#receive(request.url ?? '', request.headers, Buffer.concat(chunks).toString('utf8'), response);
    });
  });
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens; the second time on the same port as the first. */
  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = z.object({ port: z.number() }).parse(this.#server.address()).port;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** The ids of the deliveries, one for each arrival. */
  ids(): string[] {
    return this.deliveries.map((delivery) => delivery.id);
  }

  #receive(path: string, headers: IncomingHttpHeaders, text: string, response: ServerResponse): void {
    const { event, record = {} } = bodySchema.parse(JSON.parse(text));
    const delivery = {
      path,
      id: String(headers['webhook-id']),
      timestamp: Number(headers['webhook-timestamp']),
      signatures: String(headers['webhook-signature']).split(' '),
      text,
      event,
      record,
    };
    if (event === 'ping') {
      this.pings.push(delivery);
      send(response, this.pong());
      return;
    }
    this.deliveries.push(delivery);
    const change = record['sys_id'] ?? '';
    const open = (this.#open.get(change) ?? 0) + 1;
    this.#open.set(change, open);
    this.mostAtOnce = Math.max(this.mostAtOnce, open);
    const reply = this.reply(delivery, this.deliveries.length);
    if (reply === 'hang') return;
    const answer = (): void => {
      this.#open.set(change, (this.#open.get(change) ?? 1) - 1);
      send(response, reply);
    };
    if (reply.afterMs === undefined) answer();
    else setTimeout(answer, reply.afterMs);
  }
}

function send(response: ServerResponse, reply: Reply): void {
  if (reply !== 'hang') response.writeHead(reply.status, reply.headers).end(reply.text);
}

/** Does one of the delivery's signatures prove this secret? Computed by the reference library. */
export function isSignedWith(delivery: Delivery, secret: string): boolean {
  const expected = new Webhook(secret).sign(delivery.id, new Date(delivery.timestamp * 1000), delivery.text);
  return delivery.signatures.includes(expected);
}
