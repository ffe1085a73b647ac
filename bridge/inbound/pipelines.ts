import { Hono } from 'hono';
import { type PipelineCaller, requirePipeline } from '../http/pipeline-auth.ts';
import { claimRoute } from './claims.ts';
import type { InboundContext } from './context.ts';
import { gateRoutes } from './gates.ts';

/** `/v1/gates` and `/v1/decisions/{id}/claim`: what a pipeline asks before it deploys. */
export function pipelineRoutes(inbound: InboundContext): Hono<PipelineCaller> {
  const pipelineOnly = requirePipeline(inbound.pipelines);
  return new Hono<PipelineCaller>()
    .use('/gates/*', pipelineOnly)
    .route('/gates', gateRoutes(inbound))
    .post('/decisions/:id/claim', pipelineOnly, claimRoute(inbound));
}
