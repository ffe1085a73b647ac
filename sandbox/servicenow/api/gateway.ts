import { setTimeout as sleep } from 'node:timers/promises';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { noAnswer } from '../../lib/http-faults.ts';
import type { Bindings } from '../../lib/listen.ts';
import type { Fault, Faults } from '../faults.ts';
import type { Instance } from '../state/instance.ts';
import type { RequestLog } from '../request-log.ts';
import { changeApi } from './change-api.ts';
import { RestError, answerError, errors } from './errors.ts';
import type { OAuth } from './oauth.ts';
import { type Sessions, authenticate } from './session.ts';
import { type RestEnv, tableApi } from './table-api.ts';

type Env = Bindings & { Variables: RestEnv['Variables'] };

/** What the REST side of the stand-in is made of. */
export type Gateway = {
  readonly instance: Instance;
  readonly faults: Faults;
  readonly requests: RequestLog;
  readonly sessions: Sessions;
  readonly oauth: OAuth;
};

const HIBERNATING = `<!DOCTYPE html><html><head><title>Instance Hibernating page</title></head>
<body><h1>Your instance is hibernating.</h1><p>Sign in to the developer site to wake your instance.</p></body></html>`;

const REFUSALS = ['429', '500', '503', '401', 'html', 'timeout-before-effect', 'abort'] as const;

/** The routes that an integration calls: OAuth, Table API, Change Management API. */
export function restRoutes(gateway: Gateway): Hono<Env> {
  const app = new Hono<Env>();
  app.use('*', record(gateway));
  app.use('*', misbehave(gateway));
  app.post('/oauth_token.do', (c) => gateway.oauth.answer(c));
  app.use('/api/*', async (c, next) => {
    const user = authenticate(c, gateway.instance.users, gateway.oauth);
    if (user === undefined) throw errors.unauthenticated();
    gateway.sessions.touch(c);
    c.set('user', user);
    await next();
  });
  const tables = tableApi(gateway.instance, gateway.faults);
  for (const prefix of ['/api/now/table', '/api/now/v1/table', '/api/now/v2/table'])
    app.route(prefix, tables);
  app.route('/api/sn_chg_rest', changeApi(gateway.instance));
  app.route('/api/sn_chg_rest/v1', changeApi(gateway.instance));
  app.all('/api/*', (c) => {
    throw errors.unsupported(c.req.path);
  });
  app.onError((error, c) => answerError(c, asRestError(error, gateway.instance)));
  return app;
}

function asRestError(error: Error, instance: Instance): RestError {
  if (error instanceof RestError) return error;
  instance.log('error', 'REST', error.stack ?? error.message);
  return new RestError(500, 'Unexpected error in the stand-in', error.message);
}

function record({ requests, instance }: Gateway): MiddlewareHandler<Env> {
  return async (c, next) => {
    const at = instance.clock();
    const url = new URL(c.req.url);
    const body = await c.req.raw.clone().text();
    await next();
    requests.add({
      at,
      method: c.req.method,
      path: url.pathname + url.search,
      user: c.get('user')?.userName,
      status: c.res === RESPONSE_ALREADY_SENT || c.res.headers.has('x-hono-already-sent') ? 0 : c.res.status,
      body,
    });
  };
}

function misbehave({ faults, instance }: Gateway): MiddlewareHandler<Env> {
  return async (c, next) => {
    const { method, path } = c.req;
    const slow = faults.strike(['latency'], method, path);
    if (slow?.kind === 'latency') await sleep(slow.ms);
    const refusal = faults.strike(
      REFUSALS.filter((kind) => kind !== 'abort' || method !== 'GET'),
      method,
      path,
    );
    if (refusal?.kind === 'timeout-before-effect') return noAnswer(c.env, refusal);
    if (refusal !== undefined) return refuse(c, refusal, instance.clock());
    await next();
    const silent = faults.strike(['timeout-after-effect'], method, path);
    if (silent?.kind === 'timeout-after-effect') c.res = await noAnswer(c.env, silent);
    return undefined;
  };
}

function refuse(c: Context, fault: Fault, now: number): Response {
  switch (fault.kind) {
    case '429':
      c.header('Retry-After', String(fault.retryAfterSeconds));
      c.header('X-RateLimit-Limit', '100');
      c.header('X-RateLimit-Reset', String(Math.ceil(now / 1000) + fault.retryAfterSeconds));
      c.header('X-RateLimit-Rule', 'Table API');
      return answerError(
        c,
        new RestError(
          429,
          'Rate limit exceeded',
          'Rate limit of 100 requests per hour for Table API exceeded',
        ),
      );
    case '401':
      return answerError(c, errors.unauthenticated());
    case 'html':
      return c.html(HIBERNATING, 200);
    case 'abort':
      return answerError(
        c,
        errors.aborted(
          `Operation against file 'change_request' was aborted by Business Rule '${fault.rule}'. Error ID: sandbox`,
        ),
      );
    case '503':
      if (fault.retryAfterSeconds !== undefined) c.header('Retry-After', String(fault.retryAfterSeconds));
      return c.html('<html><body><h1>Service Unavailable</h1></body></html>', 503);
    default:
      return answerError(c, new RestError(500, 'Internal server error', 'The fault 500 is switched on.'));
  }
}
