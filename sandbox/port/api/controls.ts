import { Hono } from 'hono';
import { z } from 'zod';
import { commonControls } from '../../lib/controls.ts';
import { parse } from './errors.ts';
import { readJson, type Env } from './http.ts';
import type { Organisation } from '../state/organisation.ts';
import { checkForm } from '../engine/form.ts';
import { startAsUser, valuesOf } from '../state/person.ts';
import { subject } from '../state/runs.ts';
import { actionOf } from '../state/store.ts';

const runRequest = z.strictObject({
  action: z.string(),
  entity: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  by: z.string(),
});

/** The switches of the stand-in itself; the real portal has nothing like them. */
export function controlRoutes(org: Organisation): Hono<Env> {
  const routes = new Hono<Env>();
  routes.route('/', commonControls(org));
  routes.get('/state', (c) => c.json(snapshot(org)));
  routes.post('/runs', async (c) => {
    const { action, by, entity, properties } = parse(runRequest, await readJson(c));
    const request = { by, entity, properties };
    const known = actionOf(org.store, action);
    const values = valuesOf(known, request);
    await checkForm(org, known, { entity: subject(org, known, entity), user: by, values });
    return c.json({ run: startAsUser(org, action, request) }, 202);
  });
  routes.post('/idle', async (c) => {
    await org.background.idle();
    return c.json({ idle: true });
  });
  return routes;
}

/** Everything the portal remembers, as plain JSON. */
function snapshot({ store, users, faults, requests }: Organisation): Record<string, unknown> {
  return {
    blueprints: [...store.blueprints.values()],
    entities: Object.fromEntries([...store.entities].map(([name, table]) => [name, [...table.values()]])),
    actions: [...store.actions.values()],
    runs: [...store.runs.values()],
    logs: Object.fromEntries(store.logs),
    touched: Object.fromEntries(store.touched),
    users,
    faults: faults.list(),
    invocations: store.invocations,
    workflowRuns: [...store.workflows.runs.values()],
    nodeRuns: [...store.workflows.nodeRuns.values()],
    requests: requests.list(),
  };
}
