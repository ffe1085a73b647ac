import { Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Log } from './log.ts';
import { messageOf } from './model/errors.ts';
import { gitlabRoutes } from './inbound/gitlab.ts';
import type { InboundContext } from './inbound/context.ts';
import { pipelineRoutes } from './inbound/pipelines.ts';
import { portRoutes } from './inbound/port.ts';
import { servicenowRoutes } from './inbound/servicenow.ts';
import { changeRoutes } from './operator/changes.ts';
import { decisionRoutes } from './operator/decisions.ts';
import type { OperatorContext } from './operator/context.ts';
import { docsRoutes } from './operator/docs.ts';
import { healthRoutes } from './operator/health.ts';
import { replayRoutes } from './operator/replays.ts';
import { workRoutes } from './operator/work.ts';
import { problem } from './http/problem.ts';

/** The largest body that is read (bytes), declared or not. */
const BODY_LIMIT = 64 * 1024;
/** GitLab's hooks list every job, and after four refusals in a row GitLab switches the hook off. */
const HOOK_BODY_LIMIT = 2 * 1024 * 1024;
const HOOK_PATH = '/webhooks/gitlab';

/** The route table. Webhooks and pipelines come in through `inbound`, people through `operator`. */
export function createApp(inbound: InboundContext, operator: OperatorContext, log: Log): Hono {
  const usual = atMost(BODY_LIMIT);
  const hook = atMost(HOOK_BODY_LIMIT);
  return new Hono()
    .use((c, next) => (c.req.path === HOOK_PATH ? hook(c, next) : usual(c, next)))
    .route('/', healthRoutes(operator))
    .route('/docs', docsRoutes())
    .route('/webhooks', servicenowRoutes(inbound))
    .route('/webhooks/port', portRoutes(inbound))
    .route('/webhooks', gitlabRoutes(inbound))
    .route('/v1', pipelineRoutes(inbound))
    .route('/v1/changes', changeRoutes(operator))
    .route('/v1/decisions', decisionRoutes(operator))
    .route('/v1/replays', replayRoutes(operator))
    .route('/v1', workRoutes(operator))
    .notFound(() => problem('not-found', 'There is no such route.'))
    .onError((error) => {
      log.error({ error: messageOf(error) }, 'A request failed.');
      return problem('unavailable', 'The bridge could not do this now. Try again.');
    });
}

function atMost(bytes: number): MiddlewareHandler {
  return bodyLimit({
    maxSize: bytes,
    onError: () => problem('too-large', `A body may have at most ${bytes} bytes.`),
  });
}
