import { listen } from '../lib/listen.ts';
import { RequestLog } from '../lib/request-log.ts';
import { createApp } from './api/app.ts';
import { PORT_LIMITS } from './api/limits.ts';
import { createTokens } from './api/tokens.ts';
import { react } from './engine/automations.ts';
import { createBackground } from './engine/background.ts';
import { createFaults, type Faults } from './faults.ts';
import { DEFAULT_USERS, type PortOptions } from './options.ts';
import { changeEntity, deleteEntity, writeEntity } from './state/entities.ts';
import type { Entity, EntityInput, JsonObject, PermissionsInput, Run, RunLog, User } from './state/model.ts';
import type { Organisation } from './state/organisation.ts';
import { personOf, startAsUser, type UserRun } from './state/person.ts';
import { lapse } from './state/claims.ts';
import { changePermissions } from './state/permissions.ts';
import { applyPortalFiles, type PortalValues } from './state/portal-files.ts';
import { createStore, listEntities, type Invocation } from './state/store.ts';
import type { NodeRun } from './state/workflow-model.ts';

export { DEFAULT_USERS, type PortOptions } from './options.ts';
export type { Entity, Run, RunLog, User } from './state/model.ts';
export type { Invocation } from './state/store.ts';
export type { NodeRun } from './state/workflow-model.ts';

/** A running stand-in. The lists are live views: read them again after each step. */
export interface PortStandIn {
  /** The API's base URL, with `/v1`. */
  url: string;
  /** Where the pages are. */
  origin: string;
  faults: Faults;
  readonly requests: RequestLog;
  readonly invocations: Invocation[];
  readonly users: User[];
  entities(blueprint: string): Entity[];
  /** Oldest first. */
  runs(): Run[];
  logs(runId: string): RunLog[];
  /** The runs of workflows' nodes, oldest first. */
  nodeRuns(): NodeRun[];
  /** Loads blueprints, actions and everything else from a folder such as `portal/`. */
  applyPortal(dir: string, values: PortalValues): void;
  /** Sets who may run an action, and who may approve its runs. */
  permit(action: string, permissions: PermissionsInput): void;
  /** Keeps an action in the form from before today's: it is shown and can be replaced, but not run. */
  putOldAction(action: JsonObject & { identifier: string }): void;
  /** Creates or overwrites an entity, as an administrator would. */
  putEntity(blueprint: string, entity: EntityInput): Entity;
  /** Changes an entity as a person does in the portal: what is given, and nothing else. */
  editEntity(by: string, blueprint: string, entity: EntityInput & { identifier: string }): Entity;
  /** Deletes an entity as a person does in the portal. */
  removeEntity(by: string, blueprint: string, identifier: string): void;
  /** Starts a run as a person does in the portal's form. */
  startRun(action: string, request: UserRun): Run;
  /** Every claim of a run runs out now. */
  lapseClaims(): void;
  /** Ends every access token, as a rotation of the credentials does. */
  expireTokens(): void;
  /** Resolves when no invocation and no automation is under way. */
  waitIdle(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a stand-in of Port: the API under `/v1`, the portal's pages, and `/_sandbox` to steer it. */
export async function startPort(options: PortOptions): Promise<PortStandIn> {
  const closing = new AbortController();
  let origin = '';
  const org = createOrganisation(options, closing.signal, () => `${origin}/v1`);
  const app = createApp(org, options.rateLimits ?? PORT_LIMITS, options.latencyMs ?? 0);
  const server = await listen(app, { port: options.port, host: options.host });
  origin = (options.publicUrl ?? server.url).replace(/\/+$/, '');

  return {
    url: `${origin}/v1`,
    origin,
    ...handleOf(org),
    async close() {
      closing.abort();
      await server.close();
      await org.background.idle();
    },
  };
}

function createOrganisation(options: PortOptions, closing: AbortSignal, apiUrl: () => string): Organisation {
  const clock = options.clock ?? (() => new Date().getTime());
  const org: Organisation = {
    orgId: 'org_sandbox',
    name: 'Sandbox',
    settings: {},
    clientId: options.clientId,
    clientSecret: options.clientSecret,
    store: createStore(),
    users: options.users ?? DEFAULT_USERS,
    rights: options.rights === undefined ? undefined : new Set(options.rights),
    secrets: options.secrets ?? {},
    tokens: createTokens(options.clientId, options.clientSecret, clock),
    faults: createFaults(),
    requests: new RequestLog(options.recordedRequests),
    background: createBackground(),
    clock,
    closing,
    invocationTimeoutMs: options.invocationTimeoutMs ?? 30_000,
    agent: options.agent,
    apiUrl,
    announce: (event) => react(org, event),
  };
  return org;
}

function handleOf(org: Organisation): Omit<PortStandIn, 'url' | 'origin' | 'close'> {
  return {
    faults: org.faults,
    requests: org.requests,
    invocations: org.store.invocations,
    users: org.users,
    entities: (blueprint) => listEntities(org.store, blueprint),
    runs: () => [...org.store.runs.values()],
    logs: (runId) => org.store.logs.get(runId) ?? [],
    nodeRuns: () => [...org.store.workflows.nodeRuns.values()],
    applyPortal: (dir, values) => applyPortalFiles(org, dir, values),
    permit: (action, permissions) => void changePermissions(org, action, permissions),
    putOldAction: (action) => void org.store.oldActions.set(action.identifier, action),
    putEntity: (blueprint, entity) =>
      writeEntity(org, blueprint, entity, { upsert: true }, { id: org.clientId, origin: 'API' }).entity,
    editEntity: (by, blueprint, entity) =>
      changeEntity(org, blueprint, entity.identifier, entity, { merge: true }, personOf(org, by)),
    removeEntity: (by, blueprint, identifier) =>
      deleteEntity(org, blueprint, identifier, { dependents: false }, personOf(org, by)),
    startRun: (action, request) => startAsUser(org, action, request),
    lapseClaims: () => lapse(org),
    expireTokens: () => org.tokens.revokeAll(),
    waitIdle: () => org.background.idle(),
  };
}
