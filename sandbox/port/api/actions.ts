import { Hono, type Context } from 'hono';
import { checkForm } from '../engine/form.ts';
import { createAction, deleteAction, replaceAction } from '../state/definitions.ts';
import { invalid, parse } from './errors.ts';
import { queryFlag, queryNumber, readJson, type Env } from './http.ts';
import {
  actionInput,
  approvalInput,
  logInput,
  runInput,
  runPatch,
  type Action,
  type Actor,
  type Run,
  type RunLog,
} from '../state/model.ts';
import { findUser, type Organisation } from '../state/organisation.ts';
import { addLog, decideRun, patchRun, runView, startRun, subject } from '../state/runs.ts';
import { actionOf, runOf } from '../state/store.ts';

/** Actions, automations and their runs. */
export function actionRoutes(org: Organisation): Hono<Env> {
  const routes = new Hono<Env>();
  runRoutes(routes, org);
  logRoutes(routes, org);
  definitionRoutes(routes, org);
  return routes;
}

function definitionRoutes(routes: Hono<Env>, org: Organisation): void {
  routes.get('/actions', (c) => {
    const actions = [...org.store.actions.values()].filter((action) => isAskedFor(c, action));
    const old = c.req.query('trigger_type') === undefined ? [...org.store.oldActions.values()] : [];
    return c.json({ ok: true, actions: [...actions, ...old] });
  });
  routes.post('/actions', async (c) => {
    const input = parse(actionInput, await readJson(c));
    return c.json({ ok: true, action: createAction(org, input, c.get('actor')) }, 201);
  });
  routes.get('/actions/:action', (c) => {
    const identifier = c.req.param('action');
    const action = org.store.oldActions.get(identifier) ?? actionOf(org.store, identifier);
    return c.json({ ok: true, action });
  });
  routes.put('/actions/:action', async (c) => {
    const input = parse(actionInput, await readJson(c));
    return c.json({ ok: true, action: replaceAction(org, c.req.param('action'), input, c.get('actor')) });
  });
  routes.delete('/actions/:action', (c) => {
    deleteAction(org, c.req.param('action'));
    return c.json({ ok: true });
  });
}

function isAskedFor(c: Context<Env>, { identifier, trigger }: Action): boolean {
  const names = c.req.queries('action_identifier');
  const type = c.req.query('trigger_type');
  const blueprints = c.req.queries('blueprint_identifier');
  const blueprint = trigger.type === 'self-service' ? trigger.blueprintIdentifier : undefined;
  return (
    (names === undefined || names.includes(identifier)) &&
    (type === undefined || type === trigger.type) &&
    (blueprints === undefined || (blueprint !== undefined && blueprints.includes(blueprint)))
  );
}

function runRoutes(routes: Hono<Env>, org: Organisation): void {
  routes.post('/actions/:action/runs', async (c) => {
    const input = parse(runInput, await readJson(c));
    const action = actionOf(org.store, c.req.param('action'));
    const actor = runAs(org, c);
    const entity = subject(org, action, input.entity);
    await checkForm(org, action, { entity, user: actor.id, values: input.properties });
    const run = startRun(org, action.identifier, input, actor);
    return c.json({ ok: true, run: runView(run, version(c)) }, 202);
  });
  routes.get('/actions/runs', (c) => {
    const limit = queryNumber(c, 'limit', 200, 1, 1000);
    const runs = [...org.store.runs.values()].filter((run) => selected(org, c, run)).toReversed();
    const exclude = c.req.queries('exclude') ?? [];
    const shown = runs.slice(0, limit).map((run) => without(runView(run, version(c)), exclude));
    return c.json({ ok: true, runs: shown });
  });
  routes.get('/actions/runs/:run', (c) =>
    c.json({ ok: true, run: runView(runOf(org.store, c.req.param('run')), version(c)) }),
  );
  routes.patch('/actions/runs/:run', async (c) => {
    const patch = parse(runPatch, await readJson(c));
    const run = patchRun(org, c.req.param('run'), patch, c.get('actor'));
    return c.json({ ok: true, run: runView(run, version(c)) });
  });
  routes.patch('/actions/runs/:run/approval', async (c) => {
    const input = parse(approvalInput, await readJson(c));
    const run = decideRun(org, c.req.param('run'), input, c.get('actor'));
    return c.json({ ok: true, run: runView(run, version(c)) }, 201);
  });
  routes.get('/actions/runs/:run/approvers', (c) => {
    const { approval } = runOf(org.store, c.req.param('run'));
    return c.json({ ok: true, approvers: approval === undefined ? [] : [approval] });
  });
}

function logRoutes(routes: Hono<Env>, org: Organisation): void {
  routes.post('/actions/runs/:run/logs', async (c) => {
    const input = parse(logInput, await readJson(c));
    const log = addLog(org, c.req.param('run'), input, c.get('actor'));
    return c.json({ ok: true, runLog: logView(log) }, 201);
  });
  routes.get('/actions/runs/:run/logs', (c) => {
    const { id } = runOf(org.store, c.req.param('run'));
    const limit = queryNumber(c, 'limit', 50, 1, 50);
    const offset = queryNumber(c, 'offset', 0, 0, Number.MAX_SAFE_INTEGER);
    const logs = (org.store.logs.get(id) ?? []).slice(offset, offset + limit);
    return c.json({ ok: true, runLogs: logs.map(logView) });
  });
}

function logView({ terminationStatus: _status, ...log }: RunLog): Record<string, unknown> {
  return { ...log };
}

function selected(org: Organisation, c: Context<Env>, run: Run): boolean {
  const {
    action,
    entity,
    blueprint,
    external_run_id: external,
    user_id: userId,
    user_email: email,
  } = c.req.query();
  const sources = c.req.queries('source');
  const author = email === undefined ? undefined : findUser(org, email)?.id;
  return (
    (action === undefined || run.action.identifier === action) &&
    (entity === undefined || run.entity?.identifier === entity) &&
    (blueprint === undefined || run.blueprint?.identifier === blueprint) &&
    (external === undefined || run.externalRunId === external) &&
    (userId === undefined || run.createdBy === userId) &&
    (email === undefined || run.createdBy === author) &&
    (sources === undefined || sources.includes(run.source)) &&
    (!queryFlag(c, 'active') || run.status === 'IN_PROGRESS')
  );
}

function version(c: Context): 'v1' | 'v2' {
  const asked = c.req.query('version') ?? 'v1';
  if (asked !== 'v1' && asked !== 'v2') throw invalid('"version" must be v1 or v2');
  return asked;
}

// The run then belongs to that person, and `impersonatedBy` tells which machine asked for it.
function runAs(org: Organisation, c: Context<Env>): Actor {
  const actor = c.get('actor');
  const email = c.req.query('run_as');
  if (email === undefined) return actor;
  const user = findUser(org, email);
  if (user === undefined) throw invalid(`"run_as" names "${email}", who is not a user of this organisation`);
  return { id: user.id, origin: 'API', impersonatedBy: actor.id };
}

function without(object: Record<string, unknown>, names: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}
