import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AppWorld, appWorld } from './app-world.ts';

let world: AppWorld;
let id: string;

beforeEach(async () => {
  world = await appWorld({ approvers: ['ann', 'bob'] });
  id = String(world.servicenow.createChange({ short_description: 'Deploy <cart> & "more"' })['sys_id']);
  await world.servicenow.settle();
});
afterEach(() => world.close());

async function open(path: string, user = 'admin'): Promise<string> {
  const answer = await fetch(world.servicenow.url + path, { headers: { cookie: `sandbox_user=${user}` } });
  return answer.text();
}

async function submit(path: string, user: string, fields: Record<string, string>): Promise<string> {
  const answer = await fetch(world.servicenow.url + path, {
    method: 'POST',
    headers: { cookie: `sandbox_user=${user}` },
    body: new URLSearchParams(fields),
  });
  return answer.text();
}

function buttonId(page: string, label: string): string {
  const button = page
    .split('<button')
    .find((part) => part.split('</button')[0]?.includes(label) === true && part.includes('value="'));
  return /value="([0-9a-f]{32})"/.exec(button ?? '')?.[1] ?? '';
}

test('the navigator shows the app’s menu to those whose roles reach it', async () => {
  const operator = await open('/', 'olga');
  for (const title of ['My Approvals', 'Health', 'Deliveries', 'Failed deliveries', 'Settings']) {
    expect(operator).toContain(`>${title}<`);
  }
  expect(await open('/', 'ann')).not.toContain('>Failed deliveries<');
});

test('what people wrote is shown as text, never as markup', async () => {
  const page = await open(`/change_request.do?sys_id=${id}`);
  expect(page).toContain('Deploy &lt;cart&gt; &amp; &quot;more&quot;');
  expect(page).not.toContain('<cart>');
});

test('an approver’s click on Approve decides and fires the app’s rule', async () => {
  for (const approver of ['ann', 'bob']) {
    const waiting = world.servicenow.approvals(id).find((row) => row['state'] === 'requested');
    expect(await open(`/change_request.do?sys_id=${id}`, approver)).toContain('Approve');
    await submit('/_ui/decide', approver, {
      approval: String(waiting?.['sys_id']),
      state: 'approved',
      comments: '',
      back: '/',
    });
  }
  await world.servicenow.settle();
  expect(world.receiver.deliveries.at(-1)?.record).toMatchObject({ sys_id: id, approval: 'approved' });
});

test('nobody decides in another approver’s place, and nobody rejects without a comment', async () => {
  const [annsRow] = world.servicenow.approvals(id);
  const decision = { approval: String(annsRow?.['sys_id']), back: '/' };
  await submit('/_ui/decide', 'bob', { ...decision, state: 'approved' });
  await submit('/_ui/decide', 'ann', { ...decision, state: 'rejected', comments: ' ' });
  expect(world.servicenow.approvals(id)[0]?.['state']).toBe('requested');
});

test('a saved form is an ordinary write: rules, versions and refusals apply', async () => {
  const path = `/change_request.do?sys_id=${id}`;
  expect(await submit(path, 'admin', { priority: '1', sys_mod_count: '99' })).toContain('was saved');
  expect(world.servicenow.change(id)).toMatchObject({ priority: '1', sys_mod_count: '1' });
  expect(await submit(path, 'admin', { state: '3' })).toContain('was aborted by Business Rule');
});

test('Resend to portal delivers the change again under a new id', async () => {
  const path = `/change_request.do?sys_id=${id}`;
  const action = buttonId(await open(path, 'olga'), 'Resend to portal');
  expect(action).toMatch(/^[0-9a-f]{32}$/);
  expect(await submit(path, 'olga', { action })).toContain('queued for the portal');
  await world.servicenow.settle();
  expect(world.receiver.deliveries).toHaveLength(2);
  expect(new Set(world.receiver.ids()).size).toBe(2);
  expect(await submit(path, 'ann', { action })).toContain('not available to you');
});

test('Retry now revives a failed delivery', async () => {
  world.receiver.reply = () => ({ status: 422 });
  world.servicenow.updateChange(id, { priority: '1' });
  await world.servicenow.settle();
  const dead = world.servicenow.outbox().find((row) => row['state'] === 'dead');
  const list = await open('/x_chb_changebridge_outbox_list.do?sysparm_query=state%3Ddead', 'olga');
  expect(list).toContain(String(dead?.['sys_id']));
  world.receiver.reply = () => ({ status: 202 });
  const path = `/x_chb_changebridge_outbox.do?sys_id=${String(dead?.['sys_id'])}`;
  await submit(path, 'olga', { action: buttonId(await open(path, 'olga'), 'Retry now') });
  await world.servicenow.settle();
  expect(new Set(world.servicenow.outbox().map((row) => row['state']))).toEqual(new Set(['delivered']));
});

test('settings are saved by those who may, and a secret is never shown', async () => {
  const path = '/system_properties_ui.do?sysparm_title=Changebridge&sysparm_category=Changebridge';
  const name = 'x_chb_changebridge.timeout_seconds';
  const form = { category: 'Changebridge', title: 'Changebridge', [name]: '5' };
  await submit('/system_properties_ui.do', 'ann', form);
  expect(world.servicenow.instance.properties.get(name)).toBe('10');
  await submit('/system_properties_ui.do', 'olga', form);
  expect(world.servicenow.instance.properties.get(name)).toBe('5');
  expect(await open(path, 'olga')).not.toContain('whsec_BwcHBw');
});

test('Health tells an administrator what is wrong, at the click of Check now', async () => {
  world.servicenow.setProperty('x_chb_changebridge.bridge_url', '');
  const path = '/x_chb_changebridge_health_list.do?sysparm_query=ORDERBYposition';
  const banner = buttonId(await open(path, 'olga'), 'Check now');
  const page = await submit('/_ui/list-action', 'olga', {
    table: 'x_chb_changebridge_health',
    banner,
    back: path,
  });
  expect(page).toContain('There is no usable address');
});
