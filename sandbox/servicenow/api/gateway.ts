import { type Context, Hono } from 'hono';
import { fixedLatency, httpFaults } from '../../lib/http-faults.ts';
import type { Bindings } from '../../lib/listen.ts';
import { recordRequests, type RequestLog } from '../../lib/request-log.ts';
import { refusals, type Faults } from '../faults.ts';
import type { ServiceNowOptions } from '../options.ts';
import type { Instance } from '../state/instance.ts';
import { changeApi } from './change-api.ts';
import { RestError, answerError, errors } from './errors.ts';
import type { OAuth } from './oauth.ts';
import { type Sessions, authenticate } from './session.ts';
import { attachmentApi } from './attachment-api.ts';
import type { RestEnv } from './rest.ts';
import { tableApi } from './table-api.ts';

type Env = Bindings & { Variables: RestEnv['Variables'] };

/** What the REST side of the stand-in is made of. */
export type Gateway = {
  readonly instance: Instance;
  readonly faults: Faults;
  readonly requests: RequestLog;
  readonly sessions: Sessions;
  readonly oauth: OAuth;
  readonly options: Pick<ServiceNowOptions, 'latencyMs'>;
};

/** The routes that an integration calls: OAuth, Table API, Change Management API, Attachment API. */
export function restRoutes(gateway: Gateway): Hono<Env> {
  const app = new Hono<Env>();
  const { faults, requests, instance, options } = gateway;
  const { clock } = instance;
  app.use('*', recordRequests(requests, { clock, userOf: (c: Context<Env>) => c.get('user')?.userName }));
  app.use('/api/*', fixedLatency(options.latencyMs ?? 0));
  app.use('*', httpFaults(faults, refusals(clock)));
  app.post('/oauth_token.do', (c) => gateway.oauth.answer(c));
  app.use('/api/*', async (c, next) => {
    const user = authenticate(c, instance.users, gateway.oauth);
    if (user === undefined) throw errors.unauthenticated();
    gateway.sessions.touch(c);
    c.set('user', user);
    await next();
  });
  const tables = tableApi(instance, faults);
  for (const prefix of ['/api/now/table', '/api/now/v1/table', '/api/now/v2/table'])
    app.route(prefix, tables);
  for (const prefix of ['/api/sn_chg_rest', '/api/sn_chg_rest/v1'])
    app.route(prefix, changeApi(instance, faults));
  for (const prefix of ['/api/now/attachment', '/api/now/v1/attachment'])
    app.route(prefix, attachmentApi(instance));
  app.all('/api/*', (c) => {
    throw errors.unsupported(c.req.path);
  });
  app.onError((error, c) => answerError(c, asRestError(error, instance)));
  return app;
}

function asRestError(error: Error, instance: Instance): RestError {
  if (error instanceof RestError) return error;
  instance.log('error', 'REST', error.stack ?? error.message);
  return new RestError(500, 'Unexpected error in the stand-in', error.message);
}
