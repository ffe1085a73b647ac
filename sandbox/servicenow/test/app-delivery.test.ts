import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, test } from 'vitest';
import type { ServiceNowOptions } from '../options.ts';
import { type AppWorld, HOUR, MINUTE, PREFIX, SECRET, appWorld, states } from './app-world.ts';
import { Caller, rowOf } from './caller.ts';

let world: AppWorld;

async function start(options: ServiceNowOptions = {}): Promise<AppWorld> {
  world = await appWorld(options);
  return world;
}
afterEach(() => world.close());

describe('the built app, delivering', () => {
  test('a saved change arrives once, under a signature that the reference library accepts', async () => {
    const { servicenow, receiver } = await start();
    const change = servicenow.createChange({
      short_description: 'Café – déploiement',
      u_external_tags: 'r_1',
    });
    await servicenow.settle();
    expect(receiver.deliveries).toHaveLength(1);
    const [delivery] = receiver.deliveries;
    expect(delivery).toMatchObject({
      path: '/webhooks/servicenow',
      event: 'change.created',
      id: servicenow.outbox()[0]?.['sys_id'],
      record: {
        sys_id: change['sys_id'],
        number: 'CHG0030001',
        sys_mod_count: '0',
        approval: 'requested',
        active: 'true',
        short_description: 'Café – déploiement',
        u_external_tags: 'r_1',
        sys_created_by: 'ci',
      },
    });
    expect(delivery?.text).toMatch(/^[\x20-\x7e]+$/);
    const headers = {
      'webhook-id': delivery?.id ?? '',
      'webhook-timestamp': String(delivery?.timestamp),
      'webhook-signature': delivery?.signatures.join(' ') ?? '',
    };
    expect(new Webhook(SECRET).verify(delivery?.text ?? '', headers)).toMatchObject({
      event: 'change.created',
    });
    expect(states(world)).toEqual(['delivered']);
  });

  test('an approval in the platform’s own way reaches the receiver with the version that it has', async () => {
    const { servicenow, receiver } = await start({ approvers: ['ann', 'bob'] });
    const id = String(servicenow.createChange()['sys_id']);
    await servicenow.settle();
    servicenow.decide(id, 'ann', 'approved');
    servicenow.decide(id, 'bob', 'approved');
    await servicenow.settle();
    const current = servicenow.change(id);
    expect(current).toMatchObject({ approval: 'approved', state: '-2' });
    expect(receiver.deliveries.at(-1)?.record).toMatchObject({
      approval: 'approved',
      sys_mod_count: current?.['sys_mod_count'],
    });
  });

  test('a deleted change is announced with its last state', async () => {
    const { servicenow, receiver } = await start();
    const id = String(servicenow.createChange()['sys_id']);
    await servicenow.settle();
    servicenow.deleteChange(id);
    await servicenow.settle();
    expect(receiver.deliveries.map((delivery) => delivery.event)).toEqual([
      'change.created',
      'change.deleted',
    ]);
    expect(receiver.deliveries[1]?.record['sys_id']).toBe(id);
  });

  test('a save that changes nothing that the portal shows is not announced', async () => {
    const { servicenow, receiver } = await start();
    const id = String(servicenow.createChange()['sys_id']);
    await servicenow.settle();
    servicenow.updateChange(id, { work_notes: 'Looked at it' });
    servicenow.updateChange(id, { backout_plan: 'Roll back' });
    await servicenow.settle();
    expect(receiver.deliveries).toHaveLength(1);
  });

  test('the bridge’s own PATCH is announced once and causes no further write', async () => {
    const { servicenow, receiver } = await start();
    const id = String(servicenow.createChange()['sys_id']);
    await servicenow.settle();
    const bridge = new Caller(servicenow.url, 'changebridge.integration', 'integration');
    const answer = await bridge.patch(`/api/now/table/change_request/${id}`, {
      approval: 'approved',
      u_external_tags: 'deploy_run:r_1',
    });
    expect(rowOf(answer.body)).toMatchObject({ approval: 'approved', u_external_tags: 'deploy_run:r_1' });
    await servicenow.settle();
    expect(receiver.deliveries).toHaveLength(2);
    expect(servicenow.change(id)?.['sys_mod_count']).toBe('1');
  });

  test('only the integration role writes the tags column: other callers lose it silently', async () => {
    const { servicenow } = await start();
    const ci = new Caller(servicenow.url, 'ci', 'ci');
    const created = await ci.post('/api/now/table/change_request', { u_external_tags: 'r_1' });
    expect(created.status).toBe(201);
    expect(rowOf(created.body)['u_external_tags']).toBe('');
  });
});

