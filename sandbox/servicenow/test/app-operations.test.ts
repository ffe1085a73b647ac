import { afterEach, describe, expect, test } from 'vitest';
import { toPlatformTime } from '../state/time.ts';
import type { ServiceNowOptions } from '../options.ts';
import { type AppWorld, HOUR, MINUTE, OTHER_SECRET, PREFIX, SECRET, appWorld, states } from './app-world.ts';
import { isSignedWith } from './receiver.ts';

let world: AppWorld;

async function start(options: ServiceNowOptions = {}): Promise<AppWorld> {
  world = await appWorld(options);
  return world;
}
afterEach(() => world.close());

describe('the built app, under concurrency', () => {
  test('rules that run late and out of order still end with the newest version delivered last', async () => {
    const { servicenow, receiver } = await start({
      workers: 3,
      seed: 7,
      asyncDelay: { minMs: 0, maxMs: 60, shuffle: true },
    });
    const id = String(servicenow.createChange()['sys_id']);
    for (let version = 1; version <= 20; version += 1) {
      servicenow.updateChange(id, { short_description: `version ${version}` });
    }
    await servicenow.settle();
    await servicenow.advanceClock(5 * MINUTE);
    const versions = receiver.deliveries.map((delivery) => Number(delivery.record['sys_mod_count']));
    expect(Math.max(...versions)).toBe(20);
    expect(receiver.deliveries.findLast(({ event }) => event === 'change.updated')?.record).toMatchObject({
      short_description: 'version 20',
    });
    expect(new Set(receiver.ids()).size).toBe(receiver.deliveries.length);
    expect(new Set(states(world))).toEqual(new Set(['delivered']));
  });

  test('workers that reach for the same row at once deliver it once', async () => {
    const { servicenow, receiver } = await start({ workers: 4 });
    receiver.reply = () => ({ status: 503 });
    const id = String(servicenow.createChange()['sys_id']);
    await servicenow.settle();
    receiver.reply = () => ({ status: 202, afterMs: 150 });
    receiver.deliveries.length = 0;
    const olga = servicenow.user('olga');
    const retry = servicenow
      .rows('sys_ui_action')
      .find((action) => action['name'] === 'Retry now' && action['form_button'] === 'true');
    const [row] = servicenow.outbox();
    const engine = servicenow.world.engine;
    if (retry === undefined || row === undefined || engine === undefined)
      throw new Error('The app is incomplete.');
    for (let click = 0; click < 6; click += 1) engine.runAction(retry, `${PREFIX}_outbox`, row, olga);
    await servicenow.advanceClock(MINUTE);
    expect(receiver.deliveries.map((delivery) => delivery.record['sys_id'])).toEqual([id]);
    expect(receiver.mostAtOnce).toBe(1);
    expect(states(world)).toEqual(['delivered']);
  });

  test('a worker that dies in the middle of a delivery is succeeded after five minutes', async () => {
    const { servicenow, receiver } = await start();
    receiver.reply = () => ({ status: 503 });
    const id = String(servicenow.createChange()['sys_id']);
    await servicenow.settle();
    const system = { userName: 'system', userId: '' };
    const { records } = servicenow.instance;
    const now = toPlatformTime(servicenow.now());
    records.insert(`${PREFIX}_claim`, { record_id: id, token: 'of a dead worker', claimed_at: now }, system);
    records.update(
      `${PREFIX}_outbox`,
      String(servicenow.outbox()[0]?.['sys_id']),
      { state: 'delivering' },
      system,
    );
    receiver.reply = () => ({ status: 202 });
    await servicenow.advanceClock(4 * MINUTE);
    expect(receiver.deliveries).toHaveLength(1);
    await servicenow.advanceClock(3 * MINUTE);
    expect(receiver.deliveries).toHaveLength(2);
    expect(states(world)).toEqual(['delivered']);
  });

  test('a thousand changes saved in one second all arrive, each id once', { timeout: 180_000 }, async () => {
    const { servicenow, receiver } = await start();
    const saved = Array.from({ length: 1000 }, (_, index) => {
      return String(servicenow.createChange({ short_description: `change ${index}` })['sys_id']);
    });
    await servicenow.settle();
    // On a busy machine a call may run out of time: then its message is due again some minutes later.
    for (let looks = 0; looks < 24 && receiver.deliveries.length < 1000; looks += 1)
      await servicenow.advanceClock(5 * MINUTE);
    expect(receiver.deliveries).toHaveLength(1000);
    expect(new Set(receiver.ids()).size).toBe(1000);
    expect(new Set(receiver.deliveries.map((delivery) => delivery.record['sys_id']))).toEqual(new Set(saved));
    expect(servicenow.syslog('error')).toEqual([]);
  });
});

