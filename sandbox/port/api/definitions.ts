import { Hono, type MiddlewareHandler } from 'hono';
import { bodyProblems, routeOf } from '../contract/contract.ts';
import { pageInput, pagePatch, permissionsInput, scorecardInput } from '../state/model.ts';
import type { Organisation } from '../state/organisation.ts';
import { changePage, createPage, deletePage, pageOf } from '../state/pages.ts';
import { changePermissions, permissionsOf } from '../state/permissions.ts';
import {
  createScorecard,
  deleteScorecard,
  replaceScorecard,
  scorecardOf,
  scorecardsOf,
} from '../state/scorecards.ts';
import { forbidden, invalid, parse } from './errors.ts';
import { readJson, type Env } from './http.ts';

/** Refuses what Port's published contract refuses: a token without the right, a query or a body that is not valid. */
export function checkContract(org: Organisation): MiddlewareHandler<Env> {
  return async (c, next) => {
    const route = routeOf(c.req.method, c.req.path);
    if (route !== undefined) {
      const lacking =
        c.get('actor').id === org.clientId && route.scopes.some((each) => org.rights?.has(each) === false);
      if (lacking) throw forbidden('You do not have permission to perform this action');
      const missing = route.query.find(({ name, required }) => required && c.req.query(name) === undefined);
      if (missing !== undefined) throw invalid(`"query" must have required property '${missing.name}'`);
      const problems = route.body === undefined ? [] : bodyProblems(route, await readJson(c));
      const [first] = problems;
      if (first !== undefined) throw invalid(first, { errors: problems.slice(0, 20) });
    }
    await next();
  };
}

/** Who may run an action, scorecards and pages. */
export function definitionRoutes(org: Organisation): Hono<Env> {
  const routes = new Hono<Env>();
  permissionRoutes(routes, org);
  scorecardRoutes(routes, org);
  pageRoutes(routes, org);
  return routes;
}

function permissionRoutes(routes: Hono<Env>, org: Organisation): void {
  const path = '/actions/:action/permissions';
  routes.get(path, (c) => c.json({ ok: true, permissions: permissionsOf(org, c.req.param('action')) }));
  routes.patch(path, async (c) => {
    const input = parse(permissionsInput, await readJson(c));
    return c.json({ ok: true, permissions: changePermissions(org, c.req.param('action'), input) });
  });
}

function scorecardRoutes(routes: Hono<Env>, org: Organisation): void {
  const many = '/blueprints/:blueprint/scorecards';
  const one = '/blueprints/:blueprint/scorecards/:scorecard';
  routes.get(many, (c) => c.json({ ok: true, scorecards: scorecardsOf(org, c.req.param('blueprint')) }));
  routes.post(many, async (c) => {
    const input = parse(scorecardInput, await readJson(c));
    const scorecard = createScorecard(org, c.req.param('blueprint'), input, c.get('actor'));
    return c.json({ ok: true, scorecard }, 201);
  });
  routes.get(one, (c) => {
    const { blueprint, scorecard } = c.req.param();
    return c.json({ ok: true, scorecard: scorecardOf(org, blueprint, scorecard) });
  });
  routes.put(one, async (c) => {
    const { blueprint, scorecard } = c.req.param();
    const input = parse(scorecardInput, await readJson(c));
    return c.json({
      ok: true,
      scorecard: replaceScorecard(org, blueprint, scorecard, input, c.get('actor')),
    });
  });
  routes.delete(one, (c) => {
    const { blueprint, scorecard } = c.req.param();
    deleteScorecard(org, blueprint, scorecard);
    return c.json({ ok: true });
  });
}

function pageRoutes(routes: Hono<Env>, org: Organisation): void {
  const one = '/pages/:page';
  routes.get('/pages', (c) => c.json({ ok: true, pages: [...org.store.pages.values()] }));
  routes.post('/pages', async (c) => {
    const page = createPage(org, parse(pageInput, await readJson(c)), c.get('actor'));
    return c.json({ ok: true, page }, 201);
  });
  routes.get(one, (c) => c.json({ ok: true, page: pageOf(org, c.req.param('page')) }));
  routes.patch(one, async (c) => {
    const patch = parse(pagePatch, await readJson(c));
    return c.json({ ok: true, page: changePage(org, c.req.param('page'), patch, c.get('actor')) });
  });
  routes.delete(one, (c) => {
    deletePage(org, c.req.param('page'));
    return c.json({ ok: true });
  });
}
