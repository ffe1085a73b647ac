import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Queues } from '../../queue/queues.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** The bridge's own figures, in Prometheus' text format. */
export type Metrics = {
  readonly webhook: (source: string, outcome: string, secret?: number) => void;
  /** A request without a valid proof. */
  readonly refused: (route: string, cause: string) => void;
  readonly run: (flow: string, outcome: string, ms: number) => void;
  readonly text: () => Promise<string>;
};

export function createMetrics(ledger: Ledger, queues: Queues, flows: readonly string[]): Metrics {
  const registry = new Registry();
  const webhooks = new Counter({
    name: 'bridge_webhooks_total',
    help: 'Webhooks by source, outcome and which of the active secrets matched',
    labelNames: ['source', 'outcome', 'secret'],
    registers: [registry],
  });
  const refused = new Counter({
    name: 'bridge_refused_requests_total',
    help: 'Requests without a valid signature or token, by route and cause',
    labelNames: ['route', 'cause'],
    registers: [registry],
  });
  const runs = new Histogram({
    name: 'bridge_flow_run_seconds',
    help: 'How long runs of a flow took, by outcome',
    labelNames: ['flow', 'outcome'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 15],
    registers: [registry],
  });
  const jobs = new Gauge({
    name: 'bridge_queue_jobs',
    help: 'Jobs by flow and state',
    labelNames: ['flow', 'state'],
    registers: [registry],
  });
  const deadLetters = new Gauge({
    name: 'bridge_dead_letters',
    help: 'Runs that were given up',
    registers: [registry],
  });
  return {
    webhook: (source, outcome, secret) =>
      webhooks.inc({ source, outcome, secret: secret === undefined ? '' : String(secret) }),
    refused: (route, cause) => refused.inc({ route, cause }),
    run: (flow, outcome, ms) => runs.observe({ flow, outcome }, ms / 1000),
    async text() {
      for (const flow of flows) {
        const { waiting, active, delayed } = await queues.counts(flow);
        jobs.set({ flow, state: 'waiting' }, waiting);
        jobs.set({ flow, state: 'active' }, active);
        jobs.set({ flow, state: 'delayed' }, delayed);
      }
      deadLetters.set(await ledger.deadLetters.count());
      return registry.metrics();
    },
  };
}
