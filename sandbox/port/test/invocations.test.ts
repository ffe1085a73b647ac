import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { CLIENT_SECRET, PORTAL_DIR, receiver, sampleAction, SAMPLE, standIn } from './stand-in.ts';

const CHANGE = {
  identifier: 'c'.repeat(32),
  title: 'Deploy',
  properties: { number: 'CHG0030001', approval: 'requested', isActive: true },
};

describe('the webhook of an action', () => {
  test('is signed over timestamp and raw body with the client secret, and carries the rendered headers', async () => {
    const { port } = await standIn();
    const bridge = await receiver();
    port.applyPortal(PORTAL_DIR, { BRIDGE_PUBLIC_URL: bridge.url });
    port.putEntity('service', { identifier: 'checkout', title: 'Checkout' });
    const run = port.startRun('deploy_service_to_cluster', { by: 'dana@example.com', entity: 'checkout' });
    await port.waitIdle();
    const [received] = bridge.received;
    const timestamp = String(received?.headers['x-port-timestamp']);
    const mac = createHmac('sha256', CLIENT_SECRET).update(`${timestamp}.${received?.body}`).digest('base64');
    expect(received?.headers).toMatchObject({ 'x-port-signature': `v1,${mac}`, run_id: run.id });
    expect(Math.abs(Date.now() / 1000 - Number(timestamp))).toBeLessThan(60);
    expect(received?.path).toBe('/webhooks/port/deploy');
    expect(JSON.parse(received?.body ?? '')).toEqual({
      runId: run.id,
      entity: 'checkout',
      inputs: { environment: 'Staging' },
      actor: 'dana@example.com',
    });
  });

  test('of the approve action carries exactly the agreed body; an empty reason is null', async () => {
    const { port } = await standIn();
    const bridge = await receiver();
    port.applyPortal(PORTAL_DIR, { BRIDGE_PUBLIC_URL: bridge.url });
    port.putEntity('servicenowChangeRequest', CHANGE);
    const properties = { approval_status: 'declined' };
    const run = port.startRun('approve_and_deploy_service', {
      by: 'petra@example.com',
      entity: CHANGE.identifier,
      properties,
    });
    await port.waitIdle();
    expect(bridge.received[0]?.path).toBe('/webhooks/port/approve');
    expect(JSON.parse(bridge.received[0]?.body ?? '')).toEqual({
      runId: run.id,
      changeId: CHANGE.identifier,
      approval_status: 'declined',
      reason: null,
      actor: 'petra@example.com',
    });
  });

  test('that fails is sent once and the run stays in progress', async () => {
    const { port, call } = await standIn();
    const backend = await receiver(503);
    await call('POST', '/actions', sampleAction(backend.url));
    await call('POST', '/actions/do_it/runs', { properties: {} });
    await port.waitIdle();
    expect(backend.received).toHaveLength(1);
    expect(port.runs()[0]?.status).toBe('IN_PROGRESS');
    expect(port.invocations).toMatchObject([{ outcome: { status: 503 } }]);
  });

  test.each([
    [200, 'SUCCESS'],
    [500, 'FAILURE'],
  ])('that is synchronized and answered %i ends the run as %s', async (status, ending) => {
    const { port, call } = await standIn();
    const backend = await receiver(status);
    await call(
      'POST',
      '/actions',
      sampleAction('', { invocationMethod: { type: 'WEBHOOK', url: backend.url, synchronized: true } }),
    );
    await call('POST', '/actions/do_it/runs', { properties: {} });
    await port.waitIdle();
    expect(port.runs()[0]).toMatchObject({ status: ending, endedAt: expect.any(String) });
  });

  test('a lone expression keeps its type, a mixed one is text, and spreadValue merges an object', async () => {
    const { port, call } = await standIn({ secrets: { KEY: 'canary-secret' } });
    const backend = await receiver();
    const body = {
      size: '{{ .inputs.size }}',
      label: 'size {{ .inputs.size }} of {{ .run.id | length }}',
      missing: '{{ .inputs.none }}',
      list: ['{{ .inputs | keys }}'],
      inner: { '{{ spreadValue() }}': '{{ .inputs }}', own: true },
      secret: '{{ .secrets.KEY }}',
    };
    await call(
      'POST',
      '/actions',
      sampleAction('', {
        invocationMethod: { type: 'WEBHOOK', url: `${backend.url}/{{ .inputs.note }}`, body },
      }),
    );
    await call('POST', '/actions/do_it/runs', { properties: { size: 3, note: 'n' } });
    await port.waitIdle();
    expect(backend.received[0]?.path).toBe('/n');
    expect(JSON.parse(backend.received[0]?.body ?? '')).toEqual({
      size: 3,
      label: 'size 3 of 18',
      missing: null,
      list: [['note', 'size']],
      inner: { size: 3, note: 'n', own: true },
      secret: 'canary-secret',
    });
    expect(JSON.stringify(port.runs())).not.toContain('canary-secret');
  });

  test('without a body template receives the whole run', async () => {
    const { port, call } = await standIn();
    const backend = await receiver();
    await call(
      'POST',
      '/actions',
      sampleAction('', { invocationMethod: { type: 'WEBHOOK', url: backend.url } }),
    );
    const run = port.startRun('do_it', { by: 'dana@example.com', properties: { size: 1 } });
    await port.waitIdle();
    expect(JSON.parse(backend.received[0]?.body ?? '')).toMatchObject({
      action: 'do_it',
      resourceType: 'run',
      status: 'TRIGGERED',
      trigger: { by: { user: { email: 'dana@example.com' } }, origin: 'UI' },
      context: { runId: run.id },
      payload: { properties: { size: 1 } },
    });
  });

  test('to the portal itself is authenticated by the portal, so one action can start another', async () => {
    const { port, call } = await standIn();
    await call(
      'POST',
      '/actions',
      sampleAction('http://127.0.0.1:9', { identifier: 'second', invocationMethod: { type: 'KAFKA' } }),
    );
    const body = { properties: { '{{ spreadValue() }}': '{{ .inputs }}' } };
    await call(
      'POST',
      '/actions',
      sampleAction('', {
        invocationMethod: { type: 'WEBHOOK', url: `${port.url}/actions/second/runs`, body },
      }),
    );
    port.startRun('do_it', { by: 'dana@example.com', properties: { note: 'x' } });
    await port.waitIdle();
    expect(port.runs()).toMatchObject([
      { action: { identifier: 'do_it' } },
      { action: { identifier: 'second' }, properties: { note: 'x' }, createdBy: port.users[0]?.id },
    ]);
  });
});

