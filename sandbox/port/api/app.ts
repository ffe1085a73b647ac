import { Hono } from 'hono';
import { fixedLatency, httpFaults } from '../../lib/http-faults.ts';
import { recordRequests } from '../../lib/request-log.ts';
import { refusals } from '../faults.ts';
import { answerError, authenticate, limitBody, limitRate, type Env } from './http.ts';
import type { RateLimits } from './limits.ts';
import type { Organisation } from '../state/organisation.ts';
import { pageRoutes } from '../pages/routes.ts';
import { actionRoutes } from './actions.ts';
import { catalogRoutes } from './catalog.ts';
import { claimRoutes } from './claims.ts';
import { controlRoutes } from './controls.ts';
import { checkContract, definitionRoutes } from './definitions.ts';
import { authRoutes, userRoutes } from './people.ts';
import { workflowRoutes } from './workflows.ts';

/** The API under `/v1`, the switches under `/_sandbox`, and the pages at the root. */
export function createApp(org: Organisation, limits: RateLimits, latencyMs: number): Hono<Env> {
  const app = new Hono<Env>();
  app.onError(answerError);
  app.notFound((c) =>
    c.json(
      { ok: false, error: 'not_found', message: `Route ${c.req.method} ${c.req.path} was not found` },
      404,
    ),
  );
  app.route('/v1', createApi(org, limits, latencyMs));
  app.route('/_sandbox', controlRoutes(org));
  app.route('/', pageRoutes(org));
  return app;
}

function createApi(org: Organisation, limits: RateLimits, latencyMs: number): Hono<Env> {
  const api = new Hono<Env>();
  api.use(
    limitBody(),
    recordRequests(org.requests, { clock: org.clock, blank: blankSecret }),
    fixedLatency(latencyMs),
    limitRate(org, limits),
    httpFaults(org.faults, refusals(org)),
  );
  api.route('/', authRoutes(org));
  api.use(authenticate(org), checkContract(org));
  api.route('/', catalogRoutes(org));
  api.route('/', claimRoutes(org));
  api.route('/', workflowRoutes(org));
  api.route('/', actionRoutes(org));
  api.route('/', definitionRoutes(org));
  api.route('/', userRoutes(org));
  return api;
}

function blankSecret(text: string): string {
  if (!text.includes('clientSecret')) return text;
  return text.replaceAll(/("clientSecret"\s*:\s*)"(?:[^"\\]|\\.)*"/g, '$1"******"');
}
