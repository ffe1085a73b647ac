import type { Context, MiddlewareHandler } from 'hono';
import type { ApiToken, Project } from '../options.ts';
import type { GitLabState } from '../state/store.ts';

export type ApiVariables = { Variables: { project: Project } };

/**
 * Guards `/projects/:id/…`: a wrong token is 401; a token whose scope is too small 403; no token at all sees
 * private projects as absent (404) and may not change anything (401), as at GitLab.
 */
export function projectAccess(
  state: GitLabState,
  tokens: readonly ApiToken[],
): MiddlewareHandler<ApiVariables> {
  return async (c, next) => {
    const isRead = c.req.method === 'GET' || c.req.method === 'HEAD';
    const given = givenToken(c);
    if (given === undefined && !isRead) return unauthorized(c);
    if (given !== undefined) {
      const known = tokens.find((one) => one.token === given);
      if (known === undefined) return unauthorized(c);
      const needed = isRead ? 'read_api' : 'api';
      if (!known.scopes.includes('api') && !known.scopes.includes(needed)) return tooSmall(c, isRead);
    }
    const project = state.project(c.req.param('id') ?? '');
    if (given === undefined || project === undefined)
      return c.json({ message: '404 Project Not Found' }, 404);
    c.set('project', project);
    await next();
    return undefined;
  };
}

/** `GET /personal_access_tokens/self`: what a token is told of itself. */
export function tokenOfItself(tokens: readonly ApiToken[]) {
  return (c: Context) => {
    const given = givenToken(c);
    const index = tokens.findIndex((one) => one.token === given);
    const known = tokens[index];
    if (known === undefined) return unauthorized(c);
    const { scopes, expiresAt } = known;
    const id = index + 1;
    return c.json({
      id,
      name: `token ${id}`,
      scopes,
      active: true,
      revoked: false,
      expires_at: expiresAt ?? null,
    });
  };
}

function givenToken(c: Context): string | undefined {
  const bearer = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
  return c.req.header('private-token') ?? bearer ?? c.req.query('private_token');
}

function unauthorized(c: Context) {
  return c.json({ message: '401 Unauthorized' }, 401);
}

function tooSmall(c: Context, isRead: boolean) {
  return c.json(
    {
      error: 'insufficient_scope',
      error_description: 'The request requires higher privileges than provided by the access token.',
      scope: isRead ? 'api read_api' : 'api',
    },
    403,
  );
}
