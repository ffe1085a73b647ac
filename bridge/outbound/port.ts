import { z } from 'zod';
import { messageOf, RequestRefused, UpstreamUnavailable, type SystemName } from '../model/errors.ts';
import type { Clock } from '../model/jobs.ts';
import { batchesOf } from './batches.ts';
import type { Answer, Call } from './exchange.ts';
import type { Upstream } from './http.ts';
import { PortBlueprints } from './port-blueprints.ts';
import { PortClaims } from './port-claims.ts';
import {
  bulkAnswer,
  type Definition,
  definitionsAnswer,
  type Entity,
  type RelatedEntity,
  type Run,
  runSchema,
  searchAnswer,
  type ShownEntity,
} from './port-schemas.ts';
import { PortSession } from './port-session.ts';
import type { Redactor } from './redactor.ts';
import { type Outcome, UpsertQueue } from './upsert-queue.ts';

export type { Definition, Entity, Run, ShownEntity } from './port-schemas.ts';
export type { Outcome } from './upsert-queue.ts';

export type PortOptions = {
  /** With `/v1`, without a trailing slash. */
  readonly apiUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly blueprint: string;
  readonly clock: Clock;
  /** How long (ms) one call may take; a long list may take three times as long. */
  readonly timeoutMs: number;
  readonly redactor: Redactor;
  /**
   * How many requests may be under way at once. 16, the default, carry 2,000 entities a second where Port takes
   * 100 ms; two of them are kept for urgent upserts, and two for what is no bulk.
   */
  readonly connections?: number;
};

/** Port takes at most this many entities in one bulk request. */
const BULK_LIMIT = 20;
/** How many entities Port deletes in one request. */
const BULK_DELETE_LIMIT = 100;
/** How many bulk deletions go out at once. */
const DELETES_AT_ONCE = 4;
const CONNECTIONS = 24;
/** So many connections no bulk upsert takes: runs and look-ups must not wait for a full sync. */
const SPARED_CONNECTIONS = 2;
/** So many more only urgent upserts take. */
const URGENT_CONNECTIONS = 2;
/** The most entities that a page of a search may have. */
const PAGE_ENTITIES = 1000;
const PAGE_BYTES = 32 * 1024 * 1024;
const PAGE_DEADLINES = 3;
/** How long (ms) the definitions of actions and automations are taken to be what they were. */
const DEFINITIONS_MS = 15_000;

/**
 * Port's API. Every method may throw UpstreamUnavailable, CredentialsRefused and RequestRefused. Upserts and
 * run updates are idempotent; a log line may be written twice where its answer was lost.
 */
export class Port {
  /** The runs that are claimed, where Port cannot call the bridge. */
  readonly claims: PortClaims;
  /** What may be written of an entity. */
  readonly blueprints: PortBlueprints;
  readonly #options: PortOptions;
  readonly #upstream: Upstream;
  readonly #upserts: UpsertQueue;
  readonly #session: PortSession;
  #definitions: { readonly found: readonly Definition[]; readonly until: number } | undefined;

