import { beforeEach, describe, expect, test } from 'vitest';
import type { PortStandIn } from '../server.ts';
import { accessToken, type Answer, at, type Call, request, sampleAction, standIn, text } from './stand-in.ts';

const AGENT = '_PORT_EXEC_AGENT';
const WEBHOOK = {
  type: 'WEBHOOK',
  url: 'https://inside.example.com/hook',
  agent: true,
  body: { runId: '{{ .run.id }}', key: '{{ .secrets.API_KEY }}' },
};
const GITLAB = { type: 'GITLAB', projectName: 'checkout', groupName: 'platform' };

const node = (identifier: string) => ({
  identifier,
  config: {
    type: 'WEBHOOK',
    url: WEBHOOK.url,
    agent: true,
    body: { note: '{{ .outputs.trigger.note }}', before: '{{ .outputs.one.seen }}' },
  },
});

let port: PortStandIn;
let call: Call;
let now = 0;

beforeEach(async () => {
  now = Date.now();
  ({ port, call } = await standIn({ secrets: { API_KEY: 'hidden' }, clock: () => now }));
  await call('PATCH', '/organization', { name: 'Sandbox', settings: { portAgentStreamerName: 'POLLING' } });
  await call('POST', '/actions', sampleAction('', { invocationMethod: WEBHOOK }));
  await call('POST', '/actions', sampleAction('', { identifier: 'build', invocationMethod: GITLAB }));
});

test('a run of an action for an agent is claimed with what its template rendered, and hidden from other claims', async () => {
  const run = await started();
  const first = await claim({});
  expect(first.json).toMatchObject({
    ok: true,
    runs: [
      {
        id: run,
        status: 'IN_PROGRESS',
        action: 'do_it',
        pendingExecution: true,
        installationId: AGENT,
        claimedUntil: new Date(now + 30_000).toISOString(),
        payload: { type: 'WEBHOOK', url: WEBHOOK.url, agent: true, body: { runId: run } },
      },
    ],
  });
  expect(ids(await claim({}))).toEqual([]);
  expect(port.invocations).toEqual([]);
});

test('a worker that polls is never told a secret', async () => {
  await started();
  expect(at((await claim({})).json, 'runs', 0, 'payload', 'body', 'key')).toBe('******');
});

test('each kind of run is claimed by itself, the oldest first, and at most as many as asked for', async () => {
  const build = await started('build');
  const runs = [await started(), await started(), await started()];
  expect(ids(await claim({ limit: 2 }))).toEqual(runs.slice(0, 2));
  expect(ids(await claim({ limit: 2 }))).toEqual(runs.slice(2));
  const claimed = await claim({ invocationMethod: 'GITLAB' });
  expect(ids(claimed)).toEqual([build]);
  expect(at(claimed.json, 'runs', 0, 'payload')).toEqual(GITLAB);
});

test('a claim that nobody acknowledged runs out, and the run is pending again', async () => {
  const run = await started();
  await claim({ visibilityTimeoutMs: 1_000 });
  now += 999;
  expect(ids(await claim({}))).toEqual([]);
  now += 1;
  expect(ids(await claim({}))).toEqual([run]);
  port.lapseClaims();
  expect(ids(await claim({}))).toEqual([run]);
});

describe('an acknowledgement', () => {
  test.each([
    ['of one run', (run: string) => ({ runId: run })],
    ['of a list', (run: string) => ({ runIds: [run] })],
  ])('%s takes the claimed run for good', async (_, body) => {
    const run = await started();
    await claim({ visibilityTimeoutMs: 1_000 });
    expect(await ack(body(run))).toMatchObject({ status: 200, json: { ok: true, ackedCount: 1 } });
    now += 60_000;
    expect(ids(await claim({}))).toEqual([]);
    expect(port.runs()[0]).toMatchObject({ status: 'IN_PROGRESS', pendingExecution: false });
    expect(port.runs()[0]?.claimedUntil).toBeUndefined();
  });

  test('of what was not claimed, whose claim ran out, that was acknowledged or has ended, is refused', async () => {
    const run = await started();
    expect((await ack({ runId: run })).status).toBe(409);
    await claim({ visibilityTimeoutMs: 1_000 });
    now += 1_000;
    expect((await ack({ runId: run })).status).toBe(409);
    await claim({});
    expect((await ack({ runId: run })).status).toBe(200);
    expect((await ack({ runId: run })).status).toBe(409);
    const ended = await started();
    await claim({});
    await call('PATCH', `/actions/runs/${ended}`, { status: 'FAILURE' });
    expect((await ack({ runId: ended })).status).toBe(409);
    expect((await ack({ runId: 'r_none' })).status).toBe(404);
  });

  test('of a list with one run that is not claimed acknowledges none', async () => {
    const runs = [await started(), await started()];
    await claim({ limit: 1 });
    expect((await ack({ runIds: runs })).status).toBe(409);
    expect((await ack({ runIds: runs.slice(0, 1) })).status).toBe(200);
  });
});

test('nobody claims or acknowledges without saying that it knows whose routes these are', async () => {
  const run = await started();
  const asked = { installationId: AGENT, limit: 1, invocationMethod: 'WEBHOOK' };
  expect((await call('POST', '/actions/runs/claim-pending', asked)).status).toBe(403);
  await claim({});
  expect((await call('PATCH', '/actions/runs/ack', { runId: run })).status).toBe(403);
});

