import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { seedServices } from '../state/seed.ts';
import type { PortStandIn } from '../server.ts';
import { PORTAL_DIR, receiver, request, sampleAction, signedIn, standIn, text } from './stand-in.ts';

async function portal(): Promise<{ port: PortStandIn; bridge: Awaited<ReturnType<typeof receiver>> }> {
  const { port } = await standIn();
  const bridge = await receiver();
  port.applyPortal(PORTAL_DIR, { BRIDGE_PUBLIC_URL: bridge.url });
  seedServices(port);
  return { port, bridge };
}

function submit(url: string, fields: Record<string, string>, cookie = ''): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { cookie },
    redirect: 'manual',
  });
}

async function page(url: string): Promise<string> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return response.text();
}

describe('the pages', () => {
  test('lead from the catalog over the form to a run that its backend hears of', async () => {
    const { port, bridge } = await portal();
    expect(await page(port.origin)).toContain('/actions/deploy_service_to_cluster?entity=checkout');
    const form = `${port.origin}/actions/deploy_service_to_cluster`;
    expect(await page(`${form}?entity=checkout`)).toContain('<option value="Production"');
    const answer = await submit(form, { entity: 'checkout', 'input.environment': 'Production' });
    expect(answer.status).toBe(303);
    await port.waitIdle();
    expect(JSON.parse(bridge.received[0]?.body ?? '')).toMatchObject({
      entity: 'checkout',
      inputs: { environment: 'Production' },
      actor: 'dana@example.com',
    });
    expect(await page(`${port.origin}${answer.headers.get('location')}`)).toContain('answered 202');
  });

  test('act for the person who was switched to', async () => {
    const { port } = await portal();
    const petra = port.users[1];
    const switched = await submit(`${port.origin}/user`, { user: petra?.id ?? '', back: '/runs' });
    expect(switched.headers.get('location')).toBe('/runs');
    const cookie = switched.headers.get('set-cookie')?.split(';')[0] ?? '';
    await submit(
      `${port.origin}/actions/deploy_service_to_cluster`,
      { entity: 'ledger', 'input.environment': 'Staging' },
      cookie,
    );
    expect(port.runs()).toMatchObject([{ createdBy: petra?.id, source: 'UI' }]);
  });

  test('show a change request with its approval in the colour of the blueprint', async () => {
    const { port } = await portal();
    port.putEntity('servicenowChangeRequest', {
      identifier: 'd'.repeat(32),
      title: 'Deploy',
      properties: { number: 'CHG0030009', approval: 'rejected', isActive: false },
    });
    const table = await page(`${port.origin}/catalog/servicenowChangeRequest`);
    expect(table).toContain('<span class="pill pink">rejected</span>');
    expect(table).toContain('CHG0030009');
  });

  test('show a run with its log, its link and its end, and write everything as text', async () => {
    const { port } = await portal();
    const call = await signedIn(port);
    const run = port.startRun('deploy_service_to_cluster', { by: 'dana@example.com', entity: 'ledger' });
    await call('PATCH', `/actions/runs/${run.id}`, {
      link: ['https://gitlab.example.com/1', 'javascript:alert(1)'],
    });
    await call('POST', `/actions/runs/${run.id}/logs`, {
      message: '<img src=x onerror=alert(1)>',
      terminationStatus: 'SUCCESS',
    });
    const shown = await page(`${port.origin}/runs/${run.id}`);
    expect(shown).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(shown).not.toContain('<img');
    expect(shown).toContain('href="https://gitlab.example.com/1"');
    expect(shown).not.toContain('href="javascript');
    expect(shown).toContain('data-status="SUCCESS"');
  });

  test('tell what is wrong with a form and start nothing', async () => {
    const { port } = await portal();
    const answer = await submit(`${port.origin}/actions/deploy_service_to_cluster`, {
      entity: 'ledger',
      'input.environment': 'Moon',
    });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain(
      'must be equal to one of the allowed values: Development, Staging, Production',
    );
    expect(port.runs()).toEqual([]);
  });

  test('let a person approve a run that waits for it', async () => {
    const { port } = await portal();
    const call = await signedIn(port);
    await call('POST', '/actions', sampleAction('http://127.0.0.1:9', { requiredApproval: true }));
    const run = port.startRun('do_it', { by: 'dana@example.com' });
    expect(await page(`${port.origin}/runs/${run.id}`)).toContain('value="APPROVE"');
    const path = `${port.origin}/runs/${run.id}/approval`;
    await submit(path, { status: 'DECLINE' });
    expect(port.runs()[0]?.status).toBe('WAITING_FOR_APPROVAL');
    await submit(path, { status: 'DECLINE' }, `portal_user=${encodeURIComponent(port.users[1]?.id ?? '')}`);
    expect(port.runs()[0]?.status).toBe('DECLINED');
  });

  test('never send a visitor to another site', async () => {
    const { port } = await portal();
    for (const back of ['https://evil.example', '//evil.example', '/\\evil.example']) {
      const answer = await submit(`${port.origin}/user`, { user: port.users[0]?.id ?? '', back });
      expect(answer.headers.get('location')).toBe('/');
    }
  });

  test('load nothing from elsewhere', async () => {
    const { port } = await portal();
    const html = await page(`${port.origin}/catalog/service`);
    const loaded = [...html.matchAll(/(?:<link[^>]+href|src)="([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(loaded)).toEqual(new Set(['/assets/live.js', '/assets/portal.css', 'data:,']));
    for (const asset of ['/assets/live.js', '/assets/portal.css'])
      expect(await page(`${port.origin}${asset}`)).not.toMatch(/https?:\/\//);
  });
});

describe('the switches', () => {
  test('a run can be started as a person by HTTP, and the state shows it', async () => {
    const { port } = await portal();
    const started = await request(`${port.origin}/_sandbox/runs`, 'POST', {
      action: 'deploy_service_to_cluster',
      entity: 'ledger',
      by: 'dana@example.com',
    });
    expect(started.status).toBe(202);
    await request(`${port.origin}/_sandbox/idle`, 'POST');
    const state = await request(`${port.origin}/_sandbox/state`, 'GET');
    expect(state.json).toMatchObject({
      runs: [{ id: text(started.json, 'run', 'id') }],
      invocations: [{ outcome: { status: 202 } }],
    });
  });
});

describe('the files of the portal', () => {
  test('can be applied again and again, and hold no placeholder once applied', async () => {
    const { port } = await portal();
    port.applyPortal(PORTAL_DIR, { BRIDGE_PUBLIC_URL: 'https://bridge.example.com' });
    const call = await signedIn(port);
    const actions = JSON.stringify((await call('GET', '/actions')).json);
    expect(actions).toContain('https://bridge.example.com/webhooks/port/approve');
    expect(actions).toContain('https://bridge.example.com/webhooks/port/deploy');
    expect(actions).not.toContain('${');
  });

  test('name the value that was not given', async () => {
    const { port } = await standIn();
    expect(() => port.applyPortal(PORTAL_DIR, {})).toThrow(/BRIDGE_PUBLIC_URL/);
  });

  test('automations are read from their own folder', async () => {
    const { port } = await standIn();
    const dir = mkdtempSync(join(tmpdir(), 'portal-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    mkdirSync(join(dir, 'automations'));
    const automation = {
      identifier: 'auto',
      trigger: { type: 'automation', event: { type: 'RUN_CREATED', actionIdentifier: 'x' } },
      invocationMethod: { type: 'WEBHOOK', url: '${TARGET}' },
    };
    writeFileSync(join(dir, 'automations', 'auto.json'), JSON.stringify(automation));
    port.applyPortal(dir, { TARGET: 'http://a"b' });
    const call = await signedIn(port);
    expect((await call('GET', '/actions/auto')).json).toMatchObject({
      action: { invocationMethod: { url: 'http://a"b' } },
    });
  });
});
