import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { changeFields, markOf } from './change.ts';
import { Connection } from './connection.ts';
import { requestBytes, signedEvent } from './event.ts';
import { answerCalls } from './processes/answer-calls.ts';
import { quantile } from './statistics.ts';

// The load generator, a process of its own. See load-generator.ts for what it can be asked.

const TICK_MS = 10;

const eventsSchema = z.object({
  url: z.string(),
  secret: z.string(),
  /** Events go round these changes: each round is the next version of each. */
  from: z.number(),
  changes: z.number(),
  version: z.number(),
  /** Goes over the usual fields. */
  more: z.record(z.string(), z.string()),
});
type Events = z.output<typeof eventsSchema>;
const burstSchema = eventsSchema.extend({
  count: z.number(),
  connections: z.number(),
  /** So many different requests, repeated: for a server that does not look at them. */
  distinct: z.number(),
});
const streamSchema = eventsSchema.extend({ perSecond: z.number() });

function eventBytes(events: Events, position: number): Buffer {
  const index = events.from + (position % events.changes);
  const version = events.version + Math.floor(position / events.changes);
  const fields = changeFields(index, version, events.more);
  return requestBytes(signedEvent(fields, events.secret, Date.now()), new URL(events.url).host);
}

async function burst(input: unknown): Promise<object> {
  const job = burstSchema.parse(input);
  const requests = Array.from({ length: Math.min(job.count, job.distinct) }, (_, position) =>
    eventBytes(job, position),
  );
  const connections = await Promise.all(
    Array.from({ length: job.connections }, () => Connection.open(job.url)),
  );
  const latencies: number[] = [];
  let next = 0;
  const before = performance.eventLoopUtilization();
  const started = performance.now();
  const client = async (connection: Connection): Promise<void> => {
    while (next < job.count) {
      const request = requests[next++ % requests.length];
      if (request === undefined) return;
      const sent = performance.now();
      const status = await connection.send(request);
      if (status !== 202) throw new Error(`An event was answered with ${status}.`);
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(connections.map(client));
  const seconds = (performance.now() - started) / 1000;
  const { utilization } = performance.eventLoopUtilization(before);
  for (const connection of connections) connection.close();
  const [p50, p99] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
  const lastMark = markOf(job.version + Math.ceil(job.count / job.changes) - 1);
  return { perSecond: job.count / seconds, p50, p99, utilization, lastMark };
}

type Stream = { readonly stop: () => Promise<object> };
let stream: Stream | undefined;

/** Sends at a fixed rate, whatever the answers: a server that is slow gets no mercy. */
async function startStream(input: unknown): Promise<Stream> {
  const job = streamSchema.parse(input);
  const idle: Connection[] = [];
  const latencies: number[] = [];
  const underWay = new Set<Promise<void>>();
  const started = Date.now();
  let sent = 0;
  let mostUnderWay = 0;
  const send = async (request: Buffer): Promise<void> => {
    const at = performance.now();
    const connection = await connectionFrom(idle, job.url);
    const status = await connection.send(request);
    if (status !== 202) throw new Error(`An event was answered with ${status}.`);
    latencies.push(performance.now() - at);
    idle.push(connection);
  };
  let failure: unknown;
  const timer = setInterval(() => {
    const due = ((Date.now() - started) / 1000) * job.perSecond;
    while (sent < due) {
      const sending = send(eventBytes(job, sent++)).catch((error: unknown) => {
        failure ??= error;
      });
      underWay.add(sending);
      mostUnderWay = Math.max(mostUnderWay, underWay.size);
      void sending.finally(() => underWay.delete(sending));
    }
  }, TICK_MS);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      for (const connection of idle) connection.close();
      if (failure !== undefined) throw failure;
      return { sent, mostUnderWay, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) };
    },
  };
}

/** A connection that is free, or a new one: servers close those that were idle for long. */
async function connectionFrom(idle: Connection[], url: string): Promise<Connection> {
  for (let free = idle.pop(); free !== undefined; free = idle.pop()) {
    if (free.isOpen) return free;
  }
  return Connection.open(url);
}

answerCalls({
  burst,
  async startStream(input) {
    stream = await startStream(input);
  },
  stopStream: () => stream?.stop(),
});