describe('the execution agent', () => {
  test('relays a webhook with blanks and escapes, signed over the compact escaped text', async () => {
    const { port, call } = await standIn({ agent: {} });
    const backend = await receiver();
    const body = { note: '{{ .inputs.note }}', list: [1, null, 0.00001, 1e-10, 0.5, '\u007f'] };
    const invocationMethod = { type: 'WEBHOOK', url: backend.url, agent: true, body };
    await call('POST', '/actions', sampleAction('', { invocationMethod }));
    port.startRun('do_it', { by: 'dana@example.com', properties: { note: 'geprüft' } });
    await port.waitIdle();
    const [received] = backend.received;
    expect(received?.body).toBe(
      String.raw`{"note": "gepr\u00fcft", "list": [1, null, 1e-05, 1e-10, 0.5, "\u007f"]}`,
    );
    const timestamp = String(received?.headers['x-port-timestamp']);
    const signed = String.raw`${timestamp}.{"note":"gepr\u00fcft","list":[1,null,1e-05,1e-10,0.5,"\u007f"]}`;
    const mac = createHmac('sha256', CLIENT_SECRET).update(signed).digest('base64');
    expect(received?.headers['x-port-signature']).toBe(`v1,${mac}`);
  });

  const gitlab = {
    type: 'GITLAB',
    projectName: 'project',
    groupName: 'group',
    defaultRef: 'main',
    pipelineVariables: { note: '{{ .inputs.note }}' },
  };

  test.each([{ agent: true }, { omitPayload: false }, { omitUserInputs: true }])(
    'takes no GITLAB method with the field of an older form (%j)',
    async (older) => {
      const { call } = await standIn();
      const invocationMethod = { ...gitlab, ...older };
      expect((await call('POST', '/actions', sampleAction('', { invocationMethod }))).status).toBe(422);
    },
  );

  test('hands over the whole run of a GITLAB action', async () => {
    const backend = await receiver();
    const { port, call } = await standIn({ agent: { gitlabUrl: `${backend.url}/gitlab` } });
    await call('POST', '/actions', sampleAction('', { invocationMethod: gitlab }));
    const run = port.startRun('do_it', { by: 'dana@example.com', properties: { note: 'x' } });
    await port.waitIdle();
    expect(backend.received[0]?.path).toBe('/gitlab');
    expect(JSON.parse(backend.received[0]?.body ?? '')).toMatchObject({
      context: { runId: run.id },
      payload: { action: { invocationMethod: gitlab }, properties: { note: 'x' } },
    });
  });

  test('when there is none, what is meant for it waits', async () => {
    const { port, call } = await standIn();
    await call('POST', '/actions', sampleAction('', { invocationMethod: gitlab }));
    port.startRun('do_it', { by: 'dana@example.com' });
    await port.waitIdle();
    expect(port.invocations).toEqual([]);
    expect(port.runs()[0]?.status).toBe('IN_PROGRESS');
  });
});

