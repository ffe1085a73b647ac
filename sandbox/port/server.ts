import { once } from 'node:events';
import { createAdaptorServer } from '@hono/node-server';
import { z } from 'zod';
import { createApp } from './api/app.ts';
import { react } from './engine/automations.ts';
import { createBackground } from './engine/background.ts';
import { writeEntity } from './state/entities.ts';
import { createFaults, type Faults } from './faults.ts';
import { PORT_LIMITS, type RateLimit } from './api/limits.ts';
import type { Entity, EntityInput, Run, RunLog, User } from './state/model.ts';
import type { AgentOptions, Organisation } from './state/organisation.ts';
import { startAsUser, type UserRun } from './state/person.ts';
import { applyPortalFiles } from './state/portal-files.ts';
import { createStore, listEntities, type Clock, type Invocation, type RequestRecord } from './state/store.ts';
import { createTokens } from './api/tokens.ts';

export type { FaultInput } from './faults.ts';
export type { Entity, Run, RunLog, User } from './state/model.ts';
export type { Invocation, RequestRecord } from './state/store.ts';

export interface PortOptions {
  clientId: string;
  clientSecret: string;
  /** 0, the default, takes any free port. */
  port?: number;
  host?: string;
  /** Milliseconds since the epoch; the system's clock by default. */
  clock?: Clock;
  /** How others reach this server, without `/v1`; its own address by default. */
  publicUrl?: string;
  users?: User[];
  /** Values of `.secrets` in action templates. */
  secrets?: Record<string, string>;
  rateLimits?: { entities: RateLimit; other: RateLimit };
  invocationTimeoutMs?: number;
  /** How many of the latest requests `requests` holds; 10,000 by default, 0 for none. */
  recordedRequests?: number;
  /** Runs Port's execution agent as well; without it, what is meant for an agent waits. */
  agent?: AgentOptions;
}

/** A running stand-in. The lists are live views: read them again after each step. */
export interface PortStandIn {
  /** The API's base URL, with `/v1`. */
  url: string;
  /** Where the pages are. */
  origin: string;
  faults: Faults;
  readonly requests: RequestRecord[];
  readonly invocations: Invocation[];
  readonly users: User[];
  entities(blueprint: string): Entity[];
  /** Oldest first. */
  runs(): Run[];
  logs(runId: string): RunLog[];
  /** Loads blueprints, actions and automations from a folder such as `portal/`. */
  applyPortal(dir: string, values: Record<string, string>): void;
  /** Creates or overwrites an entity, as an administrator would. */
  putEntity(blueprint: string, entity: EntityInput): Entity;
  /** Starts a run as a person does in the portal's form. */
  startRun(action: string, request: UserRun): Run;
  /** Ends every access token, as a rotation of the credentials does. */
  expireTokens(): void;
  /** Resolves when no invocation and no automation is under way. */
  waitIdle(): Promise<void>;
  close(): Promise<void>;
}

/** A developer and a platform engineer. */
export const DEFAULT_USERS: User[] = [
  {
    id: 'auth0|64f1c0a2b7d93e0012ab4c01',
    email: 'dana@example.com',
    firstName: 'Dana',
    lastName: 'Okafor',
    role: 'Developer',
  },
  {
    id: 'auth0|64f1c0a2b7d93e0012ab4c02',
    email: 'petra@example.com',
    firstName: 'Petra',
    lastName: 'Lindqvist',
    role: 'Platform engineer',
  },
];

const address = z.object({ port: z.number() });

/** Starts a stand-in of Port: the API under `/v1`, the portal's pages, and `/_sandbox` to steer it. */
export async function startPort(options: PortOptions): Promise<PortStandIn> {
  const closing = new AbortController();
  let origin = '';
  const org = createOrganisation(options, closing.signal, () => `${origin}/v1`);
  const { rateLimits = PORT_LIMITS, recordedRequests = 10_000 } = options;
  const app = createApp(org, { ...rateLimits, recordedRequests });
  const server = createAdaptorServer({ fetch: app.fetch });
  const host = options.host ?? '127.0.0.1';
  server.listen(options.port ?? 0, host);
  await once(server, 'listening');
  const { port } = address.parse(server.address());
  origin = (options.publicUrl ?? `http://${host}:${port}`).replace(/\/+$/, '');

  return {
    url: `${origin}/v1`,
    origin,
    ...handleOf(org),
    async close() {
      closing.abort();
      const closed = once(server, 'close');
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
      await org.background.idle();
    },
  };
}

function createOrganisation(options: PortOptions, closing: AbortSignal, apiUrl: () => string): Organisation {
  const clock = options.clock ?? (() => new Date().getTime());
  const org: Organisation = {
    orgId: 'org_sandbox',
    clientId: options.clientId,
    clientSecret: options.clientSecret,
    store: createStore(),
    users: options.users ?? DEFAULT_USERS,
    secrets: options.secrets ?? {},
    tokens: createTokens(options.clientId, options.clientSecret, clock),
    faults: createFaults(),
    background: createBackground(),
    clock,
    closing,
    invocationTimeoutMs: options.invocationTimeoutMs ?? 30_000,
    agent: options.agent,
    apiUrl,
    announce: (event) => org.background.run(() => react(org, event)),
  };
  return org;
}

function handleOf(org: Organisation): Omit<PortStandIn, 'url' | 'origin' | 'close'> {
  return {
    faults: org.faults,
    requests: org.store.requests,
    invocations: org.store.invocations,
    users: org.users,
    entities: (blueprint) => listEntities(org.store, blueprint),
    runs: () => [...org.store.runs.values()],
    logs: (runId) => org.store.logs.get(runId) ?? [],
    applyPortal: (dir, values) => applyPortalFiles(org, dir, values),
    putEntity: (blueprint, entity) =>
      writeEntity(org, blueprint, entity, { upsert: true }, { id: org.clientId, origin: 'API' }).entity,
    startRun: (action, request) => startAsUser(org, action, request),
    expireTokens: () => org.tokens.revokeAll(),
    waitIdle: () => org.background.idle(),
  };
}
