import { readFileSync } from 'node:fs';
import { Hono, type Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { parse, PortError } from '../api/errors.ts';
import type { Env } from '../api/http.ts';
import { checkForm, formOf } from '../engine/form.ts';
import { approvalInput, type Action, type Entity, type JsonObject, type Run } from '../state/model.ts';
import { findUser, userById, type Organisation } from '../state/organisation.ts';
import { startAsUser } from '../state/person.ts';
import { decideRun } from '../state/runs.ts';
import { actionOf, blueprintOf, entityOf, runOf } from '../state/store.ts';
import { catalogTable, entityPage } from './catalog.ts';
import { actionForm, readInputs } from './form.ts';
import { layout, type Html, type Visit } from './layout.ts';
import { runPage, runTable } from './runs.ts';

const COOKIE = 'portal_user';

/** The portal as a person sees it. */
export function pageRoutes(org: Organisation): Hono<Env> {
  const pages = new Hono<Env>();
  assetRoutes(pages);
  catalogPages(pages, org);
  actionPages(pages, org);
  runPages(pages, org);
  pages.post('/user', async (c) => {
    const { user, back } = await c.req.parseBody();
    if (typeof user === 'string' && findUser(org, user) !== undefined) {
      setCookie(c, COOKIE, user, { httpOnly: true, sameSite: 'Lax', path: '/' });
    }
    return c.redirect(localPath(back), 303);
  });
  return pages;
}

function assetRoutes(pages: Hono<Env>): void {
  const css = readFileSync(new URL('portal.css', import.meta.url), 'utf8');
  const script = readFileSync(new URL('live.js', import.meta.url), 'utf8');
  pages.get('/assets/portal.css', (c) => c.text(css, 200, { 'content-type': 'text/css; charset=utf-8' }));
  pages.get('/assets/live.js', (c) =>
    c.text(script, 200, { 'content-type': 'text/javascript; charset=utf-8' }),
  );
}

function catalogPages(pages: Hono<Env>, org: Organisation): void {
  pages.get('/', (c) => c.redirect(org.store.blueprints.has('service') ? '/catalog/service' : '/runs', 302));
  pages.get('/catalog/:blueprint', async (c) => {
    const blueprint = blueprintOf(org.store, c.req.param('blueprint'));
    return show(org, c, blueprint.title, await catalogTable(org, blueprint, visitor(org, c).id));
  });
  pages.get('/catalog/:blueprint/:entity', async (c) => {
    const blueprint = blueprintOf(org.store, c.req.param('blueprint'));
    const entity = entityOf(org.store, blueprint.identifier, c.req.param('entity'));
    return show(org, c, entity.title, await entityPage(org, blueprint, entity, visitor(org, c).id));
  });
}

function actionPages(pages: Hono<Env>, org: Organisation): void {
  pages.get('/actions/:action', async (c) => {
    const action = actionOf(org.store, c.req.param('action'));
    const entity = chosenEntity(org, action.identifier, c.req.query('entity'));
    const form = await formOf(org, action, { entity, user: visitor(org, c).id });
    return show(org, c, action.title ?? action.identifier, actionForm(action, entity, form, undefined));
  });
  pages.post('/actions/:action', async (c) => {
    const action = actionOf(org.store, c.req.param('action'));
    const posted = await c.req.parseBody();
    const named = typeof posted['entity'] === 'string' ? posted['entity'] : undefined;
    const entity = chosenEntity(org, action.identifier, named);
    const user = visitor(org, c).id;
    try {
      const properties = readInputs(action, posted);
      await checkForm(org, action, { entity, user, values: properties });
      const run = startAsUser(org, action.identifier, { by: user, entity: named, properties });
      return c.redirect(`/runs/${run.id}`, 303);
    } catch (cause) {
      if (!(cause instanceof PortError)) throw cause;
      const form = await formOf(org, action, { entity, user, values: filledIn(action, posted) });
      const again = actionForm(action, entity, form, cause.message);
      return show(org, c, action.title ?? action.identifier, again, 422);
    }
  });
}

/** What was filled in, as far as it can be read: the form is shown again with it. */
function filledIn(action: Action, posted: Record<string, unknown>): JsonObject {
  try {
    return readInputs(action, posted);
  } catch {
    return {};
  }
}

function runPages(pages: Hono<Env>, org: Organisation): void {
  pages.get('/runs', (c) => show(org, c, 'Runs', runTable(org, [...org.store.runs.values()])));
  pages.get('/runs/:run', (c) => {
    const run = runOf(org.store, c.req.param('run'));
    return show(org, c, runTitle(run), runPage(org, run));
  });
  pages.post('/runs/:run/approval', async (c) => {
    const { status } = await c.req.parseBody();
    const input = parse(approvalInput, { status });
    const run = decideRun(org, c.req.param('run'), input, { id: visitor(org, c).id, origin: 'UI' });
    return c.redirect(`/runs/${run.id}`, 303);
  });
}

function runTitle(run: Run): string {
  return run.action.title ?? run.action.identifier;
}

function chosenEntity(org: Organisation, action: string, entity: string | undefined): Entity | undefined {
  const { trigger } = actionOf(org.store, action);
  if (entity === undefined || trigger.type !== 'self-service' || trigger.blueprintIdentifier === undefined) {
    return undefined;
  }
  return entityOf(org.store, trigger.blueprintIdentifier, entity);
}

async function show(
  org: Organisation,
  c: Context<Env>,
  title: string,
  content: Html,
  status: 200 | 422 = 200,
): Promise<Response> {
  const { pathname: path, search } = new URL(c.req.url);
  const visit: Visit = { user: visitor(org, c), path, search };
  return c.html(layout(org, visit, title, content), status);
}

function visitor(org: Organisation, c: Context<Env>): Visit['user'] {
  const user = userById(org, getCookie(c, COOKIE) ?? '') ?? org.users[0];
  if (user === undefined) throw new PortError(500, 'no_users', 'The portal was started without any user');
  return user;
}

// Only a path of this portal: never another site.
function localPath(back: unknown): string {
  return typeof back === 'string' && /^\/(?![/\\])/.test(back) ? back : '/';
}
