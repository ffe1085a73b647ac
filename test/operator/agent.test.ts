import { expect, test } from 'vitest';
import { z } from 'zod';
import { answeringPort, type Asked, type Reply } from '../support/answering-port.ts';
import { until } from '../support/until.ts';
import { type OperatedBridge, operatedBridge } from './support.ts';

const ORGANISATION = { json: { ok: true, organization: { name: 'Ours', settings: {} } } };
const NOTHING = { json: { ok: true, runs: [], nodeRuns: [] } };
const healthSchema = z.object({
  checks: z.record(z.string(), z.looseObject({ status: z.string(), output: z.string().optional() })),
});

/** A bridge that claims the runs of a Port that answers in this way. */
async function claiming(reply: (asked: Asked) => Reply | undefined) {
  const port = await answeringPort(
    (asked) => reply(asked) ?? (asked.path === '/organization' ? ORGANISATION : NOTHING),
  );
  const bridge = await operatedBridge({
    env: {
      BRIDGE_ROLE: 'worker',
      PORT_AGENT: 'poll',
      BRIDGE_PUBLIC_URL: 'https://bridge.example.com',
      PORT_API_URL: port.url,
    },
    timings: { agentMs: 50, claimMs: 500 },
  });
  return { bridge, asked: port.asked };
}

async function checks(bridge: OperatedBridge) {
  return healthSchema.parse((await bridge.get('/health')).body).checks;
}

function countOf(asked: readonly Asked[], kind: string): number {
  return asked.filter(({ path, body }) => `${path}${JSON.stringify(body)}`.includes(kind)).length;
}

test('an organisation without workflows is no trouble: runs of actions are claimed, and nodes asked for rarely', async () => {
  const { bridge, asked } = await claiming(({ path }) =>
    path.startsWith('/workflows/') ? { status: 404, json: { ok: false, error: 'not_found' } } : undefined,
  );
  await until('runs are asked for again and again', () => countOf(asked, '"WEBHOOK"') > 5);
  expect(countOf(asked, '/workflows/')).toBe(1);
  expect(await checks(bridge)).not.toHaveProperty('portal-agent-workflow');
});

test('a Port that hands out no GITLAB runs is told in the health, and asked for the others all the same', async () => {
  const { bridge, asked } = await claiming((one) =>
    countOf([one], 'GITLAB') > 0
      ? { status: 422, json: { ok: false, error: 'invalid', message: 'No such method.' } }
      : undefined,
  );
  await until('runs are asked for again and again', () => countOf(asked, '"WEBHOOK"') > 5);
  expect(countOf(asked, '"GITLAB"')).toBe(1);
  expect((await checks(bridge))['portal-agent-gitlab']?.output).toBe(
    'Port does not let the bridge claim runs of GITLAB actions. Port answered 422: No such method.',
  );
});

test('a Port that takes no note of who claims is told in the health, and asked for runs all the same', async () => {
  const { bridge, asked } = await claiming(({ method, path }) =>
    method === 'PATCH' && path === '/organization'
      ? { status: 422, json: { ok: false, error: 'invalid', message: 'Unknown setting.' } }
      : undefined,
  );
  await until('runs are asked for', () => countOf(asked, '"WEBHOOK"') > 1);
  const check = await until(
    'the health tells it',
    async () => (await checks(bridge))['portal-agent-announce'],
  );
  expect(check.output).toContain('portAgentStreamerName');
  expect(check.output).toContain('Unknown setting.');
  expect(await bridge.ledger.deadLetters.count()).toBe(0);
});

test('a run without an id is told in the health, and neither stored nor acknowledged', async () => {
  const { bridge, asked } = await claiming((one) =>
    countOf([one], '"WEBHOOK"') > 0 ? { json: { runs: [{ payload: {} }, 'text', null] } } : undefined,
  );
  const check = await until(
    'the health tells it',
    async () => (await checks(bridge))['portal-agent-webhook-foreign'],
  );
  expect(check.output).toContain('they have no id');
  expect(countOf(asked, '/ack')).toBe(0);
});

test('a paused agent claims nothing until it goes on', async () => {
  const { bridge, asked } = await claiming(() => undefined);
  await until('runs are asked for', () => countOf(asked, '"WEBHOOK"') > 1);
  await bridge.queues.pause('portal-agent');
  const { 'queue:portal-agent': check } = await checks(bridge);
  expect(check?.output).toBe('Paused by an operator.');
  await until('nothing is under way', async () => (await bridge.queues.counts('portal-agent')).active === 0);
  const before = countOf(asked, '"WEBHOOK"');
  await until('ticks come', async () => (await bridge.queues.counts('portal-agent')).waiting > 0);
  expect(countOf(asked, '"WEBHOOK"')).toBe(before);
  await bridge.queues.resume('portal-agent');
  await until('it goes on', () => countOf(asked, '"WEBHOOK"') > before);
});
