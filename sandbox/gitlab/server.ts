import { Hono } from 'hono';
import { fixedLatency, httpFaults } from '../lib/http-faults.ts';
import { listen, type Bindings } from '../lib/listen.ts';
import { recordRequests, RequestLog } from '../lib/request-log.ts';
import { controlRoutes, type ControlDeps } from './api/controls.ts';
import { createFaults, type Faults, REFUSALS } from './faults.ts';
import { HookSender } from './engine/hooks.ts';
import type { Commit, Deployment, FinalStatus, JobStatus, Pipeline } from './state/model.ts';
import { IdTokens } from './engine/id-tokens.ts';
import {
  bridgeSchema,
  projectChangeSchema,
  type BridgeOptions,
  type GitLabOptions,
  type HookOptions,
  type ProjectChange,
} from './options.ts';
import { pageRoutes } from './pages/routes.ts';
import { type JobNews, OutsideRunner, type PipelineStart } from './api/outside-runner.ts';
import { pipelineRoutes } from './api/pipelines.ts';
import { pipelineHook } from './api/present.ts';
import { Runner } from './engine/runner.ts';
import { GitLabState, type NewCommit } from './state/store.ts';
import { triggerRoutes } from './api/trigger.ts';

export type { Deployment, Pipeline } from './state/model.ts';
export type { BridgeOptions, GitLabOptions, HookOptions, ProjectOptions } from './options.ts';

const HOOKED = ['pending', 'running', 'manual', 'success', 'failed', 'canceled'];

/** A running stand-in. The lists are live views: read them, do not change them. */
export type GitLabStandIn = {
  url: string;
  close: () => Promise<void>;
  pipelines: () => readonly Pipeline[];
  deployments: () => readonly Deployment[];
  requests: RequestLog;
  hooks: HookSender;
  faults: Faults;
  setBridge: (bridge: BridgeOptions | undefined) => void;
  setHook: (hook: HookOptions | undefined) => void;
  setProject: (id: number, change: ProjectChange) => void;
  /** Ends a pipeline from outside. */
  finish: (pipelineId: number, status: FinalStatus) => void;
  /** Lets a pipeline go on that waits for a runner. */
  release: (pipelineId: number) => void;
  /** A pipeline that nobody triggered through the API. */
  addPipeline: (projectId: number, start: PipelineStart) => Pipeline;
  /** Puts a new commit on a branch. */
  push: (projectId: number, ref: string, commit?: NewCommit) => Commit;
  /** Tells how a job is that runs elsewhere. A success in an environment is a deployment. */
  setJob: (pipelineId: number, job: string, status: JobStatus, news?: JobNews) => void;
  /** Signs with a new key from now on; the old ones stay published, or do not. */
  rotateKeys: (old: 'keep' | 'drop') => void;
  /** An id_token as the job of this pipeline would get it, or the one that runs; `overrides` replaces claims. */
  idToken: (pipelineId: number, audience: string, overrides?: object, job?: string) => string;
};

/**
 * Starts a GitLab of its own: trigger API, pipelines that really run, hooks, id_tokens, pages.
 * Rejects when the options are malformed or the port is taken.
 */
export async function startGitLab(options: GitLabOptions): Promise<GitLabStandIn> {
  const now = options.clock ?? (() => new Date().getTime());
  let url = options.publicUrl ?? '';
  const baseUrl = () => url;
  const faults = createFaults();
  const state = new GitLabState(options.projects, now);
  const idTokens = new IdTokens(baseUrl, now);
  const hooks = new HookSender(options.hook, { now, instance: baseUrl, faults });
  const bridge = options.bridge === undefined ? undefined : bridgeSchema.parse(options.bridge);
  const runner = new Runner(bridge, { state, faults, idTokens, baseUrl });
  const headOf = ({ project, sha, ref }: Pipeline) => state.commit(project, sha) ?? state.head(project, ref);
  state.onStatus((pipeline) => {
    if (HOOKED.includes(pipeline.status))
      hooks.send('Pipeline Hook', pipelineHook(url, pipeline, headOf(pipeline)));
  });
  const requests = new RequestLog();
  const outside = new OutsideRunner({ state, runner, idTokens });

  const deps = { state, runner, hooks, faults, requests, baseUrl };
  const app = createApp(options, { ...deps, idTokens, outside });
  const server = await listen(app, { port: options.port, host: options.host });
  url = options.publicUrl ?? server.url;
  const project = (id: number) => {
    const found = state.project(String(id));
    if (found === undefined) throw new RangeError(`There is no project ${id}.`);
    return found;
  };
  const known = (id: number) => {
    const pipeline = state.pipeline(id);
    if (pipeline === undefined) throw new RangeError(`There is no pipeline ${id}.`);
    return pipeline;
  };
  return {
    url: server.url,
    close: async () => {
      await Promise.all([runner.close(), hooks.close()]);
      await server.close();
    },
    pipelines: () => state.pipelines,
    deployments: () => state.deployments,
    requests,
    hooks,
    faults,
    setBridge: (next) => {
      runner.bridge = next === undefined ? undefined : bridgeSchema.parse(next);
    },
    setHook: (hook) => hooks.configure(hook),
    setProject: (id, change) => state.changeProject(project(id), projectChangeSchema.parse(change)),
    finish: (id, status) => runner.finish(known(id), status),
    release: (id) => runner.release(known(id)),
    addPipeline: (id, start) => outside.add(project(id), start),
    push: (id, ref, commit) => state.push(project(id), ref, commit),
    setJob: (id, job, status, news) => outside.setJob(known(id), job, status, news),
    rotateKeys: (old) => idTokens.rotate(old),
    idToken: (id, audience, overrides, job) => outside.idToken(known(id), audience, overrides, job),
  };
}

/** The API, its controls and the pages. */
function createApp(
  options: GitLabOptions,
  deps: ControlDeps & { idTokens: IdTokens; outside: OutsideRunner },
): Hono<Bindings> {
  const app = new Hono<Bindings>();
  app.route('/_sandbox', controlRoutes(deps));
  app.route('/_sandbox', deps.outside.routes());
  for (const path of ['/api/*', '/oauth/*', '/.well-known/*']) {
    app.use(
      path,
      recordRequests(deps.requests, { clock: deps.state.now }),
      fixedLatency(options.latencyMs ?? 0),
      httpFaults(deps.faults, REFUSALS),
    );
  }
  app.route('/', deps.idTokens.routes());
  app.route('/api/v4', triggerRoutes(deps));
  app.route('/api/v4', pipelineRoutes({ ...deps, tokens: options.apiTokens ?? [] }));
  app.all('/api/*', (c) => c.json({ error: '404 Not Found' }, 404));
  app.route('/', pageRoutes(deps));
  return app;
}