describe('the built app, when the receiver refuses', () => {
  test('503 with Retry-After is obeyed, and the repetition carries the same id', async () => {
    const { servicenow, receiver } = await start();
    receiver.reply = (_, count) =>
      count === 1 ? { status: 503, headers: { 'retry-after': '600' } } : { status: 202 };
    servicenow.createChange();
    await servicenow.settle();
    expect(servicenow.outbox()[0]).toMatchObject({ state: 'pending', attempts: '1', http_status: '503' });
    await servicenow.advanceClock(9 * MINUTE);
    expect(receiver.deliveries).toHaveLength(1);
    await servicenow.advanceClock(4 * MINUTE);
    expect(new Set(receiver.ids()).size).toBe(1);
    expect(receiver.deliveries).toHaveLength(2);
    expect(states(world)).toEqual(['delivered']);
  });

  test('401 is tried again: the configuration can be mended', async () => {
    const { servicenow, receiver } = await start();
    receiver.reply = () => ({ status: 401 });
    servicenow.createChange();
    await servicenow.settle();
    expect(states(world)).toEqual(['pending']);
    receiver.reply = () => ({ status: 202 });
    await servicenow.advanceClock(10 * MINUTE);
    expect(states(world)).toEqual(['delivered']);
  });

  test('422 fails at once, is announced as failed, and later messages of the change still go out', async () => {
    const { servicenow, receiver } = await start();
    receiver.reply = () => ({ status: 422 });
    const id = String(servicenow.createChange()['sys_id']);
    await servicenow.settle();
    expect(states(world)).toEqual(['dead']);
    expect(servicenow.rows('sysevent').map((event) => event['name'])).toContain(`${PREFIX}.failed`);
    receiver.reply = () => ({ status: 202 });
    servicenow.updateChange(id, { priority: '1' });
    await servicenow.settle();
    expect(states(world)).toEqual(['dead', 'delivered']);
  });

  test('a receiver that does not answer costs one attempt and never blocks the instance', async () => {
    const { servicenow, receiver } = await start({ properties: { [`${PREFIX}.timeout_seconds`]: '1' } });
    receiver.reply = (_, count) => (count === 1 ? 'hang' : { status: 202 });
    const id = String(servicenow.createChange()['sys_id']);
    await expect.poll(() => receiver.deliveries.length, { timeout: 10_000 }).toBe(1);
    const ci = new Caller(servicenow.url, 'ci', 'ci');
    const saved = await ci.patch(`/api/now/table/change_request/${id}`, { work_notes: 'meanwhile' });
    expect(saved.status).toBe(200);
    expect(states(world)).toEqual(['delivering']);
    await servicenow.settle();
    expect(servicenow.outbox()[0]).toMatchObject({ state: 'pending', http_status: '0', attempts: '1' });
    await servicenow.advanceClock(10 * MINUTE);
    expect(states(world)).toEqual(['delivered']);
    expect(new Set(receiver.ids()).size).toBe(1);
  });

  test('a call that the platform cannot even make is tried again', async () => {
    const { servicenow, receiver } = await start();
    servicenow.faults.add({ kind: 'outbound-throws', times: 1 });
    servicenow.createChange();
    await servicenow.settle();
    expect(states(world)).toEqual(['pending']);
    await servicenow.advanceClock(10 * MINUTE);
    expect(receiver.deliveries).toHaveLength(1);
  });

  test('a receiver that is down for an hour gets everything afterwards, each change’s messages in order', async () => {
    const { servicenow, receiver } = await start();
    await receiver.stop();
    const changes = Array.from({ length: 5 }, () => String(servicenow.createChange()['sys_id']));
    await servicenow.settle();
    for (const id of changes) servicenow.updateChange(id, { priority: '1' });
    await servicenow.advanceClock(HOUR);
    expect(receiver.deliveries).toHaveLength(0);
    expect(states(world)).not.toContain('dead');
    await receiver.start();
    await servicenow.advanceClock(2 * HOUR);
    expect(new Set(states(world))).toEqual(new Set(['delivered']));
    for (const id of changes) {
      const versions = receiver.deliveries
        .filter((delivery) => delivery.record['sys_id'] === id)
        .map((delivery) => delivery.record['sys_mod_count']);
      expect(versions).toEqual(['0', '1']);
    }
  });

  test('after 72 hours without an answer the message is marked failed, and is kept', async () => {
    const { servicenow } = await start();
    servicenow.faults.add({ kind: 'outbound-refused' });
    servicenow.createChange();
    await servicenow.settle();
    // Every look costs some 70 calls between threads, which a busy machine makes slow: one in four hours is enough.
    for (let hour = 3; hour <= 71; hour += 4) {
      await servicenow.advanceClock(hour === 3 ? 3 * HOUR : 4 * HOUR, { skip: true });
    }
    expect(states(world)).toEqual(['pending']);
    for (let hour = 75; hour <= 91; hour += 4) await servicenow.advanceClock(4 * HOUR, { skip: true });
    expect(states(world)).toEqual(['dead']);
  });
});