describe('the built app, in an administrator’s hands', () => {
  test('while the secret is rotated every message carries both signatures', async () => {
    const { servicenow, receiver } = await start();
    servicenow.setProperty(`${PREFIX}.secret_secondary`, OTHER_SECRET);
    servicenow.createChange();
    await servicenow.settle();
    servicenow.setProperty(`${PREFIX}.secret_primary`, OTHER_SECRET);
    servicenow.setProperty(`${PREFIX}.secret_secondary`, '');
    servicenow.createChange();
    await servicenow.settle();
    const signed = receiver.deliveries.map((delivery) => [
      isSignedWith(delivery, SECRET),
      isSignedWith(delivery, OTHER_SECRET),
      delivery.signatures.length,
    ]);
    expect(signed).toEqual([
      [true, true, 2],
      [false, true, 1],
    ]);
  });

  test('a broken secret sends nothing, shows in Health, leaks nowhere, and loses no message', async () => {
    const broken = 'whsec_not-a-key-but-private';
    const { servicenow, receiver } = await start({ properties: { [`${PREFIX}.secret_primary`]: broken } });
    servicenow.createChange();
    await servicenow.settle();
    await servicenow.advanceClock(2 * MINUTE);
    expect(receiver.deliveries).toHaveLength(0);
    const health = servicenow.rows(`${PREFIX}_health`).find((row) => row['key'] === 'secret');
    expect(health?.['status']).toBe('failed');
    const everything = JSON.stringify(
      servicenow.instance.store.dictionary.tables().map((table) => servicenow.rows(table.name)),
    );
    expect(everything).not.toContain(broken);
    servicenow.setProperty(`${PREFIX}.secret_primary`, SECRET);
    await servicenow.advanceClock(2 * MINUTE);
    expect(receiver.deliveries).toHaveLength(1);
  });

  test('switched off, the app records and sends nothing; switched on, what had waited goes out', async () => {
    const { servicenow, receiver } = await start();
    receiver.reply = () => ({ status: 503 });
    servicenow.createChange();
    await servicenow.settle();
    servicenow.setProperty(`${PREFIX}.enabled`, 'false');
    receiver.reply = () => ({ status: 202 });
    servicenow.createChange();
    await servicenow.settle();
    await servicenow.advanceClock(30 * MINUTE);
    expect(receiver.deliveries).toHaveLength(1);
    expect(states(world)).toEqual(['pending']);
    servicenow.setProperty(`${PREFIX}.enabled`, 'true');
    await servicenow.advanceClock(MINUTE);
    expect(receiver.deliveries).toHaveLength(2);
    expect(states(world)).toEqual(['delivered']);
  });

  test('delivered messages are removed after their days, failed ones stay', async () => {
    const { servicenow, receiver } = await start();
    servicenow.createChange();
    await servicenow.settle();
    receiver.reply = () => ({ status: 422 });
    servicenow.createChange();
    await servicenow.settle();
    await servicenow.advanceClock(13 * 24 * HOUR, { skip: true });
    expect(states(world)).toEqual(['delivered', 'dead']);
    await servicenow.advanceClock(2 * 24 * HOUR, { skip: true });
    expect(states(world)).toEqual(['dead']);
  });

  test('only changes that match the administrator’s filter are announced', async () => {
    const { servicenow, receiver } = await start({
      properties: { [`${PREFIX}.change_filter`]: 'category=DevOps^NQpriority=1' },
    });
    servicenow.createChange({ short_description: 'other' });
    servicenow.createChange({ short_description: 'devops', category: 'DevOps' });
    servicenow.createChange({ short_description: 'critical', priority: '1' });
    await servicenow.settle();
    const told = receiver.deliveries.map((delivery) => delivery.record['short_description']);
    expect(new Set(told)).toEqual(new Set(['critical', 'devops']));
    expect(told).toHaveLength(2);
  });
});

test('the tests that the app ships for a real instance pass here as well', async () => {
  const { servicenow } = await start();
  const outcomes = servicenow.runAppTests();
  expect(outcomes.filter(({ result }) => result === 'passed').length).toBeGreaterThanOrEqual(5);
  expect(outcomes.filter(({ result }) => result === 'failed')).toEqual([]);
});