test.each([{ limit: 0 }, { limit: 101 }, { limit: 'many' }, { invocationMethod: 'FAX' }, { more: 1 }])(
  'a claim with %j is refused',
  async (wrong) => {
    expect((await claim(wrong)).status).toBe(422);
  },
);

test('a run of another installation, or of an organisation whose agent does not poll, is claimed by nobody', async () => {
  await started();
  expect(ids(await claim({ installationId: 'somebody' }))).toEqual([]);
  await call('PATCH', '/organization', { name: 'Sandbox', settings: { portAgentStreamerName: 'KAFKA' } });
  await claim({});
  await started();
  expect(ids(await claim({}))).toEqual([]);
});

test('an ended run waits for nobody', async () => {
  const run = await started();
  await call('PATCH', `/actions/runs/${run}`, { status: 'SUCCESS' });
  expect(ids(await claim({}))).toEqual([]);
});

describe('a workflow', () => {
  const workflow = {
    identifier: 'flow',
    title: 'Flow',
    nodes: [{ identifier: 'trigger', config: { type: 'SELF_SERVE_TRIGGER' } }, node('one'), node('two')],
    connections: [
      { sourceIdentifier: 'trigger', targetIdentifier: 'one' },
      { sourceIdentifier: 'one', targetIdentifier: 'two' },
    ],
  };

  test('hands out one node’s run after another: claimed, acknowledged, told of, and ended', async () => {
    expect((await call('POST', '/workflows', workflow)).status).toBe(201);
    const run = text(
      (await call('POST', '/workflows/flow/runs', { inputs: { note: 'hi' } })).json,
      'run',
      'identifier',
    );
    const one = await takeNode();
    expect(at(one, 'config', 'body')).toEqual({ note: 'hi', before: null });
    expect((await nodeAck(text(one, 'identifier'))).status).toBe(409);
    const path = `/workflows/nodes/runs/${text(one, 'identifier')}`;
    const log = { logs: [{ level: 'INFO', message: 'at work' }] };
    expect((await call('POST', `${path}/logs`, log)).status).toBe(201);
    expect((await call('PATCH', path, { status: 'COMPLETED' })).status).toBe(422);
    expect((await call('PATCH', path, { status: 'COMPLETED', result: 'FAILURE' })).status).toBe(422);
    const end = { status: 'COMPLETED', result: 'SUCCESS', output: { seen: true } };
    expect((await call('PATCH', path, end)).status).toBe(200);
    expect((await call('PATCH', path, end)).status).toBe(422);
    const two = await takeNode();
    expect(at(two, 'config', 'body', 'before')).toBe(true);
    await call('PATCH', `/workflows/nodes/runs/${text(two, 'identifier')}`, {
      status: 'COMPLETED',
      result: 'FAILED',
    });
    expect((await call('GET', `/workflows/runs/${run}`)).json).toMatchObject({
      run: { status: 'COMPLETED', result: 'FAILED', nodeRuns: [{ result: 'SUCCESS' }, { result: 'FAILED' }] },
    });
  });

  test('is refused where its nodes do not hang together', async () => {
    const connections = [{ sourceIdentifier: 'trigger', targetIdentifier: 'three' }];
    expect((await call('POST', '/workflows', { ...workflow, connections })).status).toBe(422);
    const nodes = [node('one'), node('two')];
    expect((await call('POST', '/workflows', { ...workflow, nodes, connections: [] })).status).toBe(422);
  });
});

async function started(action = 'do_it'): Promise<string> {
  const { id } = port.startRun(action, { by: 'dana@example.com' });
  await port.waitIdle();
  now += 1;
  return id;
}

async function worker(method: string, path: string, body: object): Promise<Answer> {
  const authorization = `Bearer ${await accessToken(port)}`;
  return request(`${port.url}${path}`, method, body, { authorization, 'x-port-reserved-usage': 'true' });
}

function claim(changes: object): Promise<Answer> {
  const body = {
    installationId: AGENT,
    limit: 20,
    invocationMethod: 'WEBHOOK',
    visibilityTimeoutMs: 30_000,
    ...changes,
  };
  return worker('POST', '/actions/runs/claim-pending', body);
}

function ack(body: object): Promise<Answer> {
  return worker('PATCH', '/actions/runs/ack', body);
}

async function takeNode(): Promise<unknown> {
  const body = { installationId: AGENT, limit: 5, visibilityTimeoutMs: 1_000 };
  const taken = at((await worker('POST', '/workflows/runs/claim-pending', body)).json, 'nodeRuns', 0);
  expect(at(taken, 'pendingExecution')).toBe(true);
  expect((await nodeAck(text(taken, 'identifier'))).status).toBe(200);
  return taken;
}

function nodeAck(id: string): Promise<Answer> {
  return worker('PATCH', '/workflows/runs/ack', { nodeRunIdentifier: id });
}

function ids(answer: Answer): string[] {
  const runs = at(answer.json, 'runs');
  if (!Array.isArray(runs)) throw new Error('The answer has no runs.');
  return runs.map((run) => text(run, 'id'));
}
