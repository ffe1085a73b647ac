import { Hono } from 'hono';
import type { PipelineCaller } from '../http/pipeline-auth.ts';
import { parseJson } from '../http/json.ts';
import { ProblemError } from '../http/problem.ts';
import { type Gate, gateId } from '../ledger/gates.ts';
import type { Trigger } from '../ledger/triggers.ts';
import { changeAddress } from '../model/change.ts';
import { toApprovalStatus } from '../model/decision.ts';
import { storeFirst } from './accept.ts';
import { type Caller, callerOf, ruleOf } from './caller.ts';
import type { InboundContext } from './context.ts';
import { gateRequestSchema } from './gate-request.ts';

/** `POST /v1/gates` asks for a gate, `GET /v1/gates/{id}` tells where it stands. The caller has been let in. */
export function gateRoutes(inbound: InboundContext): Hono<PipelineCaller> {
  const { ledger, enqueue, clock } = inbound;
  return new Hono<PipelineCaller>()
    .post('/', async (c) => {
      const body = parseJson(await inbound.bodies.usual.readJson(c), gateRequestSchema);
      const caller = callerOf(c.get('pipeline'), body.pipeline);
      ruleOf(caller, 'gate', inbound.config.PIPELINE_RULES);
      const request = { ...body, pipeline: askingPipeline(caller, body.pipeline?.url) };
      const id = gateId(request);
      await storeFirst(inbound, 'gate', async () => {
        const isNew = await ledger.gates.record(id, request, clock());
        await enqueue('gate', id);
        return isNew ? 'accepted' : 'duplicate';
      });
      return c.json(await describe(inbound, id), 202, { location: `/v1/gates/${id}` });
    })
    .get('/:id', async (c) => c.json(await describe(inbound, c.req.param('id'))));
}

/** What is kept of the pipeline that asks; `url` is where people find it. */
function askingPipeline({ projectId, pipelineId, ref, sha }: Caller, url: string | undefined) {
  return {
    project_id: projectId,
    id: pipelineId,
    ...(ref === undefined ? {} : { ref }),
    ...(sha === undefined ? {} : { sha }),
    ...(url === undefined ? {} : { url }),
  };
}

/** Where a gate stands, in the pipeline's words. Throws `not-found`. */
async function describe(inbound: InboundContext, id: string): Promise<Record<string, unknown>> {
  const gate = await inbound.ledger.gates.get(id);
  if (gate === undefined) throw new ProblemError('not-found', 'There is no gate with this id.');
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
