import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { PortStandIn } from '../server.ts';
import { receiver, sampleAction, standIn, text, type Call, type Received } from './stand-in.ts';

let port: PortStandIn;
let call: Call;
let backend: { url: string; received: Received[] };

beforeEach(async () => {
  ({ port, call } = await standIn());
  backend = await receiver();
  await call('POST', '/actions', sampleAction(backend.url));
});

async function start(query = '', properties: Record<string, unknown> = {}): Promise<string> {
  const answer = await call('POST', `/actions/do_it/runs${query}`, { properties });
  expect(answer.status).toBe(202);
  return text(answer.json, 'run', 'id');
}

describe('the life of a run', () => {
  test('a log with a termination status ends the run, and later writes are refused', async () => {
    const run = await start();
    expect((await call('POST', `/actions/runs/${run}/logs`, { message: 'one' })).status).toBe(201);
    await call('POST', `/actions/runs/${run}/logs`, {
      message: 'two',
      terminationStatus: 'FAILURE',
      statusLabel: 'Declined',
    });
    expect(port.runs()[0]).toMatchObject({
      status: 'FAILURE',
      statusLabel: 'Declined',
      endedAt: expect.any(String),
    });
    const lateLog = await call('POST', `/actions/runs/${run}/logs`, { message: 'three' });
    const latePatch = await call('PATCH', `/actions/runs/${run}`, { link: 'https://example.com' });
    for (const late of [lateLog, latePatch]) {
      expect(late.status).toBe(422);
      expect(late.json).toMatchObject({
        ok: false,
        error: expect.any(String),
        message: expect.stringContaining(run),
      });
    }
    const logs = await call('GET', `/actions/runs/${run}/logs`);
    expect(logs.json).toMatchObject({
      ok: true,
      runLogs: [{ message: 'one', runId: run }, { message: 'two' }],
    });
  });

  test('PATCH takes a link as text or list, overwrites it, and a status ends the run', async () => {
    const run = await start();
    await call('PATCH', `/actions/runs/${run}`, {
      link: ['https://a.example', 'https://b.example'],
      externalRunId: '77',
    });
    await call('PATCH', `/actions/runs/${run}`, { link: 'https://c.example', summary: 'half way' });
    expect(port.runs()[0]).toMatchObject({
      status: 'IN_PROGRESS',
      link: ['https://c.example'],
      summary: 'half way',
    });
    const done = await call('PATCH', `/actions/runs/${run}`, { status: 'SUCCESS', statusLabel: 'Deployed' });
    expect(done.json).toMatchObject({ ok: true, run: { status: 'SUCCESS', statusLabel: 'Deployed' } });
    expect((await call('PATCH', `/actions/runs/${run}`, { status: 'FAILURE' })).status).toBe(422);
    expect((await call('PATCH', `/actions/runs/${run}`, { state: 'x' })).status).toBe(422);
  });

  test('a run without a version gives its action as text, version v2 as an object', async () => {
    const run = await start();
    const old = await call('GET', `/actions/runs/${run}`);
    expect(old.json).toMatchObject({ run: { action: 'do_it', endedAt: null } });
    const current = await call('GET', `/actions/runs/${run}?version=v2`);
    expect(current.json).toMatchObject({ run: { action: { identifier: 'do_it', title: 'Do it' } } });
    expect((await call('GET', '/actions/runs/r_none')).status).toBe(404);
  });

  test('an API caller owns its run, and run_as gives it to the person and names the machine', async () => {
    await start();
    await start('?run_as=dana@example.com');
    const dana = port.users[0]?.id;
    expect(port.runs()).toMatchObject([
      { createdBy: 'client', source: 'API' },
      { createdBy: dana, impersonatedBy: 'client', source: 'API' },
    ]);
    const stranger = await call('POST', '/actions/do_it/runs?run_as=nobody@example.com', { properties: {} });
    expect(stranger.status).toBe(422);
  });

  test('inputs are checked: a wrong type or an unknown input is 422 and starts nothing', async () => {
    for (const properties of [{ size: 'big' }, { other: 1 }]) {
      expect((await call('POST', '/actions/do_it/runs', { properties })).status).toBe(422);
    }
    expect((await call('POST', '/actions/none/runs', { properties: {} })).status).toBe(404);
    expect(port.runs()).toEqual([]);
  });

  test('the list is newest first and filters by action, activity, person and external id', async () => {
    const first = await start();
    const second = await start('?run_as=petra@example.com');
    await call('PATCH', `/actions/runs/${first}`, { externalRunId: '42', status: 'SUCCESS' });
    const list = z.object({ runs: z.array(z.object({ id: z.string() })) });
    const found = async (query: string) => {
      const answer = await call('GET', `/actions/runs?${query}`);
      return list.parse(answer.json).runs.map((run) => run.id);
    };
    expect(await found('action=do_it')).toEqual([second, first]);
    expect(await found('limit=1')).toEqual([second]);
    expect(await found('action=do_it&active=true')).toEqual([second]);
    expect(await found('user_email=petra@example.com')).toEqual([second]);
    expect(await found('external_run_id=42')).toEqual([first]);
    expect(await found('action=none')).toEqual([]);
    expect((await call('GET', '/actions/runs?limit=1001')).status).toBe(422);
  });
});

describe('manual approval', () => {
  test('the backend is called only after the approval, on behalf of the one who asked', async () => {
    const body = { actor: '{{ .trigger.by.user.email }}' };
    await call(
      'PUT',
      '/actions/do_it',
      sampleAction(backend.url, {
        requiredApproval: true,
        invocationMethod: { type: 'WEBHOOK', url: backend.url, body },
      }),
    );
    const run = await start('?run_as=dana@example.com');
    await port.waitIdle();
    expect(port.runs()[0]?.status).toBe('WAITING_FOR_APPROVAL');
    expect(backend.received).toEqual([]);
    const approved = await call('PATCH', `/actions/runs/${run}/approval?version=v2`, {
      status: 'APPROVE',
      description: 'fine',
    });
    expect(approved.status).toBe(201);
    await port.waitIdle();
    expect(port.runs()[0]).toMatchObject({
      status: 'IN_PROGRESS',
      approval: { state: 'APPROVED', description: 'fine' },
    });
    expect(backend.received.map((each) => each.body)).toEqual(['{"actor":"dana@example.com"}']);
    expect((await call('PATCH', `/actions/runs/${run}/approval`, { status: 'DECLINE' })).status).toBe(422);
  });

  test('a declined run ends without a call', async () => {
    await call('PUT', '/actions/do_it', sampleAction(backend.url, { requiredApproval: { type: 'ANY' } }));
    const run = await start();
    await call('PATCH', `/actions/runs/${run}/approval`, { status: 'DECLINE' });
    await port.waitIdle();
    expect(port.runs()[0]).toMatchObject({ status: 'DECLINED', endedAt: expect.any(String) });
    expect(backend.received).toEqual([]);
    expect((await call('POST', `/actions/runs/${run}/logs`, { message: 'late' })).status).toBe(422);
  });
});
