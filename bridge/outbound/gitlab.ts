import { z } from 'zod';
import { RequestRefused, UpstreamUnavailable, type SystemName } from '../model/errors.ts';
import type { Clock } from '../model/jobs.ts';
import { payloadOf, type TriggerPayload } from '../model/trigger-payload.ts';
import { batchesOf } from './batches.ts';
import { type Answer, type Call, jsonOf } from './exchange.ts';
import { Upstream } from './http.ts';
import type { Redactor } from './redactor.ts';

export type GitLabOptions = {
  /** Without a trailing slash. */
  readonly url: string;
  /** Optional token: with `read_api` pipelines can be looked up, with `api` waiting jobs can be started. */
  readonly apiToken: string | undefined;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly redactor: Redactor;
};

/** Where a pipeline is to run: the project's number or full path, the ref, and the project's trigger token. */
export type Route = { readonly project: string; readonly ref: string; readonly token: string };

const pipelineSchema = z.looseObject({
  id: z.coerce.string(),
  project_id: z.coerce.string().optional(),
  status: z.string(),
  source: z.string().default(''),
  ref: z.string().default(''),
  sha: z.string().default(''),
  web_url: z.string().default(''),
});
const jobSchema = z
  .looseObject({
    id: z.coerce.string(),
    name: z.string(),
    status: z.string(),
    allow_failure: z.boolean().default(false),
    pipeline: z.looseObject({ id: z.coerce.string() }),
  })
  .transform(({ id, name, status, allow_failure: isOptional, pipeline }) => ({
    id,
    name,
    status,
    isOptional,
    pipeline: pipeline.id,
  }));

/** A job of a pipeline. `isOptional`: the pipeline goes on without it. */
export type GitLabJob = z.output<typeof jobSchema>;

/** A pipeline of GitLab: its id, status and page. */
export type GitLabPipeline = {
  readonly id: string;
  readonly project: string;
  readonly status: string;
  readonly url: string;
  /** How it was started, on which ref, and its commit; '' where GitLab does not tell. */
  readonly source: string;
  readonly ref: string;
  readonly sha: string;
};

const message = z.union([
  z.object({ error: z.string() }).transform((body) => body.error),
  z.object({ message: z.string() }).transform((body) => body.message),
  z
    .object({ message: z.record(z.string(), z.union([z.string(), z.array(z.string())])) })
    .transform((body) => Object.values(body.message).flat().join(' ')),
]);
const commitSchema = z.looseObject({ author_email: z.string() });
const variables = z.array(z.looseObject({ key: z.string(), value: z.string().nullish() }));

/** How many pages of how many jobs of one pipeline are read. */
const JOB_PAGES = 20;
const JOB_PAGE = 100;
/** How many pages of how many pipelines are looked through for one decision. */
const SEARCH_PAGES = 20;
const SEARCH_PAGE = 50;
/** How many pipelines are read at once. */
const READS_AT_ONCE = 4;
/** The optional API token is held back by itself: triggers have tokens of their own. */
const API_TOKEN = 'GITLAB_API_TOKEN';
/** How long (ms) to wait after GitLab's limit of pipelines a minute. */
const PIPELINE_LIMIT_PAUSE_MS = 60_000;
/** How far (ms) GitLab's clock may be behind ours when its pipelines are searched by date. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** GitLab's pipeline API. Triggering is not idempotent: it may throw OutcomeUnknown and never repeats itself. */
export class GitLab {
  readonly #options: GitLabOptions;
  readonly #upstream: Upstream;

