import { Hono } from 'hono';
import { z } from 'zod';
import type { FaultSwitch } from '../../lib/faults.ts';
import type { GitLabFault } from '../faults.ts';
import type { HookSender } from '../engine/hooks.ts';
import { bridgeSchema, hookSchema, projectChangeSchema } from '../options.ts';
import { jobFull, pipelineFull } from './present.ts';
import type { Runner } from '../engine/runner.ts';
import type { GitLabState } from '../state/store.ts';

export type ControlDeps = {
  state: GitLabState;
  runner: Runner;
  hooks: HookSender;
  faults: FaultSwitch<GitLabFault>;
  baseUrl: () => string;
};

const finishBody = z.strictObject({ status: z.enum(['success', 'failed', 'canceled']) });

/** The stand-in's own controls under `/_sandbox`, which no GitLab has. Their answers hold no secret. */
export function controlRoutes({ state, runner, hooks, faults, baseUrl }: ControlDeps): Hono {
  const app = new Hono();
  app.route('/faults', faults.routes());

  app.get('/state', (c) =>
    c.json({
      projects: state.projects.map((one) => ({ ...one, triggerTokens: undefined })),
      pipelines: state.pipelines.map((one) => ({
        ...pipelineFull(baseUrl(), one),
        payload: one.payload,
        jobs: one.jobs.map((job) => ({ ...jobFull(baseUrl(), one, job), log: job.log })),
      })),
      deployments: state.deployments,
      hook: { ...hooks.status(), deliveries: hooks.deliveries },
      faults: faults.list(),
    }),
  );

  app.post('/projects/:id', async (c) => {
    const project = state.project(c.req.param('id'));
    const change = projectChangeSchema.safeParse(await c.req.json().catch(() => undefined));
    if (project === undefined) return c.json({ error: 'There is no such project.' }, 404);
    if (!change.success) return c.json({ error: z.prettifyError(change.error) }, 400);
    state.changeProject(project, change.data);
    return c.body(null, 204);
  });

  app.post('/pipelines/:pid/finish', async (c) => {
    const pipeline = state.pipeline(Number(c.req.param('pid')));
    const body = finishBody.safeParse(await c.req.json().catch(() => undefined));
    if (pipeline === undefined) return c.json({ error: 'There is no such pipeline.' }, 404);
    if (!body.success) return c.json({ error: z.prettifyError(body.error) }, 400);
    runner.finish(pipeline, body.data.status);
    return c.body(null, 204);
  });

  app.post('/pipelines/:pid/release', (c) => {
    const pipeline = state.pipeline(Number(c.req.param('pid')));
    if (pipeline === undefined) return c.json({ error: 'There is no such pipeline.' }, 404);
    runner.release(pipeline);
    return c.body(null, 204);
  });

  app.put('/hook', async (c) => {
    const hook = hookSchema.safeParse(await c.req.json().catch(() => undefined));
    if (!hook.success) return c.json({ error: z.prettifyError(hook.error) }, 400);
    hooks.configure(hook.data);
    return c.body(null, 204);
  });

  app.put('/bridge', async (c) => {
    const bridge = bridgeSchema.safeParse(await c.req.json().catch(() => undefined));
    if (!bridge.success) return c.json({ error: z.prettifyError(bridge.error) }, 400);
    runner.bridge = bridge.data;
    return c.body(null, 204);
  });

  return app;
}
