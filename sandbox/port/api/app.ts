import { Hono } from 'hono';
import {
  answerError,
  authenticate,
  limitBody,
  limitRate,
  recordRequests,
  strikeFaults,
  type Env,
} from './http.ts';
import type { RateLimit } from './limits.ts';
import type { Organisation } from '../state/organisation.ts';
import { pageRoutes } from '../pages/routes.ts';
import { actionRoutes } from './actions.ts';
import { catalogRoutes } from './catalog.ts';
import { controlRoutes } from './controls.ts';
import { authRoutes, userRoutes } from './people.ts';

export interface AppLimits {
  entities: RateLimit;
  other: RateLimit;
  recordedRequests: number;
}

/** The API under `/v1`, the switches under `/_sandbox`, and the pages at the root. */
export function createApp(org: Organisation, limits: AppLimits): Hono<Env> {
  const app = new Hono<Env>();
  app.onError(answerError);
  app.notFound((c) =>
    c.json(
      { ok: false, error: 'not_found', message: `Route ${c.req.method} ${c.req.path} was not found` },
      404,
    ),
  );
  app.route('/v1', createApi(org, limits));
  app.route('/_sandbox', controlRoutes(org));
  app.route('/', pageRoutes(org));
  return app;
}

function createApi(org: Organisation, limits: AppLimits): Hono<Env> {
  const api = new Hono<Env>();
  api.use(
    limitBody(),
    recordRequests(org, limits.recordedRequests),
    limitRate(org, limits),
    strikeFaults(org),
  );
  api.route('/', authRoutes(org));
  api.use(authenticate(org));
  api.route('/', catalogRoutes(org));
  api.route('/', actionRoutes(org));
  api.route('/', userRoutes(org));
  return api;
}
