import { connectFast, connectPatient } from '../queue/connection.ts';
import { openQueues, type Queues } from '../queue/queues.ts';
import { redisTroubles } from '../queue/redis-health.ts';
import { createApp, createWorkerApp } from './app.ts';
import { createClients } from './clients.ts';
import type { Config } from './config.ts';
import { startFlowWorkers } from './flow-workers.ts';
import { FLOWS } from './flows/index.ts';
import { flowContext } from './flow-context.ts';
import { AGENT_KEYS } from './flows/shared/agent-keys.ts';
import { SWEEP_KEYS } from './flows/sweep.ts';
import { BodyReader, HOOK_BODIES, USUAL_BODIES } from './http/body.ts';
import { listen } from './http/listen.ts';
import { inboundContext } from './inbound-context.ts';
import { Refusals } from './http/refusals.ts';
import { type AuditEntry, auditKey } from './ledger/audit-chain.ts';
import { createLedger } from './ledger/ledger.ts';
import type { Log } from './log.ts';
import type { Clock } from './model/jobs.ts';
import { MAX_ATTEMPTS } from './model/retry.ts';
import type { OperatorContext } from './operator/context.ts';
import { createMetrics } from './operator/metrics.ts';

/** Durations in ms. */
export type Timings = {
  /** How long one call to a system may take. */
  readonly callMs: number;
  /** How long after an ambiguous call its effect may still appear. */
  readonly settleMs: number;
  /** After how long a dead worker's jobs are taken over. */
  readonly lockMs: number;
  /** How often unfinished records are looked at. */
  readonly sweepMs: number;
  /** How often the portal is asked for runs to claim, and how long a claim hides them from others. */
  readonly agentMs: number;
  readonly claimMs: number;
};

export type BridgeOptions = {
  readonly config: Config;
  readonly redisUrl: string;
  /** Secrets that seal the audit log, the newest first; none: its entries carry no key. */
  readonly auditKeys?: readonly string[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly timings?: Partial<Timings>;
  /** Rows that a sync reads from ServiceNow in one request. */
  readonly pageRows?: number;
};

/** A running bridge: where it listens, and how to end it. */
export type Bridge = {
  readonly url: string;
  /** Unready, then HTTP, then the workers; gives up waiting for jobs after `deadlineMs`. */
  readonly stop: (deadlineMs: number) => Promise<void>;
};

const TIMINGS: Timings = {
  callMs: 10_000,
  settleMs: 10_000,
  lockMs: 10_000,
  sweepMs: 30_000,
  agentMs: 5_000,
  claimMs: 30_000,
};
/** How often (ms) everything is read: deltas do not see what was deleted, nor what somebody removed from the portal. */
const FULL_EVERY_MS = 24 * 3600_000;
const FLOW_NAMES = FLOWS.map((flow) => flow.name);
const REDIS_START_MS = 15_000;
/** How long (ms) a request that is under way may take to end at a shutdown. */
const HTTP_DRAIN_MS = 5_000;

/** Puts the bridge together and starts what its role asks for. Throws where Redis cannot be reached. */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const { config, clock, log, random } = options;
  const timings = { ...TIMINGS, ...options.timings };
  const prefix = config.REDIS_PREFIX;
  const redis = await connectFast(options.redisUrl, REDIS_START_MS);
  const patient = connectPatient(options.redisUrl);
  const ledger = createLedger(redis, prefix, {
    keys: (options.auditKeys ?? config.AUDIT_KEY).map(auditKey),
    onEntry: auditLog(log),
  });
  const queues = openQueues(redis, prefix, FLOW_NAMES, MAX_ATTEMPTS);
  const metrics = createMetrics(ledger, queues, FLOW_NAMES);
  const clients = createClients(config, clock, timings.callMs);
  await ledger.syncs.bornAt(clock());
  await ledger.audit.beginKey(clock());

  const isWorker = config.BRIDGE_ROLE !== 'api';
  const flows = flowContext(options, timings, { ledger, ...clients, enqueue: queues.enqueue });
  const { lockMs } = timings;
  const workers = isWorker
    ? startFlowWorkers(flows, { connection: patient, prefix, lockMs, random, onRun: metrics.run })
    : undefined;
  if (isWorker) await schedule(config, queues, timings);

  let isDraining = false;
  const draining = (): boolean => isDraining;
  const all = [clients.servicenow, clients.port, clients.gitlab];
  const refusals = new Refusals({ clock, log, onRefused: metrics.refused });
  const bodies = { usual: new BodyReader(USUAL_BODIES), hooks: new BodyReader(HOOK_BODIES) };
  const operator: OperatorContext = {
    doorkeeper: { operators: config.OPERATOR_TOKENS, refusals },
    bodies: bodies.usual,
    redisTroubles: () => redisTroubles(redis),
    ledger,
    queues,
    flows: FLOWS,
    clock,
    metrics,
    upstreams: () => (isWorker ? all.map((client) => ({ system: client.system, ...client.state })) : []),
    draining,
  };
  const shared = { draining, enqueue: queues.enqueue, onWebhook: metrics.webhook };
  const inbound = inboundContext(options, { ...shared, flows, clients, refusals, bodies });
  const app =
    config.BRIDGE_ROLE === 'worker' ? createWorkerApp(operator, log) : createApp(inbound, operator, log);
  const server = await listen(app, config.BRIDGE_HOST, config.BRIDGE_PORT);
  log.info({ url: server.url, role: config.BRIDGE_ROLE }, 'The bridge is up.');

  return {
    url: server.url,
    async stop(deadlineMs) {
      isDraining = true;
      await server.close(HTTP_DRAIN_MS);
      await workers?.close(deadlineMs);
      await queues.close();
      await Promise.all(Object.values(clients).map((client) => client.close()));
      patient.disconnect();
      redis.disconnect();
      log.info('The bridge has stopped.');
    },
  };
}

/** Tells the log of every audit entry, whatever its level: against it a log that was cut or rebuilt is found out. */
function auditLog(log: Log): (entry: AuditEntry) => void {
  const always = log.level === 'silent' ? log : log.child({}, { level: 'info' });
  return ({ n, hash, key, actor, action, subject }) =>
    always.info({ audit: { n, hash, key, actor, action, subject } }, 'Audited.');
}

/**
 * The sweep over what is owed, the claims, the delta reads and the daily full one: one of each, however many bridges
 * share the Redis.
 */
async function schedule(config: Config, queues: Queues, { sweepMs, agentMs }: Timings): Promise<void> {
  const { owed, delta, full, agent } = SWEEP_KEYS;
  await queues.schedule('sweep', owed, sweepMs);
  if (config.PORT_AGENT === 'poll') {
    await queues.enqueue('portal-agent', AGENT_KEYS.announce);
    await queues.schedule('sweep', agent, agentMs);
  } else await queues.unschedule('sweep', agent);
  const everyMs = config.RECONCILE_EVERY_SECONDS * 1000;
  if (everyMs === 0) {
    await queues.unschedule('sweep', delta);
    return queues.unschedule('sweep', full);
  }
  await queues.schedule('sweep', delta, everyMs);
  await queues.schedule('sweep', full, FULL_EVERY_MS);
  // What was missed while nobody was up should not wait for the first tick.
  await queues.enqueue('sweep', delta);
}
