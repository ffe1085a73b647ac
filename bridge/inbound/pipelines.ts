import { Hono } from 'hono';
import { z } from 'zod';
import { parseBody } from '../http/body.ts';
import { type Caller, requireRole } from '../http/auth.ts';
import { type Gate, gateId, gateRequestSchema } from '../ledger/gates.ts';
import type { Trigger } from '../ledger/triggers.ts';
import { changeAddress, isCancelled, isClosed } from '../model/change.ts';
import { toApprovalStatus } from '../model/decision.ts';
import { problem } from '../http/problem.ts';
import { accept, type InboundContext, rawJson } from './context.ts';

const claimSchema = z.object({
  project_id: z.coerce.string().regex(/^\d{1,18}$/, 'must be a project number'),
  pipeline_id: z.coerce.string().regex(/^\d{1,18}$/, 'must be a pipeline number'),
});

/** `/v1/gates` and `/v1/decisions/{id}/claim`: what a pipeline asks before it deploys. */
export function pipelineRoutes(inbound: InboundContext): Hono<Caller> {
  const { config, ledger, enqueue } = inbound;
  const pipelineOnly = requireRole(config.OPERATOR_TOKENS, 'operate');
  return new Hono<Caller>()
    .post('/gates', pipelineOnly, async (c) => {
      const body = await rawJson(c);
      const request = body instanceof Response ? body : parseBody(body.toString('utf8'), gateRequestSchema);
      if (request instanceof Response) return request;
      const key = c.req.header('idempotency-key') ?? request.deploy_run_id;
      if (request.pipeline === undefined && key === undefined) {
        return problem(
          'impossible',
          'Name the pipeline, or a deploy_run_id, or send an Idempotency-Key: a repetition must be known as one.',
        );
      }
      const id = gateId(request, key ?? '');
      const answer = await accept(inbound, 'gate', async () => {
        const isNew = await ledger.gates.record(id, request, inbound.clock());
        await enqueue('gate', id);
        return isNew ? 'accepted' : 'duplicate';
      });
      if (answer.status !== 202) return answer;
      return c.json(await describeGate(inbound, id), 202, { location: `/v1/gates/${id}` });
    })
    .get('/gates/:id', pipelineOnly, async (c) => {
      const gate = await describeGate(inbound, c.req.param('id'));
      return gate === undefined ? problem('not-found', 'There is no gate with this id.') : c.json(gate);
    })
    .post('/decisions/:id/claim', pipelineOnly, async (c) => {
      const body = await rawJson(c);
      const request = body instanceof Response ? body : parseBody(body.toString('utf8'), claimSchema);
      return request instanceof Response ? request : claim(inbound, c.req.param('id'), request);
    });
}

/**
 * Binds the decision to the first pipeline that asks; the same pipeline may ask again, any other is refused.
 * So is a pipeline whose decision no longer stands.
 */
async function claim(
  inbound: InboundContext,
  id: string,
  request: z.output<typeof claimSchema>,
): Promise<Response> {
  const { ledger, enqueue, clock } = inbound;
  const trigger = await ledger.triggers.get(id);
  if (trigger === undefined) return problem('not-found', 'There is no decision with this id.');
  const invalid = await whyInvalid(inbound, trigger);
  if (invalid !== undefined) return problem('conflict', invalid);
  const { project_id: project, pipeline_id: pipeline } = request;
  const holder = await ledger.triggers.claim(id, project, pipeline, clock());
  if (holder !== `${project}/${pipeline}`) {
    return problem('conflict', `Pipeline ${holder} has claimed this decision; this one may not deploy.`);
  }
  // The claim also tells which pipeline was started, should GitLab's own answer have been lost.
  await ledger.pipelines.observe(project, pipeline, { status: 'running', url: '', trigger: id }, clock());
  await enqueue('pipeline-result', `${project}/${pipeline}`);
  return Response.json({ claimed: true, decision_id: id, pipeline_id: pipeline });
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

async function describeGate(
  inbound: InboundContext,
  id: string,
): Promise<Record<string, unknown> | undefined> {
  const gate = await inbound.ledger.gates.get(id);
  if (gate === undefined) return undefined;
  const decision = await decisionOf(inbound, gate);
  return {
    id,
    status: decision === undefined ? gate.status : toApprovalStatus(decision.decision ?? 'rejected'),
    ...(gate.outcome === undefined ? {} : { message: gate.outcome }),
    ...(gate.sys_id === undefined
      ? {}
      : {
          change: {
            sys_id: gate.sys_id,
            number: gate.number,
            url: changeAddress(inbound.config.SERVICENOW_INSTANCE_URL, gate.sys_id),
          },
        }),
    ...(decision === undefined ? {} : { decision_id: decision.id }),
  };
}

async function decisionOf(inbound: InboundContext, gate: Gate): Promise<Trigger | undefined> {
  if (gate.sys_id === undefined) return undefined;
  const change = await inbound.ledger.changes.get(gate.sys_id);
  if (change?.decision === undefined) return undefined;
  const decision = await inbound.ledger.triggers.get(change.decision);
  // A decision that was taken back is none.
  return decision?.decision === change.record.fields.approval ? decision : undefined;
}
