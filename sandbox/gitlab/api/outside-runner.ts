import { Hono } from 'hono';
import { z } from 'zod';
import { withBody } from '../../lib/controls.ts';
import type { IdTokens } from '../engine/id-tokens.ts';
import type { Runner } from '../engine/runner.ts';
import { planJobs } from '../engine/script.ts';
import type { Project } from '../options.ts';
import {
  parsePayload,
  PIPELINE_SOURCES,
  PIPELINE_STATUSES,
  type JobStatus,
  type Pipeline,
} from '../state/model.ts';
import type { GitLabState } from '../state/store.ts';

type Deps = { state: GitLabState; runner: Runner; idTokens: IdTokens };

const pipelineBody = z.strictObject({
  ref: z.string().min(1),
  source: z.enum(PIPELINE_SOURCES).default('push'),
  payload: z.record(z.string(), z.unknown()).default({}),
});
export type PipelineStart = z.input<typeof pipelineBody>;

const jobBody = z.strictObject({
  name: z.string(),
  status: z.enum(PIPELINE_STATUSES),
  /** Its log so far. */
  log: z.array(z.string()).optional(),
  /** It ended with an exit code that its YAML allows. */
  allowFailure: z.boolean().optional(),
});
export type JobNews = Omit<z.input<typeof jobBody>, 'name' | 'status'>;

const tokenBody = z.strictObject({
  audience: z.string().min(1),
  job: z.string().optional(),
  claims: z.record(z.string(), z.unknown()).default({}),
});
const commitBody = z.strictObject({
  ref: z.string().min(1),
  sha: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional(),
  authorName: z.string().optional(),
  authorEmail: z.email().optional(),
});

/** What a test does in GitLab's place, or in the place of a runner that runs the jobs elsewhere. */
export class OutsideRunner {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** A pipeline that nobody triggered through the API: a push, a click. */
  add(project: Project, start: PipelineStart): Pipeline {
    const { state, runner } = this.#deps;
    const { ref, source, payload: body } = pipelineBody.parse(start);
    const payload = parsePayload(body);
    const value = JSON.stringify(body);
    const pipeline = state.addPipeline(
      {
        project,
        ref,
        source,
        name: null,
        variables: source === 'trigger' ? [{ key: 'TRIGGER_PAYLOAD', value, variable_type: 'file' }] : [],
        payload,
        yamlErrors: null,
      },
      planJobs(project),
    );
    runner.start(pipeline);
    return pipeline;
  }

  /** How a job is. A success in an environment is a deployment. Throws a RangeError where there is no such job. */
  setJob(pipeline: Pipeline, name: string, status: JobStatus, news: JobNews = {}): void {
    const { state } = this.#deps;
    const job = pipeline.jobs.find((one) => one.name === name);
    if (job === undefined) throw new RangeError(`Pipeline ${pipeline.id} has no job "${name}".`);
    const isNew = job.status !== status;
    job.log = news.log ?? job.log;
    job.allowFailure = news.allowFailure ?? false;
    if (!isNew) return;
    state.setJobStatus(job, status, status === 'failed' ? 'script_failure' : null);
    if (status === 'manual' || status === 'running') state.setStatus(pipeline, status);
    if (status === 'success' && job.environment !== null) state.addDeployment(pipeline, job.environment);
  }

  /** The id_token of a job, or of the one that runs. `claims` replaces claims. */
  idToken(pipeline: Pipeline, audience: string, claims: object = {}, name?: string): string {
    const running = pipeline.jobs.find((one) => one.status === 'running') ?? pipeline.jobs[0];
    const job = name === undefined ? running : pipeline.jobs.find((one) => one.name === name);
    return this.#deps.idTokens.mint(pipeline, job, audience, claims);
  }

  routes(): Hono {
    const { state, idTokens } = this.#deps;
    const app = new Hono();
    app.post('/keys/rotate', (c) =>
      withBody(c, z.strictObject({ old: z.enum(['keep', 'drop']) }), ({ old }) => {
        idTokens.rotate(old);
        return c.body(null, 204);
      }),
    );
    app.delete('/keys/old', (c) => {
      idTokens.dropOldKeys();
      return c.body(null, 204);
    });
    app.post('/projects/:id/commits', async (c) => {
      const project = state.project(c.req.param('id'));
      if (project === undefined) return c.json({ error: 'There is no such project.' }, 404);
      return withBody(c, commitBody, ({ ref, ...commit }) => c.json(state.push(project, ref, commit), 201));
    });
    app.post('/projects/:id/pipelines', async (c) => {
      const project = state.project(c.req.param('id'));
      if (project === undefined) return c.json({ error: 'There is no such project.' }, 404);
      return withBody(c, pipelineBody, (start) => {
        const { id, sha } = this.add(project, start);
        return c.json({ id, sha }, 201);
      });
    });
    app.post('/pipelines/:pid/jobs', async (c) => {
      const pipeline = state.pipeline(Number(c.req.param('pid')));
      if (pipeline === undefined) return c.json({ error: 'There is no such pipeline.' }, 404);
      return withBody(c, jobBody, ({ name, status, ...news }) => {
        this.setJob(pipeline, name, status, news);
        return c.body(null, 204);
      });
    });
    app.post('/pipelines/:pid/id-token', async (c) => {
      const pipeline = state.pipeline(Number(c.req.param('pid')));
      if (pipeline === undefined) return c.json({ error: 'There is no such pipeline.' }, 404);
      return withBody(c, tokenBody, ({ audience, claims, job }) =>
        c.json({ id_token: this.idToken(pipeline, audience, claims, job) }),
      );
    });
    return app;
  }
}
