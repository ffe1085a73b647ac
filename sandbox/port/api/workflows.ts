import { Hono } from 'hono';
import { z } from 'zod';
import type { Organisation } from '../state/organisation.ts';
import { nodeLogsInput, nodeRunPatch, workflowInput, workflowRunInput } from '../state/workflow-model.ts';
import { addNodeLogs, createWorkflow, patchNodeRun, startWorkflow } from '../state/workflows.ts';
import { notFound, parse } from './errors.ts';
import { type Env, readJson } from './http.ts';

/** Workflows as far as an agent has to do with them, and the organisation's choice of how an agent gets its work. */
export function workflowRoutes(org: Organisation): Hono<Env> {
  const routes = new Hono<Env>();
  const { workflows } = org.store;
  routes.post('/workflows', async (c) => {
    const input = parse(workflowInput, await readJson(c));
    return c.json({ ok: true, workflow: createWorkflow(org, input, c.get('actor')) }, 201);
  });
  routes.post('/workflows/:workflow/runs', async (c) => {
    const { inputs } = parse(workflowRunInput, await readJson(c));
    const run = await startWorkflow(org, c.req.param('workflow'), inputs, c.get('actor'));
    return c.json({ ok: true, run }, 201);
  });
  routes.get('/workflows/runs/:run', (c) => {
    const run = workflows.runs.get(c.req.param('run'));
    if (run === undefined) throw notFound('WorkflowRun', c.req.param('run'));
    const nodeRuns = [...workflows.nodeRuns.values()].filter(
      (each) => each.workflowRun.identifier === run.identifier,
    );
    return c.json({ ok: true, run: { ...run, nodeRuns } });
  });
  routes.patch('/workflows/nodes/runs/:run', async (c) => {
    const patch = parse(nodeRunPatch, await readJson(c));
    return c.json({ ok: true, nodeRun: await patchNodeRun(org, c.req.param('run'), patch) });
  });
  routes.post('/workflows/nodes/runs/:run/logs', async (c) => {
    const { logs } = parse(nodeLogsInput, await readJson(c));
    return c.json({ ok: true, nodeRun: addNodeLogs(org, c.req.param('run'), logs) }, 201);
  });
  organisationRoutes(routes, org);
  return routes;
}

const organisationPatch = z.strictObject({
  name: z.string(),
  settings: z.strictObject({ portAgentStreamerName: z.enum(['KAFKA', 'POLLING']).optional() }).optional(),
});

function organisationRoutes(routes: Hono<Env>, org: Organisation): void {
  const shown = () => ({ id: org.orgId, name: org.name, settings: org.settings });
  routes.get('/organization', (c) => c.json({ ok: true, organization: shown() }));
  routes.patch('/organization', async (c) => {
    const { name, settings = {} } = parse(organisationPatch, await readJson(c));
    org.name = name;
    Object.assign(org.settings, settings);
    return c.json({ ok: true, organization: shown() });
  });
}
