import { type Context, Hono } from 'hono';
import { z } from 'zod';
import type { HttpEnv } from '../http/env.ts';
import { parseJson } from '../http/json.ts';
import { sysIdSchema } from '../model/change.ts';
import { deployId } from '../model/decision.ts';
import { accept } from './accept.ts';
import type { InboundContext } from './context.ts';
import { portParts, refuse } from './proof.ts';
import { portKey, verifyPort } from './signatures.ts';

const runId = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be a run id');

/**
 * The body of the shipped approve action, or the whole context of a RUN_CREATED automation. Only the run's id
 * counts: the flow reads everything else through the portal's API.
 */
const approveSchema = z.union([
  z.looseObject({ runId }).transform((body) => body.runId),
  z
    .looseObject({ event: z.looseObject({ diff: z.looseObject({ after: z.looseObject({ id: runId }) }) }) })
    .transform((body) => body.event.diff.after.id),
]);

/** The body of the deploy action. Here too only the run's id counts. */
const deploySchema = z.looseObject({ runId });

/** The context of an ENTITY_UPDATED automation: a hint to look at the change, never a reason to act by itself. */
const entitySchema = z.union([
  z.looseObject({ system_id: sysIdSchema }).transform((body) => body.system_id),
  z
    .looseObject({
      event: z.looseObject({ diff: z.looseObject({ after: z.looseObject({ identifier: sysIdSchema }) }) }),
    })
    .transform((body) => body.event.diff.after.identifier),
]);

/** `POST /webhooks/port/*`: signed with the portal's client secret. */
export function portRoutes(inbound: InboundContext): Hono<HttpEnv> {
  const { ledger, enqueue, clock } = inbound;
  const signedBody = signedBodyReader(inbound);
  return new Hono<HttpEnv>()
    .post('/approve', async (c) => {
      const run = parseJson(await signedBody(c), approveSchema);
      return accept(inbound, 'port-approve', async () => {
        const isNew = await ledger.approveRuns.record(run, clock());
        await enqueue('portal-approval', run);
        return isNew ? 'accepted' : 'duplicate';
      });
    })
    .post('/deploy', async (c) => {
      const body = parseJson(await signedBody(c), deploySchema);
      const request = { runId: body.runId, inputs: {} };
      return accept(inbound, 'port-deploy', async () => {
        const isNew = await ledger.triggers.recordDeploy(deployId(body.runId), body.runId, request, clock());
        await enqueue('pipeline-trigger', deployId(body.runId));
        return isNew ? 'accepted' : 'duplicate';
      });
    })
    .post('/entity', async (c) => {
      const sysId = parseJson(await signedBody(c), entitySchema);
      return accept(inbound, 'port-entity', async () => {
        await ledger.changes.askRefresh(sysId, clock());
        await enqueue('change-sync', sysId);
        return 'accepted';
      });
    });
}

/** Reads a body and verifies the portal's signature over it; throws the 401 where it is not the portal's. */
function signedBodyReader(inbound: InboundContext): (c: Context<HttpEnv>) => Promise<Buffer> {
  const key = portKey(inbound.config.PORT_CLIENT_SECRET);
  return async (c) => {
    const body = await inbound.bodies.usual.readJson(c);
    const parts = portParts(c);
    if (!verifyPort(key, parts, body, inbound.clock())) throw refuse(inbound, 'port', c, parts);
    return body;
  };
}
