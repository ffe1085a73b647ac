import { Hono } from 'hono';
import { setCookie } from 'hono/cookie';
import type { World } from '../state/world.ts';
import { USER_COOKIE, Ui, fieldsOf, local } from './ui.ts';

/** The pages of the instance: navigator, lists, forms, approvals, settings. Every button does what it says. */
export function pageRoutes(world: World): Hono {
  const app = new Hono();
  const ui = new Ui(world);
  app.get('/', (c) => c.redirect('/change_request_list.do?sysparm_query=ORDERBYDESCnumber'));
  // The address that links from other systems use: the frame around a page.
  app.get('/nav_to.do', (c) => c.redirect(local(`/${c.req.query('uri') ?? ''}`)));
  app.get('/favicon.ico', (c) => c.body(null, 204));
  app.get('/_ui/writes', (c) => c.text(String(world.instance.records.writes)));
  app.post('/_ui/user', async (c) => {
    const form = await fieldsOf(c);
    setCookie(c, USER_COOKIE, form.get('user') ?? '', { path: '/', sameSite: 'Strict' });
    return c.redirect(local(form.get('back')), 303);
  });
  app.post('/_ui/decide', async (c) => ui.decide(c));
  app.post('/_ui/list-action', async (c) => ui.listAction(c));
  app.get('/system_properties_ui.do', (c) => ui.settings(c, []));
  app.post('/system_properties_ui.do', async (c) => ui.saveSettings(c));
  app.get('/:page{[a-z0-9_]+_list\\.do}', (c) => ui.list(c, []));
  app.get('/:page{[a-z0-9_]+\\.do}', (c) => ui.form(c, []));
  app.post('/:page{[a-z0-9_]+\\.do}', async (c, next) => {
    return c.req.path === '/oauth_token.do' ? next() : ui.saveForm(c);
  });
  return app;
}
