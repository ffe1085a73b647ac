import { Hono, type Context } from 'hono';
import { z } from 'zod';
import { notFound, parse } from './errors.ts';
import { readJson, type Env } from './http.ts';
import type { User } from '../state/model.ts';
import { findUser, type Organisation } from '../state/organisation.ts';

const credentials = z.strictObject({ clientId: z.string(), clientSecret: z.string() });

/** The only route that needs no token. */
export function authRoutes(org: Organisation): Hono<Env> {
  const routes = new Hono<Env>();
  routes.post('/auth/access_token', async (c) => {
    const { clientId, clientSecret } = parse(credentials, await readJson(c));
    return c.json({ ok: true, ...org.tokens.exchange(clientId, clientSecret) });
  });
  return routes;
}

/** The people of the organisation. */
export function userRoutes(org: Organisation): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get('/users', (c) => c.json({ ok: true, users: org.users.map((user) => view(c, user)) }));
  routes.get('/users/:user', (c) => {
    const user = findUser(org, c.req.param('user'));
    if (user === undefined) throw notFound('User', c.req.param('user'));
    return c.json({ ok: true, user: view(c, user) });
  });
  return routes;
}

function view(c: Context<Env>, { role: _role, ...user }: User): Record<string, unknown> {
  const fields = c.req.queries('fields');
  const all = { ...user, status: 'ACTIVE' };
  if (fields === undefined) return all;
  return Object.fromEntries(Object.entries(all).filter(([name]) => fields.includes(name)));
}
