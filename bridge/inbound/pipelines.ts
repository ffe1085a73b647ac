import { Hono } from 'hono';
import { type PipelineCaller, requirePipeline } from '../http/pipeline-auth.ts';
import { claimRoute } from './claims.ts';
import type { InboundContext } from './context.ts';
import { gateRoutes } from './gates.ts';
import { reportRoutes } from './reports.ts';

/** What pipelines ask before they deploy, and what they report. */
export function pipelineRoutes(inbound: InboundContext): Hono<PipelineCaller> {
  const pipelineOnly = requirePipeline(inbound.pipelines);
  return new Hono<PipelineCaller>()
    .use('/gates/*', pipelineOnly)
    .use('/runs/*', pipelineOnly)
    .use('/deployments/*', pipelineOnly)
    .route('/', reportRoutes(inbound))
    .route('/gates', gateRoutes(inbound))
    .post('/decisions/:id/claim', pipelineOnly, claimRoute(inbound));
}