describe('automations', () => {
  const trigger = {
    type: 'automation',
    event: { type: 'ENTITY_UPDATED', blueprintIdentifier: 'sample' },
    condition: {
      type: 'JQ',
      expressions: ['.diff.after.properties.level == "high"', '.diff.after.properties.name == "x"'],
      combinator: 'or',
    },
  };
  const body = {
    level: '{{ .event.diff.after.properties.level }}',
    before: '{{ .event.diff.before.properties.level }}',
    id: '{{ .event.diff.after.identifier }}',
    run: '{{ .run.id }}',
  };

  test('run when an entity is updated and a condition holds, with the event in their context', async () => {
    const { port, call } = await standIn();
    const backend = await receiver();
    await call('POST', '/blueprints', SAMPLE);
    await call('POST', '/actions', {
      identifier: 'on_high',
      trigger,
      invocationMethod: { type: 'WEBHOOK', url: backend.url, body },
      publish: true,
    });
    await call('POST', '/blueprints/sample/entities', { identifier: 'a', properties: { level: 'high' } });
    await call('PATCH', '/blueprints/sample/entities/a', { properties: { level: 'low' } });
    await call('PATCH', '/blueprints/sample/entities/a', { properties: { level: 'high' } });
    await call('PATCH', '/blueprints/sample/entities/a', { properties: { level: 'high' } });
    await port.waitIdle();
    const [run] = port.runs();
    expect(run).toMatchObject({ source: 'AUTOMATION', status: 'IN_PROGRESS' });
    expect(backend.received.map((each) => JSON.parse(each.body))).toEqual([
      { level: 'high', before: 'low', id: 'a', run: run?.id },
    ]);
  });

  test('that are not published, or listen elsewhere, stay quiet', async () => {
    const { port, call } = await standIn();
    await call('POST', '/blueprints', SAMPLE);
    await call('POST', '/blueprints', { ...SAMPLE, identifier: 'other', relations: {} });
    const invocationMethod = { type: 'WEBHOOK', url: 'http://127.0.0.1:9' };
    const anyChange = {
      type: 'automation',
      event: { type: 'ANY_ENTITY_CHANGE', blueprintIdentifier: 'sample' },
    };
    await call('POST', '/actions', {
      identifier: 'off',
      trigger: anyChange,
      invocationMethod,
      publish: false,
    });
    const elsewhere = { type: 'automation', event: { type: 'ENTITY_CREATED', blueprintIdentifier: 'other' } };
    await call('POST', '/actions', { identifier: 'elsewhere', trigger: elsewhere, invocationMethod });
    await call('POST', '/blueprints/sample/entities', { identifier: 'a' });
    await port.waitIdle();
    expect(port.runs()).toEqual([]);
  });

  test('on RUN_CREATED see the run as diff.after and nothing before', async () => {
    const { port, call } = await standIn();
    const bridge = await receiver();
    port.applyPortal(PORTAL_DIR, { BRIDGE_PUBLIC_URL: bridge.url });
    port.putEntity('servicenowChangeRequest', CHANGE);
    await call('POST', '/actions', {
      identifier: 'updateChangeRequestInSnow',
      trigger: {
        type: 'automation',
        event: { type: 'RUN_CREATED', actionIdentifier: 'approve_and_deploy_service' },
      },
      invocationMethod: { type: 'WEBHOOK', url: `${bridge.url}/automation` },
      publish: true,
    });
    const run = port.startRun('approve_and_deploy_service', {
      by: 'petra@example.com',
      entity: CHANGE.identifier,
      properties: { approval_status: 'approved' },
    });
    await port.waitIdle();
    const automation = bridge.received.find((each) => each.path === '/automation');
    expect(JSON.parse(automation?.body ?? '')).toMatchObject({
      inputs: null,
      entity: null,
      trigger: { origin: 'AUTOMATION', by: { user: { email: 'petra@example.com' } } },
      event: {
        action: 'CREATE',
        resourceType: 'run',
        diff: {
          before: null,
          after: {
            id: run.id,
            status: 'IN_PROGRESS',
            entity: { identifier: CHANGE.identifier },
            properties: { approval_status: 'approved' },
          },
        },
      },
    });
    expect(automation?.body).not.toContain('secrets');
  });
});
