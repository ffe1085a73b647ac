import { Hono } from 'hono';
import { fixedLatency, httpFaults } from '../lib/http-faults.ts';
import { listen, type Bindings } from '../lib/listen.ts';
import { recordRequests, RequestLog } from '../lib/request-log.ts';
import { controlRoutes, type ControlDeps } from './api/controls.ts';
import { createFaults, type Faults, REFUSALS } from './faults.ts';
import { HookSender } from './engine/hooks.ts';
import type { Deployment, FinalStatus, Pipeline } from './state/model.ts';
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
import { pipelineRoutes } from './api/pipelines.ts';
import { pipelineHook } from './api/present.ts';
import { Runner } from './engine/runner.ts';
import { GitLabState } from './state/store.ts';
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
  /** An id_token as a job of this pipeline would get it; `overrides` replaces claims. */
  idToken: (pipelineId: number, audience: string, overrides?: object) => string;
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
  state.onStatus((pipeline) => {
    if (HOOKED.includes(pipeline.status)) hooks.send('Pipeline Hook', pipelineHook(url, pipeline));
  });
  const requests = new RequestLog();

  const deps = { state, runner, hooks, faults, requests, baseUrl };
  const app = createApp(options, { ...deps, idTokens });
  const server = await listen(app, { port: options.port, host: options.host });
  url = options.publicUrl ?? server.url;
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
    setProject: (id, change) => {
      const project = state.project(String(id));
      if (project === undefined) throw new RangeError(`There is no project ${id}.`);
      state.changeProject(project, projectChangeSchema.parse(change));
    },
    finish: (id, status) => runner.finish(known(id), status),
    release: (id) => runner.release(known(id)),
    idToken: (id, audience, overrides) => {
      const pipeline = known(id);
      const job = pipeline.jobs.find((one) => one.status === 'running') ?? pipeline.jobs[0];
      return idTokens.mint(pipeline, job, audience, overrides);
    },
  };
}

/** The API, its controls and the pages. */
function createApp(options: GitLabOptions, deps: ControlDeps & { idTokens: IdTokens }): Hono<Bindings> {
  const app = new Hono<Bindings>();
  app.route('/_sandbox', controlRoutes(deps));
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
