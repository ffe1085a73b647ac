import { expect, onTestFinished, test } from 'vitest';
import { RequestRefused, UpstreamUnavailable } from '../../bridge/model/errors.ts';
import { Port } from '../../bridge/outbound/port.ts';
import { Redactor } from '../../bridge/outbound/redactor.ts';
import { answeringPort, type Asked, type Reply } from '../support/answering-port.ts';

async function port(reply: (asked: Asked) => Reply) {
  const { url, asked } = await answeringPort(reply);
  const client = new Port({
    apiUrl: url,
    clientId: 'client',
    clientSecret: 'client-secret',
    blueprint: 'change',
    clock: Date.now,
    timeoutMs: 5_000,
    redactor: new Redactor([]),
  });
  onTestFinished(() => client.close());
  return { claims: client.claims, asked };
}

test('a claim says whose runs it wants, how many, invoked how, and for how long', async () => {
  const { claims, asked } = await port(() => ({
    json: { ok: true, runs: [{ id: 'r_1' }], nodeRuns: [{ n: 1 }] },
  }));
  expect(await claims.runs('GITLAB', 20, 30_000)).toEqual([{ id: 'r_1' }]);
  expect(await claims.nodeRuns(5, 1_000)).toEqual([{ n: 1 }]);
  const installationId = '_PORT_EXEC_AGENT';
  expect(asked).toEqual([
    {
      method: 'POST',
      path: '/actions/runs/claim-pending',
      reserved: 'true',
      body: { installationId, limit: 20, invocationMethod: 'GITLAB', visibilityTimeoutMs: 30_000 },
    },
    {
      method: 'POST',
      path: '/workflows/runs/claim-pending',
      reserved: 'true',
      body: { installationId, limit: 5, visibilityTimeoutMs: 1_000 },
    },
  ]);
});

test('ten runs with all that people may type are no answer too long', async () => {
  const runs = Array.from({ length: 10 }, (_, at) => ({ id: `r_${at}`, text: 'x'.repeat(2 * 1024 * 1024) }));
  const { claims } = await port(() => ({ json: { ok: true, runs } }));
  expect(await claims.runs('WEBHOOK', 10, 1)).toHaveLength(10);
});

test('an answer without runs is none, and one that is no list is an outage', async () => {
  const { claims } = await port(({ body }) => ({
    json: JSON.stringify(body).includes('GITLAB') ? { ok: true } : { runs: 7 },
  }));
  expect(await claims.runs('GITLAB', 1, 1)).toEqual([]);
  await expect(claims.runs('WEBHOOK', 1, 1)).rejects.toBeInstanceOf(UpstreamUnavailable);
});

test.each([
  [{ json: { ok: true, ackedCount: 1 } }, true],
  [{ json: { ok: true } }, true],
  [{ json: { ok: true, ackedCount: 0 } }, false],
  [{ status: 409, json: { ok: false, error: 'conflict' } }, false],
  [{ status: 404, json: { ok: false, error: 'not_found' } }, false],
] as const)('an acknowledgement that is answered %j: %s', async (answer, isOurs) => {
  const { claims, asked } = await port(() => answer);
  expect([await claims.acknowledge('r_1'), await claims.acknowledgeNode('wfnr_1')]).toEqual([isOurs, isOurs]);
  expect(asked.map(({ method, path, body }) => [method, path, body])).toEqual([
    ['PATCH', '/actions/runs/ack', { runIds: ['r_1'] }],
    ['PATCH', '/workflows/runs/ack', { nodeRunIdentifier: 'wfnr_1' }],
  ]);
});

test('an acknowledgement that is forbidden is told', async () => {
  const { claims } = await port(() => ({ status: 403, json: { ok: false, error: 'forbidden' } }));
  await expect(claims.acknowledge('r_1')).rejects.toBeInstanceOf(RequestRefused);
});

test('a node is ended even where Port does not take the line for its log', async () => {
  const { claims, asked } = await port(({ path }) =>
    path.endsWith('/logs') ? { status: 422, json: { ok: false, error: 'invalid' } } : { json: { ok: true } },
  );
  await claims.endNode('wfnr_1', 'FAILED', 'It makes no sense.');
  expect(asked.map(({ method, path, body }) => [method, path, body])).toEqual([
    [
      'POST',
      '/workflows/nodes/runs/wfnr_1/logs',
      { logs: [{ level: 'ERROR', message: 'It makes no sense.' }] },
    ],
    [
      'PATCH',
      '/workflows/nodes/runs/wfnr_1',
      { status: 'COMPLETED', result: 'FAILED', output: { message: 'It makes no sense.' } },
    ],
  ]);
});

test('a node that takes no end is told', async () => {
  const { claims } = await port(({ method }) => ({
    status: method === 'PATCH' ? 422 : 201,
    json: { ok: method !== 'PATCH' },
  }));
  await expect(claims.endNode('wfnr_1', 'SUCCESS', 'Done.')).rejects.toBeInstanceOf(RequestRefused);
});

test.each([
  [{}, undefined],
  [{ settings: { portAgentStreamerName: 'KAFKA', portalTitle: 'Ours' } }, 'KAFKA'],
  [{ settings: null }, undefined],
])(
  'the organisation %j is told that it is polled, once, and nothing else of it is changed',
  async (more, before) => {
    const organization = { id: 'org_1', name: 'Ours', ...more };
    const { claims, asked } = await port(() => ({ json: { ok: true, organization } }));
    expect(await claims.announce()).toEqual({ before });
    expect(asked.at(-1)).toMatchObject({
      method: 'PATCH',
      path: '/organization',
      body: { name: 'Ours', settings: { portAgentStreamerName: 'POLLING' } },
    });
  },
);

test('an organisation that knows that it is polled is left alone', async () => {
  const organization = { name: 'Ours', settings: { portAgentStreamerName: 'POLLING' } };
  const { claims, asked } = await port(() => ({ json: { ok: true, organization } }));
  expect(await claims.announce()).toBeUndefined();
  expect(asked.map(({ method }) => method)).toEqual(['GET']);
});