  constructor(options: GitLabOptions) {
    this.#options = options;
    this.#upstream = new Upstream({
      system: 'GitLab',
      baseUrl: options.url,
      timeoutMs: options.timeoutMs,
      maxBytes: 8 * 1024 * 1024,
      connections: 8,
      clock: options.clock,
      redactor: options.redactor,
    });
  }

  get system(): SystemName {
    return this.#upstream.system;
  }

  get state(): Upstream['state'] {
    return this.#upstream.state;
  }

  /** Whether pipelines and commits can be read. */
  get canRead(): boolean {
    return this.#options.apiToken !== undefined;
  }

  /**
   * Starts a pipeline. The payload becomes the pipeline's TRIGGER_PAYLOAD file (the JSON body less its token).
   * The token goes in the body, never in the address. Throws UpstreamUnavailable where surely no pipeline was
   * made, RequestRefused where none can be, OutcomeUnknown otherwise.
   */
  async trigger(route: Route, payload: Readonly<Record<string, unknown>>): Promise<GitLabPipeline> {
    const call: Call = {
      method: 'POST',
      path: `/api/v4/projects/${encodeURIComponent(route.project)}/trigger/pipeline`,
      json: { ...payload, ref: route.ref, token: route.token },
      sideEffect: true,
    };
    this.#upstream.learnToken(route.token, route.project);
    const answer = await this.#upstream.call(call);
    if (answer.status === 201 || answer.status === 200) return this.#pipeline(call, answer, route.project);
    throw this.#refusal(answer);
  }

  /**
   * The newest pipeline since `since` (ms) whose TRIGGER_PAYLOAD fits; undefined where surely there is none. Looks
   * through the project's triggered pipelines, of the ref where one is named. Throws CredentialsRefused or RequestRefused
   * where it may not look: then nobody knows.
   */
  async findTriggered(
    route: { readonly project: string; readonly ref: string | undefined },
    fits: (payload: TriggerPayload) => boolean,
    since: number,
  ): Promise<GitLabPipeline | undefined> {
    const base = `/api/v4/projects/${encodeURIComponent(route.project)}/pipelines`;
    let hidden: RequestRefused | undefined;
    for (let page = 1; page <= SEARCH_PAGES; page += 1) {
      const found = await this.#read(`${base}?${searchFor(route.ref, since, page)}`, z.array(pipelineSchema));
      for (const together of batchesOf(found, READS_AT_ONCE)) {
        const started = await Promise.all(together.map((pipeline) => this.#variables(base, pipeline.id)));
        const index = started.findIndex((told) => !(told instanceof RequestRefused) && fits(payloadOf(told)));
        const pipeline = together[index];
        if (pipeline !== undefined) return toPipeline(pipeline, route.project);
        hidden ??= started.find((told) => told instanceof RequestRefused);
      }
      if (found.length < SEARCH_PAGE) {
        if (hidden === undefined) return undefined;
        throw cannotLook(
          hidden.status,
          `it does not show the variables of every pipeline (${hidden.message})`,
        );
      }
    }
    throw cannotLook(422, `there are more than ${SEARCH_PAGES * SEARCH_PAGE} triggered pipelines since then`);
  }

  /** What one pipeline was started with, or why GitLab does not tell that of this one. */
  async #variables(base: string, id: string): Promise<z.output<typeof variables> | RequestRefused> {
    try {
      return await this.#read(`${base}/${encodeURIComponent(id)}/variables`, variables);
    } catch (error) {
      if (error instanceof RequestRefused) return error;
      throw error;
    }
  }

  /**
   * What GITLAB_API_TOKEN may do, and its last day (`yyyy-mm-dd`), as it is told itself. Throws CredentialsRefused.
   * https://docs.gitlab.com/api/personal_access_tokens/#get-details-on-a-personal-access-token
   */
  async tokenItself(): Promise<{ readonly scopes: readonly string[]; readonly expires: string | undefined }> {
    const schema = z.looseObject({ scopes: z.array(z.string()), expires_at: z.string().nullish() });
    const told = await this.#read('/api/v4/personal_access_tokens/self', schema);
    return { scopes: told.scopes, expires: told.expires_at ?? undefined };
  }

  async readPipeline(project: string, id: string): Promise<GitLabPipeline> {
    const path = `/api/v4/projects/${encodeURIComponent(project)}/pipelines/${encodeURIComponent(id)}`;
    return toPipeline(await this.#read(path, pipelineSchema), project);
  }

  /** What a pipeline was started with; undefined where GitLab does not tell that of this one. */
  async startedWith(project: string, id: string): Promise<TriggerPayload | undefined> {
    const base = `/api/v4/projects/${encodeURIComponent(project)}/pipelines`;
    const told = await this.#variables(base, id);
    return told instanceof RequestRefused ? undefined : payloadOf(told);
  }

  /** The jobs of a pipeline, the newest of each name. Throws RequestRefused where they may not be read. */
  async jobsOf(project: string, id: string): Promise<GitLabJob[]> {
    const base = `/api/v4/projects/${encodeURIComponent(project)}/pipelines/${encodeURIComponent(id)}/jobs`;
    const jobs: GitLabJob[] = [];
    for (let page = 1; page <= JOB_PAGES; page += 1) {
      const found = await this.#read(`${base}?per_page=${JOB_PAGE}&page=${page}`, z.array(jobSchema));
      jobs.push(...found.filter((job) => job.pipeline === id));
      if (found.length < JOB_PAGE) break;
    }
    return jobs;
  }

  async readJob(project: string, id: string): Promise<GitLabJob> {
    const path = `/api/v4/projects/${encodeURIComponent(project)}/jobs/${encodeURIComponent(id)}`;
    return this.#read(path, jobSchema);
  }

  /**
   * Starts a job that waits for a click. Not idempotent: GitLab runs one that has ended anew, so look at it first.
   * Throws as `trigger` does, and CredentialsRefused where the token is not accepted at all.
   * https://docs.gitlab.com/api/jobs/#run-a-job
   */
  async play(project: string, id: string): Promise<GitLabJob> {
    const call: Call = {
      method: 'POST',
      path: `/api/v4/projects/${encodeURIComponent(project)}/jobs/${encodeURIComponent(id)}/play`,
      headers: this.#token(),
      sideEffect: true,
      credential: API_TOKEN,
    };
    const answer = await this.#upstream.call(call);
    if (answer.status === 200 || answer.status === 201) return this.#upstream.parse(call, answer, jobSchema);
    if (answer.status === 401) {
      throw this.#upstream.denied('GitLab does not accept GITLAB_API_TOKEN (401).', API_TOKEN);
    }
    throw this.#refusal(answer);
  }

  /**
   * The author's e-mail address that a commit carries (https://docs.gitlab.com/api/commits/#get-a-single-commit). Whoever
   * made the commit wrote it there.
   */
  async authorOf(project: string, sha: string): Promise<string> {
    const path = `/api/v4/projects/${encodeURIComponent(project)}/repository/commits/${encodeURIComponent(sha)}`;
    return (await this.#read(path, commitSchema)).author_email;
  }

  async close(): Promise<void> {
    await this.#upstream.close();
  }

  #pipeline(call: Call, answer: Answer, project: string): GitLabPipeline {
    return toPipeline(this.#upstream.parse(call, answer, pipelineSchema), project);
  }

  #refusal(answer: Answer): Error {
    const words = refusalWords(answer);
    const quoted = this.#upstream.quote(words);
    // GitLab's limit of pipelines a minute is a 400, not a 429.
    if (answer.status === 400 && /too many pipelines|try again later/i.test(words)) {
      const text = `GitLab limits how many pipelines start: ${quoted}`;
      return new UpstreamUnavailable('GitLab', text, PIPELINE_LIMIT_PAUSE_MS, false);
    }
    if (answer.status === 408) return new UpstreamUnavailable('GitLab', `GitLab answered 408: ${quoted}`);
    return this.#upstream.refused(answer.status, words);
  }

  #token(): Readonly<Record<string, string>> {
    return { 'private-token': this.#options.apiToken ?? '' };
  }

  async #read<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    const headers = this.#token();
    const call: Call = { method: 'GET', path, headers, sideEffect: false, credential: API_TOKEN };
    const answer = await this.#upstream.call(call);
    if (answer.status === 200) return this.#upstream.parse(call, answer, schema);
    // A 403 is about one project or pipeline, except where it names the scope.
    if (answer.status === 401 || (answer.status === 403 && answer.body.includes('insufficient_scope'))) {
      throw this.#upstream.denied(
        `GitLab does not accept GITLAB_API_TOKEN (${answer.status}); it needs the scope read_api.`,
        API_TOKEN,
      );
    }
    throw this.#refusal(answer);
  }
}

/** GitLab's own words for a refusal, `''` where it has none. */
function refusalWords(answer: Answer): string {
  const parsed = message.safeParse(jsonOf(answer));
  return parsed.success ? parsed.data : '';
}

function searchFor(ref: string | undefined, since: number, page: number): string {
  return new URLSearchParams({
    source: 'trigger',
    ...(ref === undefined ? {} : { ref }),
    created_after: new Date(since - CLOCK_SKEW_MS).toISOString(),
    order_by: 'id',
    sort: 'desc',
    per_page: String(SEARCH_PAGE),
    page: String(page),
  }).toString();
}

function cannotLook(status: number, why: string): RequestRefused {
  return new RequestRefused(
    'GitLab',
    status,
    `Nobody can tell whether GitLab started a pipeline: ${why}. Give the user of GITLAB_API_TOKEN the role Maintainer in this project, or look in GitLab yourself.`,
  );
}

function toPipeline(found: z.output<typeof pipelineSchema>, project: string): GitLabPipeline {
  const { id, status, web_url: url, source, ref, sha } = found;
  return { id, project: found.project_id ?? project, status, url, source, ref, sha };
}
