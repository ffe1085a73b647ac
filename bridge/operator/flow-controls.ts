import { Hono } from 'hono';
import { z } from 'zod';
import { type Caller, requireRole } from '../http/auth.ts';
import { ProblemError } from '../http/problem.ts';
import { audited } from './audit.ts';
import type { OperatorContext } from './context.ts';
import { reasonSchema } from './reason.ts';

const bodySchema = z.object({ reason: reasonSchema });

/** `/v1/flows/{flow}/pause` and `…/resume`: stops and starts one flow. Webhooks are still accepted. */
export function flowControlRoutes(operator: OperatorContext): Hono<Caller> {
  const { queues, doorkeeper } = operator;
  const names = operator.flows.map((flow) => flow.name);
  return new Hono<Caller>().post(
    '/:flow/:verb{pause|resume}',
    requireRole(doorkeeper, 'admin'),
    async (c) => {
      const flow = z.enum(names).safeParse(c.req.param('flow')).data;
      if (flow === undefined) throw new ProblemError('not-found', `The flows are ${names.join(', ')}.`);
      const { reason } = await operator.bodies.parse(c, bodySchema);
      const verb = c.req.param('verb');
      const turn = () => (verb === 'pause' ? queues.pause(flow) : queues.resume(flow));
      const outcome = verb === 'pause' ? 'It starts no work.' : 'It works.';
      await audited(operator, c, { action: verb, subject: flow, reason }, turn, () => outcome);
      return c.json({ flow, ...(await queues.counts(flow)) });
    },
  );
}
