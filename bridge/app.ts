import { Hono } from 'hono';
import { isRedisTrouble } from '../queue/redis-errors.ts';
import type { HttpEnv } from './http/env.ts';
import { errorHandler } from './http/errors.ts';
import { ProblemError, problemResponse } from './http/problem.ts';
import type { InboundContext } from './inbound/context.ts';
import { gitlabRoutes } from './inbound/gitlab.ts';
import { pipelineRoutes } from './inbound/pipelines.ts';
import { portRoutes } from './inbound/port.ts';
import { servicenowRoutes } from './inbound/servicenow.ts';
import type { Log } from './log.ts';
import { auditRoutes } from './operator/audit.ts';
import { changeRoutes } from './operator/changes.ts';
import type { OperatorContext } from './operator/context.ts';
import { deadLetterRoutes } from './operator/dead-letters.ts';
import { decisionRoutes } from './operator/decisions.ts';
import { docsRoutes } from './operator/docs.ts';
import { flowControlRoutes } from './operator/flow-controls.ts';
import { healthRoutes } from './operator/health.ts';
import { replayRoutes } from './operator/replays.ts';
import { syncRoutes } from './operator/syncs.ts';

/** The route table. Webhooks and pipelines come in through `inbound`, people through `operator`. */
export function createApp(inbound: InboundContext, operator: OperatorContext, log: Log): Hono<HttpEnv> {
  return createWorkerApp(operator, log)
    .route('/docs', docsRoutes())
    .route('/webhooks', servicenowRoutes(inbound))
    .route('/webhooks/port', portRoutes(inbound))
    .route('/webhooks', gitlabRoutes(inbound))
    .route('/v1', pipelineRoutes(inbound))
    .route('/v1/changes', changeRoutes(operator))
    .route('/v1/decisions', decisionRoutes(operator))
    .route('/v1/replays', replayRoutes(operator))
    .route('/v1/syncs', syncRoutes(operator))
    .route('/v1/flows', flowControlRoutes(operator))
    .route('/v1/dead-letters', deadLetterRoutes(operator))
    .route('/v1/audit', auditRoutes(operator));
}

/** The routes of a worker: its health, and a problem for anything else. */
export function createWorkerApp(operator: OperatorContext, log: Log): Hono<HttpEnv> {
  return new Hono<HttpEnv>()
    .notFound(() => problemResponse(new ProblemError('not-found', 'There is no such route.')))
    .onError(errorHandler(log, isRedisTrouble))
    .route('/', healthRoutes(operator));
}
