import type { Cluster, Redis } from 'ioredis';
import { ApproveRuns } from './approve-runs.ts';
import { Audit, type AuditOptions } from './audit.ts';
import { Changes } from './changes.ts';
import { DeadLetters } from './dead-letters.ts';
import { Deployments } from './deployments.ts';
import { Events } from './events.ts';
import { Gates } from './gates.ts';
import { Lifecycles } from './lifecycles.ts';
import { Owed } from './owed.ts';
import { Pipelines } from './pipelines.ts';
import { PortalCalls } from './portal-calls.ts';
import { Receipts } from './receipts.ts';
import { Replays } from './replays.ts';
import { RunReports } from './run-reports.ts';
import { RunTies } from './run-ties.ts';
import { Sightings } from './sightings.ts';
import { createStore } from './store.ts';
import { Syncs } from './syncs.ts';
import { Timeline } from './timeline.ts';
import { Triggers } from './triggers.ts';
import { Warnings } from './warnings.ts';

export type Ledger = ReturnType<typeof createLedger>;

/** A log without a key, of which nobody else is told. */
const PLAIN_AUDIT: AuditOptions = { keys: [], onEntry: () => {} };

/** All that the bridge knows, in Redis. Jobs carry keys into it; every flow re-reads it. */
export function createLedger(redis: Redis | Cluster, prefix: string, audit: AuditOptions = PLAIN_AUDIT) {
  const store = createStore(redis, prefix);
  const changes = new Changes(store);
  return {
    changes,
    events: new Events(store),
    triggers: new Triggers(store, changes),
    owed: new Owed(store),
    approveRuns: new ApproveRuns(store),
    gates: new Gates(store),
    deployments: new Deployments(store),
    lifecycles: new Lifecycles(store),
    runReports: new RunReports(store),
    runTies: new RunTies(store),
    portalCalls: new PortalCalls(store),
    pipelines: new Pipelines(store),
    receipts: new Receipts(store),
    timeline: new Timeline(store),
    deadLetters: new DeadLetters(store),
    replays: new Replays(store),
    warnings: new Warnings(store),
    sightings: new Sightings(store),
    audit: new Audit(store, audit),
    syncs: new Syncs(store),
    /** Resolves if Redis answers; throws what ioredis throws if it does not. */
    ping: async (): Promise<void> => {
      await redis.ping();
    },
  };
}
