import { Hono } from 'hono';
import * as z from 'zod';
import { commonControls, withBody } from '../../lib/controls.ts';
import type { Control } from '../state/control.ts';
import { valueOf } from '../state/row.ts';

const change = z.object({
  values: z.record(z.string(), z.string()).default({}),
  user: z.string().optional(),
});
const decision = z.object({
  change: z.string(),
  user: z.string(),
  state: z.enum(['approved', 'rejected']),
  comments: z.string().default(''),
});
const clock = z.object({ advanceMs: z.number().int().min(0), skip: z.boolean().default(false) });
const property = z.object({ name: z.string().min(1), value: z.string() });

/** `/_sandbox/*`: the same controls as the handle's, for other processes and for pages. */
export function sandboxRoutes(control: Control): Hono {
  const app = new Hono();
  app.route('/', commonControls(control));
  app.get('/state', (c) => c.json(state(control, c.req.query('tables'))));
  app.post('/properties', (c) => {
    return withBody(c, property, ({ name, value }) => {
      control.setProperty(name, value);
      return c.body(null, 204);
    });
  });
  app.post('/changes', (c) => {
    return withBody(c, change, ({ values, user }) =>
      c.json({ result: control.createChange(values, user) }, 201),
    );
  });
  app.patch('/changes/:sysId', (c) => {
    return withBody(c, change, ({ values, user }) => {
      return c.json({ result: control.updateChange(c.req.param('sysId'), values, user) });
    });
  });
  app.delete('/changes/:sysId', (c) => c.body(null, control.deleteChange(c.req.param('sysId')) ? 204 : 404));
  app.post('/decisions', (c) => {
    return withBody(c, decision, (one) => {
      return c.json({ result: control.decide(one.change, one.user, one.state, one.comments) });
    });
  });
  app.post('/clock', (c) => {
    return withBody(c, clock, async ({ advanceMs, skip }) => {
      await control.advanceClock(advanceMs, { skip });
      return c.json({ now: control.now() });
    });
  });
  app.post('/app-tests', (c) => c.json({ tests: control.runAppTests() }));
  app.post('/settle', async (c) => {
    await control.settle();
    return c.body(null, 204);
  });
  app.post('/reset', async (c) => {
    await control.reset();
    return c.body(null, 204);
  });
  app.onError((error, c) => c.json({ error: error.message }, 409));
  return app;
}

const SHOWN = ['change_request', 'sysapproval_approver', 'sys_journal_field', 'sysevent', 'syslog'];

function state(control: Control, tables: string | undefined): Record<string, unknown> {
  const names = tables === undefined ? SHOWN : tables.split(',');
  const rows = names.map((name) => [name, control.rows(name)]);
  return {
    now: control.now(),
    app: control.world.app ?? null,
    working: control.world.engine?.pending() ?? 0,
    sessionsOpened: control.world.sessions.opened,
    properties: control
      .rows('sys_properties')
      .map((row) => ({ name: valueOf(row, 'name'), value: valueOf(row, 'value') })),
    faults: control.faults.list(),
    tables: Object.fromEntries(rows),
    outbox: control.outbox(),
  };
}