  constructor(options: PortOptions) {
    this.#options = options;
    const connections = options.connections ?? CONNECTIONS;
    this.#session = new PortSession({ ...options, connections });
    this.#upstream = this.#session.upstream;
    const ask = async <T>(call: Call, schema: z.ZodType<T>): Promise<T> =>
      this.#upstream.parse(call, this.#checked(await this.#call(call)), schema);
    this.claims = new PortClaims(ask);
    this.blueprints = new PortBlueprints(ask, options.clock);
    const bulks = Math.max(1, connections - SPARED_CONNECTIONS - URGENT_CONNECTIONS);
    this.#upserts = new UpsertQueue({
      send: (entities) => this.#upsertBulk(entities),
      size: BULK_LIMIT,
      bulks,
      urgentBulks: Math.max(0, Math.min(URGENT_CONNECTIONS, connections - SPARED_CONNECTIONS - bulks)),
    });
  }

  get system(): SystemName {
    return this.#upstream.system;
  }

  get state(): Upstream['state'] {
    return this.#upstream.state;
  }

  /**
   * Upserts with merge. Upserts go out together, at most 20 in a request; each one's promise has its own outcome,
   * read from its own item of the answer. Urgent ones go before all others that wait.
   */
  async upsert(entity: Entity, how: { readonly urgent?: boolean } = {}): Promise<void> {
    const outcome = await this.#upserts.add(entity, how.urgent ?? false);
    if (outcome !== true) throw outcome;
  }

  /** Upserts any number of entities with merge; answers one outcome an entity, in order. Never throws. */
  async upsertMany(entities: readonly Entity[]): Promise<Outcome[]> {
    return Promise.all(entities.map((entity) => this.#upserts.add(entity, false)));
  }

  /** Deletes an entity; it is no error that there was none. */
  async deleteEntity(identifier: string): Promise<void> {
    const path = `/blueprints/${this.#blueprint}/entities/${encodeURIComponent(identifier)}?delete_dependents=false`;
    const answer = await this.#call({ method: 'DELETE', path, sideEffect: false });
    if (answer.status !== 404) this.#checked(answer);
  }

  /**
   * Deletes any number of entities; answers one outcome an identifier, in order. It is no error that there was
   * none. Never throws.
   */
  async deleteEntities(identifiers: readonly string[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const together of batchesOf(batchesOf(identifiers, BULK_DELETE_LIMIT), DELETES_AT_ONCE)) {
      const done = await Promise.all(together.map((bulk) => this.#deleteBulk(bulk)));
      outcomes.push(...done.flat());
    }
    return outcomes;
  }

  async #deleteBulk(identifiers: readonly string[]): Promise<Outcome[]> {
    const call: Call = {
      method: 'POST',
      path: `/blueprints/${this.#blueprint}/bulk/entities/delete?delete_dependents=false`,
      json: { entities: identifiers },
      sideEffect: false,
    };
    try {
      const answer = this.#checked(await this.#call(call));
      this.#upstream.parse(call, answer, z.object({ deletedEntities: z.array(z.string()) }));
      return identifiers.map(() => true);
    } catch (error) {
      // Port refuses the whole request where one entity is missing or still has dependents.
      if (!(error instanceof RequestRefused)) return identifiers.map(() => asError(error));
      return this.#deleteOneByOne(identifiers);
    }
  }

  async #deleteOneByOne(identifiers: readonly string[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const identifier of identifiers) {
      outcomes.push(await this.deleteEntity(identifier).then((): Outcome => true, asError));
    }
    return outcomes;
  }

  /** A page (1,000) of the entities that the portal holds for the blueprint, with the cursor of the next one. */
  async listEntities(
    from: string | undefined,
  ): Promise<{ entities: ShownEntity[]; next: string | undefined }> {
    const call: Call = {
      method: 'POST',
      path: `/blueprints/${this.#blueprint}/entities/search`,
      json: {
        query: { combinator: 'and', rules: [] },
        limit: PAGE_ENTITIES,
        ...(from === undefined ? {} : { from }),
      },
      sideEffect: false,
      timeoutMs: this.#options.timeoutMs * PAGE_DEADLINES,
      maxBytes: PAGE_BYTES,
    };
    const page = this.#upstream.parse(call, this.#checked(await this.#call(call)), searchAnswer);
    return { entities: page.entities, next: page.next ?? undefined };
  }

  /** Upserts one entity of a blueprint, with merge. */
  async upsertInto(blueprint: string, entity: RelatedEntity): Promise<void> {
    const path = `/blueprints/${encodeURIComponent(blueprint)}/entities?upsert=true&merge=true`;
    this.#checked(await this.#call({ method: 'POST', path, json: entity, sideEffect: false }));
  }

  /** The run as the portal's API tells it; undefined where there is none. */
  async readRun(runId: string): Promise<Run | undefined> {
    const call: Call = { method: 'GET', path: `${runPath(runId)}?version=v2`, sideEffect: false };
    const answer = await this.#call(call);
    if (answer.status === 404) return undefined;
    return this.#upstream.parse(call, this.#checked(answer), z.object({ run: runSchema })).run;
  }

  /** The runs of an action that have not ended. */
  async openRuns(action: string): Promise<Run[]> {
    const params = new URLSearchParams({ action, active: 'true', limit: '1000', version: 'v2' });
    const runs = await this.#runs(params);
    return runs.filter((run) => run.action === action && run.status === 'IN_PROGRESS');
  }

  /** The newest runs of an action on one entity, however they ended. */
  async runsOn(action: string, entity: string): Promise<Run[]> {
    const runs = await this.#runs(new URLSearchParams({ action, entity, limit: '20', version: 'v2' }));
    return runs.filter((run) => run.action === action && run.entity === entity);
  }

  /** The portal's actions and automations, up to 15 s old. */
  async definitions(): Promise<readonly Definition[]> {
    const { clock } = this.#options;
    if (this.#definitions !== undefined && clock() < this.#definitions.until) return this.#definitions.found;
    const call: Call = { method: 'GET', path: '/actions?version=v2', sideEffect: false };
    const answer = this.#checked(await this.#call(call));
    const found = this.#upstream.parse(call, answer, definitionsAnswer).actions;
    this.#definitions = { found, until: clock() + DEFINITIONS_MS };
    return found;
  }

  /** The runs of automations that have not ended. */
  async openAutomationRuns(): Promise<Run[]> {
    const params = new URLSearchParams({
      source: 'AUTOMATION',
      active: 'true',
      limit: '1000',
      version: 'v2',
    });
    const runs = await this.#runs(params);
    return runs.filter((run) => run.status === 'IN_PROGRESS');
  }

  async #runs(params: URLSearchParams): Promise<Run[]> {
    const call: Call = { method: 'GET', path: `/actions/runs?${params.toString()}`, sideEffect: false };
    const answer = this.#checked(await this.#call(call));
    return this.#upstream.parse(call, answer, z.object({ runs: z.array(runSchema) })).runs;
  }

  /** The e-mail of a user id, where the portal tells it. */
  async emailOf(userId: string): Promise<string | undefined> {
    const call: Call = { method: 'GET', path: '/users?fields=id&fields=email', sideEffect: false };
    const schema = z.object({
      users: z.array(z.looseObject({ id: z.string().optional(), email: z.string().optional() })),
    });
    const { users } = this.#upstream.parse(call, this.#checked(await this.#call(call)), schema);
    return users.find((user) => user.id === userId)?.email;
  }

  /** Sets a run's link and the pipeline's id. */
  async updateRun(
    runId: string,
    facts: { readonly link?: string; readonly externalRunId?: string },
  ): Promise<void> {
    this.#checked(
      await this.#call({ method: 'PATCH', path: runPath(runId), json: facts, sideEffect: false }),
    );
  }

  /** Adds a log line; with `terminationStatus` it ends the run, for good. */
  async logRun(
    runId: string,
    line: {
      readonly message: string;
      readonly terminationStatus?: 'SUCCESS' | 'FAILURE';
      readonly statusLabel?: string;
    },
  ): Promise<void> {
    this.#checked(
      await this.#call({ method: 'POST', path: `${runPath(runId)}/logs`, json: line, sideEffect: false }),
    );
  }

  async close(): Promise<void> {
    await this.#session.close();
  }

  get #blueprint(): string {
    return encodeURIComponent(this.#options.blueprint);
  }

  async #upsertBulk(entities: readonly Entity[]): Promise<Outcome[]> {
    const call: Call = {
      method: 'POST',
      path: `/blueprints/${this.#blueprint}/entities/bulk?upsert=true&merge=true`,
      json: { entities },
      sideEffect: false,
    };
    try {
      const answer = this.#checked(await this.#call(call));
      const { errors } = this.#upstream.parse(call, answer, bulkAnswer);
      const failed = new Map(errors.map((error) => [error.index, error]));
      return entities.map((_, index) => {
        const error = failed.get(index);
        return error === undefined || this.#itemError(error.statusCode, error.message || error.error);
      });
    } catch (error) {
      // The whole request was refused: one bad entity must not stop the others, so each gets its own request.
      const malformed = error instanceof RequestRefused && (error.status === 422 || error.status === 400);
      if (malformed && entities.length > 1)
        return Promise.all(entities.map((entity) => this.#upsertAlone(entity)));
      return entities.map(() => asError(error));
    }
  }

  async #upsertAlone(entity: Entity): Promise<Outcome> {
    const [outcome] = await this.#upsertBulk([entity]);
    return outcome ?? true;
  }

  /** What became of one item of a bulk request: worth another try, or refused for good. */
  #itemError(status: number, words: string): Error {
    const text = `Port refused the entity (${status}): ${this.#upstream.quote(words)}`;
    const transient = status === 429 || status === 408 || status >= 500;
    return transient ? new UpstreamUnavailable('Port', text) : new RequestRefused('Port', status, text);
  }

  #call(call: Call): Promise<Answer> {
    return this.#session.call(call);
  }

  #checked(answer: Answer): Answer {
    return this.#session.checked(answer);
  }
}

function runPath(runId: string): string {
  return `/actions/runs/${encodeURIComponent(runId)}`;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(messageOf(error));
}
