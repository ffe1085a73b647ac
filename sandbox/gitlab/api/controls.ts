import { Hono } from 'hono';
import { z } from 'zod';
import { commonControls, withBody } from '../../lib/controls.ts';
import type { RequestLog } from '../../lib/request-log.ts';
import type { Faults } from '../faults.ts';
import type { HookSender } from '../engine/hooks.ts';
import { bridgeSchema, hookSchema, projectChangeSchema } from '../options.ts';
import { jobFull, pipelineFull } from './present.ts';
import type { Runner } from '../engine/runner.ts';
import type { GitLabState } from '../state/store.ts';

export type ControlDeps = {
  state: GitLabState;
  runner: Runner;
  hooks: HookSender;
  faults: Faults;
  requests: RequestLog;
  baseUrl: () => string;
};

const finishBody = z.strictObject({ status: z.enum(['success', 'failed', 'canceled']) });

/** The stand-in's own controls under `/_sandbox`, which no GitLab has. Their answers hold no secret. */
export function controlRoutes(deps: ControlDeps): Hono {
  const { state, runner, hooks } = deps;
  const app = new Hono();
  app.route('/', commonControls(deps));
  app.get('/state', (c) => c.json(snapshot(deps)));

  app.post('/projects/:id', async (c) => {
    const project = state.project(c.req.param('id'));
    if (project === undefined) return c.json({ error: 'There is no such project.' }, 404);
    return withBody(c, projectChangeSchema, (change) => {
      state.changeProject(project, change);
      return c.body(null, 204);
    });
  });

  app.post('/pipelines/:pid/finish', async (c) => {
    const pipeline = state.pipeline(Number(c.req.param('pid')));
    if (pipeline === undefined) return c.json({ error: 'There is no such pipeline.' }, 404);
    return withBody(c, finishBody, ({ status }) => {
      runner.finish(pipeline, status);
      return c.body(null, 204);
    });
  });

  app.post('/pipelines/:pid/release', (c) => {
    const pipeline = state.pipeline(Number(c.req.param('pid')));
    if (pipeline === undefined) return c.json({ error: 'There is no such pipeline.' }, 404);
    runner.release(pipeline);
    return c.body(null, 204);
  });

  app.put('/hook', (c) =>
    withBody(c, hookSchema, (hook) => {
      hooks.configure(hook);
      return c.body(null, 204);
    }),
  );

  app.put('/bridge', (c) =>
    withBody(c, bridgeSchema, (bridge) => {
      runner.bridge = bridge;
      return c.body(null, 204);
    }),
  );

  return app;
}

/** Everything that this GitLab remembers, without its secrets. */
function snapshot({ state, hooks, faults, baseUrl }: ControlDeps): object {
  return {
    projects: state.projects.map((one) => ({ ...one, triggerTokens: undefined })),
    pipelines: state.pipelines.map((one) => ({
      ...pipelineFull(baseUrl(), one),
      payload: one.payload,
      jobs: one.jobs.map((job) => ({ ...jobFull(baseUrl(), one, job), log: job.log })),
    })),
    deployments: state.deployments,
    hook: { ...hooks.status(), deliveries: hooks.deliveries },
    faults: faults.list(),
  };
}
