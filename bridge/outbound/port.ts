import DataLoader from 'dataloader';
import { z } from 'zod';
import { messageOf, RequestRefused, UpstreamUnavailable, type SystemName } from '../model/errors.ts';
import type { Clock } from '../model/jobs.ts';
import { type Answer, type Call, Upstream, jsonOf } from './http.ts';

export type PortOptions = {
  /** With `/v1`, without a trailing slash. */
  readonly apiUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly blueprint: string;
  readonly clock: Clock;
  readonly timeoutMs: number;
};

/** A portal entity as it is written; `null` clears a property. */
export type Entity = {
  readonly identifier: string;
  readonly title: string;
  readonly properties: Readonly<Record<string, string | boolean | null>>;
};

/** Both of the portal's forms: an object with an identifier, or (older) the identifier alone. */
const reference = z.union([
  z.string(),
  z.looseObject({ identifier: z.string() }).transform((object) => object.identifier),
]);
const runSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  action: reference,
  entity: reference.nullish(),
  properties: z.record(z.string(), z.unknown()).default({}),
  createdBy: z.string().nullish(),
  impersonatedBy: z.string().nullish(),
});

/** A run of a portal action. `createdBy` and `impersonatedBy` are user ids, never e-mails. */
export type Run = z.output<typeof runSchema>;

const tokenAnswer = z.object({ accessToken: z.string().min(1), expiresIn: z.number() });
const bulkAnswer = z.object({
  errors: z
    .array(
      z.looseObject({
        index: z.number(),
        statusCode: z.number().default(422),
        error: z.string().default(''),
        message: z.string().default(''),
      }),
    )
    .default([]),
});
const refusalAnswer = z.object({ error: z.string().default(''), message: z.string().default('') });
const shownEntity = z.looseObject({
  identifier: z.string(),
  title: z.string().nullish(),
  properties: z.record(z.string(), z.unknown()).default({}),
});

/** An entity as the portal shows it. */
export type ShownEntity = z.output<typeof shownEntity>;

const searchAnswer = z.object({
  entities: z.array(shownEntity),
  next: z.string().nullish(),
});

/** Port takes at most this many entities in one bulk request. */
const BULK_LIMIT = 20;
/** How long (ms) an upsert waits for company. */
const BULK_WINDOW_MS = 5;
const TOKEN_MARGIN_MS = 300_000;

/**
 * Port's API. Every method may throw UpstreamUnavailable, CredentialsRefused and RequestRefused. Upserts and
 * run updates are idempotent; a log line may be written twice where its answer was lost.
 */
export class Port {
  readonly #options: PortOptions;
  readonly #upstream: Upstream;
  readonly #upserts: DataLoader<Entity, true>;
  #token: { readonly value: string; readonly until: number } | undefined;

