import { Hono } from 'hono';
import * as z from 'zod';
import { valueOf } from '../state/row.ts';
import type { Instance } from '../state/instance.ts';
import { approverRows } from '../state/approvals.ts';
import { errors } from './errors.ts';
import type { RestEnv } from './table-api.ts';

const bodySchema = z.object({ state: z.enum(['approved', 'rejected']), comments: z.string().optional() });

/** The part of the Change Management API that records approvals as the calling user. */
export function changeApi(instance: Instance): Hono<RestEnv> {
  const api = new Hono<RestEnv>();
  api.patch('/change/:sysId/approvals', async (c) => {
    const change = instance.store.get('change_request', c.req.param('sysId'));
    if (change === undefined) throw errors.notFound();
    const body = bodySchema.safeParse(await c.req.json().catch(() => undefined));
    if (!body.success) {
      throw errors.badRequest('Invalid state', 'The state of an approval must be approved or rejected.');
    }
    const user = c.get('user');
    const pending = approverRows(instance.records, valueOf(change, 'sys_id')).find(
      (row) => valueOf(row, 'approver') === user.userId && valueOf(row, 'state') === 'requested',
    );
    if (pending === undefined) {
      throw errors.badRequest(
        'Unable to update approval',
        'No pending approval was found for the current user.',
      );
    }
    if (body.data.state === 'rejected' && (body.data.comments ?? '').trim() === '') {
      throw errors.badRequest('Unable to update approval', 'Comments are required to reject a change.');
    }
    instance.decide(user, valueOf(pending, 'sys_id'), body.data.state, body.data.comments ?? '');
    return c.json({ result: { sys_id: valueOf(change, 'sys_id'), state: body.data.state } });
  });
  return api;
}
