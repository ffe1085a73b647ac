import { Hono } from 'hono';
import { type Caller, requireRole } from '../http/auth.ts';
import { claimRoute } from './claims.ts';
import type { InboundContext } from './context.ts';
import { gateRoutes } from './gates.ts';

/** `/v1/gates` and `/v1/decisions/{id}/claim`: what a pipeline asks before it deploys. */
export function pipelineRoutes(inbound: InboundContext): Hono<Caller> {
  const { config, refusals } = inbound;
  const pipelineOnly = requireRole({ operators: config.OPERATOR_TOKENS, refusals }, 'operate');
  return new Hono<Caller>()
    .use('/gates/*', pipelineOnly)
    .route('/gates', gateRoutes(inbound))
    .post('/decisions/:id/claim', pipelineOnly, claimRoute(inbound));
}
