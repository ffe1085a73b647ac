import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { acknowledge, claim, claimInput } from '../state/claims.ts';
import type { Run } from '../state/model.ts';
import type { Organisation } from '../state/organisation.ts';
import { runView } from '../state/runs.ts';
import { invalid, parse, PortError } from './errors.ts';
import { type Env, readJson } from './http.ts';

/** Both forms that the vendor's own clients send: one run, or a list. */
const ackInput = z.union([
  z.strictObject({ runIds: z.array(z.string()).min(1) }),
  z.strictObject({ runId: z.string() }).transform(({ runId }) => ({ runIds: [runId] })),
]);
const nodeAckInput = z.strictObject({ nodeRunIdentifier: z.string() });

/** How a worker that the portal cannot call gets its runs: it claims them, and acknowledges what it has taken. */
export function claimRoutes(org: Organisation): Hono<Env> {
  const routes = new Hono<Env>();
  const { runs, workflows } = org.store;
  routes.post('/actions/runs/claim-pending', async (c) => {
    reserved(org, c);
    const asked = parse(claimInput, await readJson(c));
    if (asked.invocationMethod === undefined) throw invalid('"invocationMethod" is required');
    const wanted = [...runs.values()].filter((run) => methodOf(run) === asked.invocationMethod);
    return c.json({ ok: true, runs: claim(org, wanted, asked).map((run) => runView(run, 'v1')) });
  });
  routes.patch('/actions/runs/ack', async (c) => {
    reserved(org, c);
    const { runIds } = parse(ackInput, await readJson(c));
    return c.json({
      ok: true,
      ackedCount: acknowledge(
        org,
        runIds.map((id) => [id, runs.get(id)]),
      ),
    });
  });
  routes.post('/workflows/runs/claim-pending', async (c) => {
    reserved(org, c);
    const { invocationMethod, ...asked } = parse(claimInput, await readJson(c));
    if (invocationMethod !== undefined) throw invalid('"invocationMethod" is unknown');
    return c.json({ ok: true, nodeRuns: claim(org, workflows.nodeRuns.values(), asked) });
  });
  routes.patch('/workflows/runs/ack', async (c) => {
    reserved(org, c);
    const { nodeRunIdentifier: id } = parse(nodeAckInput, await readJson(c));
    acknowledge(org, [[id, workflows.nodeRuns.get(id)]]);
    return c.json({ ok: true });
  });
  return routes;
}

function methodOf({ payload }: Run): unknown {
  return payload?.['type'];
}

/** These routes are the portal's own: for the organisation's credentials, and for those who say that they know. */
function reserved(org: Organisation, c: Context<Env>): void {
  if (c.req.header('x-port-reserved-usage') !== 'true' || c.get('actor').id !== org.clientId) {
    throw new PortError(403, 'forbidden', 'These credentials may not claim or acknowledge runs');
  }
}
