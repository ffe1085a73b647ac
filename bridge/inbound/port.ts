import { type Context, Hono } from 'hono';
import { z } from 'zod';
import type { HttpEnv } from '../http/env.ts';
import { parseJson } from '../http/json.ts';
import { ProblemError } from '../http/problem.ts';
import {
  acceptApprove,
  acceptDeploy,
  acceptEntity,
  acceptPipelineRun,
  owesAnswer,
} from '../intake/portal.ts';
import { pipelineRunSchema } from '../model/pipeline-run.ts';
import {
  type ApproveCall,
  approveCallSchema,
  deployCallSchema,
  entityCallSchema,
} from '../model/portal-calls.ts';
import { callingRun } from '../model/run-caller.ts';
import { accept } from './accept.ts';
import type { InboundContext } from './context.ts';
import { portParts, refuse } from './proof.ts';
import { portKey, verifyPort } from './signatures.ts';

/**
 * `POST /webhooks/port/*`: signed with the portal's client secret. A body only says which run or change to look at:
 * what counts is read through the APIs of the portal and of ServiceNow.
 */
export function portRoutes(inbound: InboundContext): Hono<HttpEnv> {
  const read = bodyReader(inbound);
  return new Hono<HttpEnv>()
    .post('/approve', async (c) => {
      const call = await read(c, approveCallSchema);
      return accept(inbound, 'port-approve', () => acceptApprove(inbound, call));
    })
    .patch('/approve', async (c) => patchedApproval(inbound, await read(c, patchSchema)))
    .patch('/approve/:change', async (c) => patchedApproval(inbound, await read(c, patchSchema)))
    .post('/deploy', async (c) => {
      const call = await read(c, deployCallSchema);
      return accept(inbound, 'port-deploy', () => acceptDeploy(inbound, call));
    })
    .post('/gitlab', async (c) => {
      const run = await read(c, pipelineRunSchema);
      return accept(inbound, 'port-gitlab', () => acceptPipelineRun(inbound, run));
    })
    .post('/entity', async (c) => {
      const call = await read(c, entityCallSchema);
      return accept(inbound, 'port-entity', () => acceptEntity(inbound, call));
    });
}

/** What an automation sends that writes an approval into ServiceNow's own table: it may say nothing of its run. */
const patchSchema = z.union([
  approveCallSchema,
  z.looseObject({ approval: z.string() }).transform(() => undefined),
]);

/**
 * A PATCH that was meant for ServiceNow. Where it names no run, the open runs of the approve action are looked at: one
 * of them is behind it. The portal ends a synchronized run by this answer, so it says what happens now.
 */
async function patchedApproval(inbound: InboundContext, call: ApproveCall | undefined): Promise<Response> {
  const accepted = await accept(inbound, 'port-approve', async () => {
    if (call !== undefined) return acceptApprove(inbound, call);
    await inbound.enqueue('portal-runs', 'approve');
    return 'accepted';
  });
  const message = `Nothing is written by this request itself. The bridge reads the open runs of ${inbound.config.PORT_APPROVE_ACTION} and writes the decision of each to ServiceNow, once.`;
  return Response.json({ status: 'accepted', message }, { status: accepted.status });
}

const anyJson = z.unknown();

/**
 * Reads a body that the portal has signed; throws the 401 where it is not the portal's. One that makes no sense is
 * malformed, and where it tells its run, that run is ended with what is wrong.
 */
function bodyReader(inbound: InboundContext): <T>(c: Context<HttpEnv>, schema: z.ZodType<T>) => Promise<T> {
  const key = portKey(inbound.config.PORT_CLIENT_SECRET);
  return async (c, schema) => {
    const body = await inbound.bodies.usual.readJson(c);
    const parts = portParts(c);
    if (!verifyPort(key, parts, body, inbound.clock())) throw refuse(inbound, 'port', c, parts);
    try {
      return parseJson(body, schema);
    } catch (error) {
      const caller = callingRun(parseJson(body, anyJson));
      if (error instanceof ProblemError)
        await owesAnswer(inbound, caller, { about: 'nothing', subject: '', problem: error.message });
      throw error;
    }
  };
}
