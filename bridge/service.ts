import { Hono } from 'hono';
import { connectFast, connectPatient } from '../queue/connection.ts';
import { openQueues, type Queues } from '../queue/queues.ts';
import { startWorkers, type Workers } from '../queue/workers.ts';
import { createApp } from './app.ts';
import type { Config } from './config.ts';
import type { FlowContext, FlowSettings } from './flows/context.ts';
import { SWEEP_KEYS } from './flows/registry.ts';
import { createLedger } from './ledger/ledger.ts';
import { listen } from './http/listen.ts';
import type { Log } from './log.ts';
import type { Clock } from './model/jobs.ts';
import type { OperatorContext } from './operator/context.ts';
import { healthRoutes } from './operator/health.ts';
import { createMetrics } from './operator/metrics.ts';
import { GitLab } from './outbound/gitlab.ts';
import { Port } from './outbound/port.ts';
import { Redactor } from './outbound/redactor.ts';
import { ServiceNow } from './outbound/servicenow.ts';

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
};

export type BridgeOptions = {
  readonly config: Config;
  readonly redisUrl: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly timings?: Partial<Timings>;
};

/** A running bridge: where it listens, and how to end it. */
export type Bridge = {
  readonly url: string;
  /** Unready, then HTTP, then the workers; gives up waiting for jobs after `deadlineMs`. */
  readonly stop: (deadlineMs: number) => Promise<void>;
};

const TIMINGS: Timings = { callMs: 10_000, settleMs: 10_000, lockMs: 10_000, sweepMs: 30_000 };
/** How often (ms) everything is read: deltas do not see what was deleted, nor what somebody removed from the portal. */
const FULL_EVERY_MS = 24 * 3600_000;
const REDIS_START_MS = 15_000;
/** How long (ms) a request that is under way may take to end at a shutdown. */
const HTTP_DRAIN_MS = 5_000;

/** Puts the bridge together and starts what its role asks for. Throws where Redis cannot be reached. */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const { config, clock, log } = options;
  const timings = { ...TIMINGS, ...options.timings };
  const redis = await connectFast(options.redisUrl, REDIS_START_MS);
  const ledger = createLedger(redis, config.REDIS_PREFIX);
  const queues = openQueues(redis, config.REDIS_PREFIX);
  const metrics = createMetrics(ledger, queues);
  await ledger.syncs.bornAt(clock());

  const redactor = new Redactor(config.secrets.reveal());
  const servicenow = servicenowClient(config, redactor, clock, timings.callMs);
  const port = portClient(config, redactor, clock, timings.callMs);
  const gitlab = gitlabClient(config, redactor, clock, timings.callMs);
  const clients = [servicenow, port, gitlab];
  const settings = flowSettings(config, timings);
  const { enqueue } = queues;
  const flows: FlowContext = { ledger, servicenow, port, gitlab, enqueue, clock, log, settings };
  const patient = connectPatient(options.redisUrl);
  let workers: Workers | undefined;
  if (config.BRIDGE_ROLE !== 'api') {
    const how = { lockMs: timings.lockMs, random: options.random, onRun: metrics.run };
    workers = startWorkers(patient, config.REDIS_PREFIX, flows, how);
    await schedule(config, queues, timings.sweepMs);
  }

  let draining = false;
  const upstreams: OperatorContext['upstreams'] = () =>
    workers === undefined ? [] : clients.map((client) => ({ system: client.system, ...client.state }));
  const operator: OperatorContext = {
    config,
    ledger,
    queues,
    clock,
    metrics,
    upstreams,
    draining: () => draining,
  };
  const inbound = { config, ledger, enqueue: queues.enqueue, clock, log, onWebhook: metrics.webhook };
  const app =
    config.BRIDGE_ROLE === 'worker'
      ? new Hono().route('/', healthRoutes(operator))
      : createApp(inbound, operator, log);
  const server = await listen(app, config.BRIDGE_HOST, config.BRIDGE_PORT);
  log.info({ url: server.url, role: config.BRIDGE_ROLE }, 'The bridge is up.');

  return {
    url: server.url,
    async stop(deadlineMs) {
      draining = true;
      await server.close(HTTP_DRAIN_MS);
      await workers?.close(deadlineMs);
      await queues.close();
      await Promise.all(clients.map((client) => client.close()));
      patient.disconnect();
      redis.disconnect();
      log.info('The bridge has stopped.');
    },
  };
}

/**
 * The sweep over unfinished records, the delta reads and the daily full one: one of each, however many bridges
 * share the Redis.
 */
async function schedule(config: Config, queues: Queues, sweepMs: number): Promise<void> {
  const { open, delta, full } = SWEEP_KEYS;
  await queues.schedule('sweep', open, sweepMs);
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

function servicenowClient(config: Config, redactor: Redactor, clock: Clock, timeoutMs: number): ServiceNow {
  return new ServiceNow({
    instanceUrl: config.SERVICENOW_INSTANCE_URL,
    auth: config.servicenowAuth,
    tagsField: config.SERVICENOW_TAGS_FIELD,
    clock,
    timeoutMs,
    redactor,
  });
}

function portClient(config: Config, redactor: Redactor, clock: Clock, timeoutMs: number): Port {
  return new Port({
    apiUrl: config.PORT_API_URL,
    clientId: config.PORT_CLIENT_ID,
    clientSecret: config.PORT_CLIENT_SECRET,
    blueprint: config.PORT_CHANGE_BLUEPRINT,
    clock,
    timeoutMs,
    redactor,
  });
}

function gitlabClient(config: Config, redactor: Redactor, clock: Clock, timeoutMs: number): GitLab {
  return new GitLab({
    url: config.GITLAB_URL,
    apiToken: config.GITLAB_API_TOKEN,
    clock,
    timeoutMs,
    redactor,
  });
}

function flowSettings(config: Config, timings: Timings): FlowSettings {
  const others = config.GITLAB_TRIGGER_TOKENS.map((text): [string, string] => {
    const colon = text.indexOf(':');
    return [text.slice(0, colon), text.slice(colon + 1)];
  });
  return {
    tagsField: config.SERVICENOW_TAGS_FIELD,
    changeQuery: config.SERVICENOW_CHANGE_QUERY,
    approvalMode: config.SERVICENOW_APPROVAL_MODE,
    selfApproval: config.APPROVAL_SELF_APPROVAL,
    approveAction: config.PORT_APPROVE_ACTION,
    gitlabProject: config.GITLAB_PROJECT_ID,
    gitlabRef: config.GITLAB_REF,
    triggerTokens: new Map([...others, [config.GITLAB_PROJECT_ID, config.GITLAB_TRIGGER_TOKEN]]),
    leaseMs: timings.callMs + 5_000,
    settleMs: timings.settleMs,
  };
}
