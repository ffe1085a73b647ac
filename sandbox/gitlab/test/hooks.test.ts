import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ended, gitlab, receiver, trigger, triggered, until } from './helpers.ts';

const SECRET = `whsec_${Buffer.from('a secret of at least 24 bytes').toString('base64')}`;
const statusOf = (json: unknown) =>
  z.object({ object_attributes: z.object({ status: z.string() }) }).parse(json).object_attributes.status;

test('every change of status is sent, with the payload of the trigger among the variables', async () => {
  await using sink = await receiver(() => ({ status: 202 }));
  await using lab = await gitlab({ hook: { url: `${sink.url}/webhooks/gitlab`, token: 'plain-token' } });
  await ended(lab, await triggered(lab, { approval_status: 'declined', decision_id: 'd1' }));
  await until('three hooks', () => sink.calls.length === 3);
  expect(sink.calls.map((call) => statusOf(call.json)).toSorted()).toEqual(['pending', 'running', 'success']);
  const last = sink.calls.find((call) => statusOf(call.json) === 'success');
  expect(last).toMatchObject({
    path: '/webhooks/gitlab',
    headers: { 'x-gitlab-event': 'Pipeline Hook', 'x-gitlab-token': 'plain-token' },
    json: {
      object_kind: 'pipeline',
      object_attributes: {
        id: 1,
        source: 'trigger',
        detailed_status: 'passed with warnings',
        url: `${lab.url}/shop/cart/-/pipelines/1`,
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/),
        variables: [{ key: 'TRIGGER_PAYLOAD', value: expect.stringContaining('"decision_id":"d1"') }],
      },
      project: { id: 42, path_with_namespace: 'shop/cart', namespace: 'shop', name: 'cart' },
      builds: expect.arrayContaining([
        expect.objectContaining({ name: 'deploy: [production]', status: 'failed', allow_failure: true }),
      ]),
    },
  });
  expect(last?.headers).not.toHaveProperty('webhook-signature');
});

test('a signing secret makes a Standard Webhooks signature that an independent library accepts', async () => {
  await using sink = await receiver(() => ({ status: 202 }));
  await using lab = await gitlab({ hook: { url: sink.url, signingSecret: SECRET } });
  await ended(lab, await triggered(lab, { approval_status: 'declined', reason: 'Änderung – später' }));
  await until('three hooks', () => sink.calls.length === 3);
  for (const call of sink.calls) {
    expect(new Webhook(SECRET).verify(call.text, call.headers)).toEqual(call.json);
  }
});

test('each event has its own Idempotency-Key; a duplicate shares it and differs in the webhook’s UUID', async () => {
  await using sink = await receiver(() => ({ status: 202 }));
  await using lab = await gitlab({ hook: { url: sink.url } });
  lab.faults.add({ kind: 'duplicate-hook', times: 1 });
  await ended(lab, await triggered(lab, { approval_status: 'declined' }));
  await until('four hooks', () => sink.calls.length === 4);
  const keys = sink.calls.map((call) => call.headers['idempotency-key']);
  expect(new Set(keys).size).toBe(3);
  expect(new Set(sink.calls.map((call) => call.headers['x-gitlab-webhook-uuid'])).size).toBe(4);
});

test('a dropped hook never arrives and is not repeated', async () => {
  await using sink = await receiver(() => ({ status: 202 }));
  await using lab = await gitlab({ hook: { url: sink.url } });
  lab.faults.add({ kind: 'drop-hook', times: 2 });
  await ended(lab, await triggered(lab, { approval_status: 'declined' }));
  await until('the third hook', () => lab.hooks.deliveries.length === 3 && sink.calls.length === 1);
  expect(lab.hooks.deliveries.map((one) => one.outcome)).toEqual(['dropped', 'dropped', 'delivered']);
});

test('a failed hook is not retried; four in a row pause it for a minute, then twice as long', async () => {
  let time = Date.UTC(2026, 10, 21);
  let status = 500;
  await using sink = await receiver(() => ({ status }));
  await using lab = await gitlab({ clock: () => time, hook: { url: sink.url } });
  const outcomes = () => lab.hooks.deliveries.map((one) => one.outcome);
  const run = async () => {
    const before = lab.hooks.deliveries.length;
    await ended(lab, await triggered(lab, { approval_status: 'declined' }));
    await until('three outcomes', () => lab.hooks.deliveries.length === before + 3);
    return outcomes().slice(before);
  };
  expect(await run()).toEqual(['failed', 'failed', 'failed']);
  expect(sink.calls).toHaveLength(3);
  lab.faults.add({ kind: 'drop-hook', times: 2 });
  expect((await run()).toSorted()).toEqual(['dropped', 'dropped', 'failed']);
  expect(lab.hooks.status().active).toBe(false);
  expect(await run()).toEqual(['disabled', 'disabled', 'disabled']);
  time += 60_001;
  lab.faults.add({ kind: 'drop-hook', times: 2 });
  expect((await run()).toSorted()).toEqual(['dropped', 'dropped', 'failed']);
  time += 60_001;
  expect(lab.hooks.status().active).toBe(false);
  time += 60_001;
  status = 202;
  expect(await run()).toEqual(['delivered', 'delivered', 'delivered']);
  expect(lab.hooks.status()).toMatchObject({ active: true, failures: 0 });
});

test('a hook can be set and changed while the stand-in runs, in code and over HTTP', async () => {
  await using sink = await receiver(() => ({ status: 202 }));
  await using lab = await gitlab();
  await ended(lab, await triggered(lab, { approval_status: 'declined' }));
  expect(lab.hooks.deliveries).toHaveLength(0);
  const put = await fetch(`${lab.url}/_sandbox/hook`, {
    method: 'PUT',
    body: JSON.stringify({ url: sink.url, token: 't' }),
  });
  expect(put.status).toBe(204);
  await trigger(lab, { approval_status: 'declined' });
  await until('three hooks', () => sink.calls.length === 3);
});
