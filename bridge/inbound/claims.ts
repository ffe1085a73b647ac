import type { Context } from 'hono';
import { z } from 'zod';
import type { PipelineCaller } from '../http/pipeline-auth.ts';
import { parseJson } from '../http/json.ts';
import { ProblemError } from '../http/problem.ts';
import type { Trigger } from '../ledger/triggers.ts';
import { isCancelled, isClosed } from '../model/change.ts';
import type { InboundContext } from './context.ts';

const claimSchema = z.object({
  project_id: z.coerce.string().regex(/^\d{1,18}$/, 'must be a project number'),
  pipeline_id: z.coerce.string().regex(/^\d{1,18}$/, 'must be a pipeline number'),
});

/**
 * `POST /v1/decisions/{id}/claim`: binds the decision to the first pipeline that asks. The same pipeline may ask
 * again, any other is refused, and so is a pipeline whose decision no longer stands.
 */
export function claimRoute(inbound: InboundContext) {
  const { ledger, enqueue, clock } = inbound;
  return async (c: Context<PipelineCaller, '/decisions/:id/claim'>): Promise<Response> => {
    const body = parseJson(await inbound.bodies.usual.readJson(c), claimSchema);
    const { project_id: project, pipeline_id: pipeline } = body;
    const id = c.req.param('id');
    const trigger = await ledger.triggers.get(id);
    if (trigger === undefined) throw new ProblemError('not-found', 'There is no decision with this id.');
    const invalid = await whyInvalid(inbound, trigger);
    if (invalid !== undefined) throw new ProblemError('conflict', invalid);
    const holder = await ledger.triggers.claim(id, project, pipeline, clock());
    if (holder !== `${project}/${pipeline}`) {
      const text = `Pipeline ${holder} has claimed this decision; this one may not deploy.`;
      throw new ProblemError('conflict', text);
    }
    // The claim also tells which pipeline was started, should GitLab's own answer have been lost.
    await ledger.pipelines.observe(project, pipeline, { status: 'running', url: '', trigger: id }, clock());
    await enqueue('pipeline-result', `${project}/${pipeline}`);
    return c.json({ claimed: true, decision_id: id, pipeline_id: pipeline });
  };
}

async function whyInvalid(inbound: InboundContext, trigger: Trigger): Promise<string | undefined> {
  if (trigger.status !== 'triggered' && trigger.status !== 'triggering') {
    return `This decision is ${trigger.status}: it may not be acted upon.`;
  }
  if (trigger.kind !== 'decision' || trigger.sys_id === undefined) return undefined;
  if (trigger.decision !== 'approved') return 'The change was declined: nothing may be deployed.';
  const change = await inbound.ledger.changes.get(trigger.sys_id);
  if (change?.decision !== trigger.id)
    return `A newer decision took its place (${change?.decision ?? 'none'}).`;
  const { approval } = change.record.fields;
  if (approval !== trigger.decision) return `ServiceNow now shows the approval as "${approval ?? ''}".`;
  if (change.deleted || isCancelled(change.record) || isClosed(change.record))
    return 'The change was deleted, cancelled or closed.';
  return undefined;
}