  constructor(options: PortOptions) {
    this.#options = options;
    this.#upstream = new Upstream({
      system: 'Port',
      baseUrl: options.apiUrl,
      timeoutMs: options.timeoutMs,
      maxBytes: 8 * 1024 * 1024,
      connections: 8,
      clock: options.clock,
    });
    this.#upserts = new DataLoader((entities) => this.#upsertBatch(entities), {
      cache: false,
      maxBatchSize: BULK_LIMIT,
      batchScheduleFn: (flush) => setTimeout(flush, BULK_WINDOW_MS),
    });
  }

  get system(): SystemName {
    return this.#upstream.system;
  }

  get state(): Upstream['state'] {
    return this.#upstream.state;
  }

  /**
   * Upserts with merge. Upserts that are asked for within a few milliseconds go out together, at most 20 in a
   * request; each one's promise has its own outcome, read from its own item of the answer.
   */
  async upsert(entity: Entity): Promise<void> {
    await this.#upserts.load(entity);
  }

  /** Deletes an entity; it is no error that there was none. */
  async deleteEntity(identifier: string): Promise<void> {
    const path = `/blueprints/${this.#blueprint}/entities/${encodeURIComponent(identifier)}`;
    const answer = await this.#call({ method: 'DELETE', path, sideEffect: false });
    if (answer.status !== 404) checked(answer);
  }

  /** A page of the entities that the portal holds for the blueprint, with the cursor of the next one. */
  async listEntities(
    from: string | undefined,
  ): Promise<{ entities: ShownEntity[]; next: string | undefined }> {
    const call: Call = {
      method: 'POST',
      path: `/blueprints/${this.#blueprint}/entities/search`,
      json: {
        query: { combinator: 'and', rules: [] },
        limit: 200,
        ...(from === undefined ? {} : { from }),
      },
      sideEffect: false,
    };
    const page = this.#upstream.parse(call, checked(await this.#call(call)), searchAnswer);
    return { entities: page.entities, next: page.next ?? undefined };
  }

  /** The run as the portal's API tells it; undefined where there is none. */
  async readRun(runId: string): Promise<Run | undefined> {
    const call: Call = { method: 'GET', path: `${runPath(runId)}?version=v2`, sideEffect: false };
    const answer = await this.#call(call);
    if (answer.status === 404) return undefined;
    return this.#upstream.parse(call, checked(answer), z.object({ run: runSchema })).run;
  }

  /** The runs of an action that have not ended. */
  async openRuns(action: string): Promise<Run[]> {
    const params = new URLSearchParams({ action, active: 'true', limit: '1000', version: 'v2' });
    const call: Call = { method: 'GET', path: `/actions/runs?${params.toString()}`, sideEffect: false };
    const answer = checked(await this.#call(call));
    const { runs } = this.#upstream.parse(call, answer, z.object({ runs: z.array(runSchema) }));
    return runs.filter((run) => run.action === action && run.status === 'IN_PROGRESS');
  }

  /** The e-mail of a user id, where the portal tells it. */
  async emailOf(userId: string): Promise<string | undefined> {
    const call: Call = { method: 'GET', path: '/users?fields=id&fields=email', sideEffect: false };
    const schema = z.object({
      users: z.array(z.looseObject({ id: z.string().optional(), email: z.string().optional() })),
    });
    const { users } = this.#upstream.parse(call, checked(await this.#call(call)), schema);
    return users.find((user) => user.id === userId)?.email;
  }

  /** Sets a run's link and the pipeline's id. */
  async updateRun(
    runId: string,
    facts: { readonly link?: string; readonly externalRunId?: string },
  ): Promise<void> {
    checked(await this.#call({ method: 'PATCH', path: runPath(runId), json: facts, sideEffect: false }));
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
    checked(
      await this.#call({ method: 'POST', path: `${runPath(runId)}/logs`, json: line, sideEffect: false }),
    );
  }

  async close(): Promise<void> {
    await this.#upstream.close();
  }

  get #blueprint(): string {
    return encodeURIComponent(this.#options.blueprint);
  }

  async #upsertBatch(entities: readonly Entity[]): Promise<(true | Error)[]> {
    const call: Call = {
      method: 'POST',
      path: `/blueprints/${this.#blueprint}/entities/bulk?upsert=true&merge=true`,
      json: { entities },
      sideEffect: false,
    };
    try {
      const answer = checked(await this.#call(call));
      const { errors } = this.#upstream.parse(call, answer, bulkAnswer);
      const failed = new Map(errors.map((error) => [error.index, error]));
      return entities.map((_, index) => {
        const error = failed.get(index);
        return error === undefined ? true : itemError(error.statusCode, error.message || error.error);
      });
    } catch (error) {
      // The whole request was refused: one bad entity must not stop the others, so each gets its own request.
      const malformed = error instanceof RequestRefused && (error.status === 422 || error.status === 400);
      if (malformed && entities.length > 1)
        return Promise.all(entities.map((entity) => this.#upsertAlone(entity)));
      const failure = error instanceof Error ? error : new Error(messageOf(error));
      return entities.map(() => failure);
    }
  }

  async #upsertAlone(entity: Entity): Promise<true | Error> {
    const [outcome] = await this.#upsertBatch([entity]);
    return outcome ?? true;
  }

  async #call(call: Call): Promise<Answer> {
    const answer = await this.#authorized(call);
    if (answer.status !== 401) return answer;
    // The token may have been revoked before its end: once more with a new one.
    this.#token = undefined;
    const again = await this.#authorized(call);
    if (again.status !== 401) return again;
    throw this.#upstream.denied(
      'Port does not accept our token (401). Check PORT_CLIENT_ID and PORT_CLIENT_SECRET.',
    );
  }

  async #authorized(call: Call): Promise<Answer> {
    return this.#upstream.call({
      ...call,
      headers: { authorization: `Bearer ${await this.#accessToken()}` },
    });
  }

  async #accessToken(): Promise<string> {
    const { clientId, clientSecret, clock } = this.#options;
    if (this.#token !== undefined && this.#token.until > clock()) return this.#token.value;
    const call: Call = {
      method: 'POST',
      path: '/auth/access_token',
      json: { clientId, clientSecret },
      sideEffect: false,
    };
    const answer = await this.#upstream.call(call);
    if (answer.status >= 400) {
      throw this.#upstream.denied(
        `Port gives us no token (${answer.status}). Check PORT_CLIENT_ID and PORT_CLIENT_SECRET.`,
      );
    }
    const token = this.#upstream.parse(call, answer, tokenAnswer);
    this.#token = {
      value: token.accessToken,
      until: clock() + Math.max(token.expiresIn * 1000 - TOKEN_MARGIN_MS, 1000),
    };
    return token.accessToken;
  }
}

function runPath(runId: string): string {
  return `/actions/runs/${encodeURIComponent(runId)}`;
}

/** What became of one item of a bulk request: worth another try, or refused for good. */
function itemError(status: number, message: string): Error {
  const text = `Port refused the entity (${status}): ${message}`;
  const transient = status === 429 || status === 408 || status >= 500;
  return transient ? new UpstreamUnavailable('Port', text) : new RequestRefused('Port', status, text);
}

function checked(answer: Answer): Answer {
  if (answer.status < 300) return answer;
  const parsed = refusalAnswer.safeParse(jsonOf(answer));
  const words = parsed.success ? parsed.data.message || parsed.data.error : '';
  throw new RequestRefused(
    'Port',
    answer.status,
    `Port answered ${answer.status}${words === '' ? '' : `: ${words}`}`,
  );
}
