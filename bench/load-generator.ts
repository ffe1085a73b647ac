import { z } from 'zod';
import { Child } from './processes/child.ts';
import type { Scope } from './scope.ts';

/** Which events are sent, signed and each new. */
export type Events = {
  readonly url: string;
  readonly secret: string;
  /** Index of the first change. Events go round `changes` changes: each round is the next version of each. */
  readonly from: number;
  readonly changes: number;
  readonly version: number;
  /** Goes over the usual fields of a change. */
  readonly more?: Readonly<Record<string, string>>;
};

const burstSchema = z.object({
  perSecond: z.number(),
  /** Latency of an answer, ms. */
  p50: z.number(),
  p99: z.number(),
  /** How busy (0 to 1) the generator itself was: near 1, it was what was measured. */
  utilization: z.number(),
  /** What the portal shows on every change once the last event has arrived there. */
  lastMark: z.string(),
});
export type Burst = z.output<typeof burstSchema>;

const streamSchema = z.object({
  sent: z.number(),
  mostUnderWay: z.number(),
  p50: z.number(),
  p99: z.number(),
});

/** A process that sends signed ServiceNow events. */
export class LoadGenerator {
  readonly #child: Child;

  constructor(scope: Scope) {
    this.#child = Child.start(scope, 'load.ts');
  }

  /** Sends `count` events as fast as they are acknowledged, all signed beforehand. Throws when one is refused. */
  async burst(
    events: Events,
    options: { readonly count: number; readonly connections: number; readonly distinct?: number },
  ): Promise<Burst> {
    const job = { more: {}, distinct: options.count, ...events, ...options };
    return this.#child.call('burst', job, burstSchema);
  }

  /** Sends at a fixed rate until `stopStream`. */
  async startStream(events: Events, perSecond: number): Promise<void> {
    await this.#child.tell('startStream', { more: {}, ...events, perSecond });
  }

  /** Answers how many were sent, how many waited for their answers at once at most, and for how long (ms). */
  async stopStream(): Promise<z.output<typeof streamSchema>> {
    return this.#child.call('stopStream', null, streamSchema);
  }
}
