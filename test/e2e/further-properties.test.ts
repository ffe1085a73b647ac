import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Stage } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { entity, openedChange, portApi, startDeploy, upserts, waitingChange } from './scene.ts';
import { quiet, sendEvent, sync } from './wire.ts';

const BLUEPRINT = z
  .looseObject({
    identifier: z.string(),
    schema: z.looseObject({ properties: z.record(z.string(), z.unknown()) }),
    relations: z.record(z.string(), z.unknown()),
  })
  .parse(
    JSON.parse(
      readFileSync(new URL('../../portal/blueprints/servicenowChangeRequest.json', import.meta.url), 'utf8'),
    ),
  );
const FURTHER = ['onHold', 'plannedStart', 'plannedEnd', 'type', 'risk', 'url'];

/** Somebody gives the portal's blueprint these further properties, and no relation. */
async function declare(stage: Stage, further: readonly string[]): Promise<void> {
  const usual = Object.entries(BLUEPRINT.schema.properties).filter(
    ([name]) => !FURTHER.includes(name) || further.includes(name),
  );
  const schema = { ...BLUEPRINT.schema, properties: Object.fromEntries(usual) };
  await portApi(stage, `/blueprints/${BLUEPRINT.identifier}`, { ...BLUEPRINT, schema, relations: {} }, 'PUT');
}

test('hold, planned times, type, risk and address of a change are shown where the blueprint declares them, and follow', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  stage.servicenow.updateChange(sysId, {
    start_date: '2026-11-25 22:00:00',
    end_date: '2026-11-26 02:00:00',
    risk: '3',
  });
  const plan = { plannedStart: '2026-11-25T22:00:00.000Z', plannedEnd: '2026-11-26T02:00:00.000Z' };
  await until('the planned times', () => {
    expect(entity(stage, sysId)?.properties).toMatchObject({
      ...plan,
      onHold: false,
      type: 'normal',
      risk: '3',
    });
    return true;
  });
  expect(entity(stage, sysId)?.properties['url']).toMatch(
    new RegExp(`^${stage.servicenow.url}/nav_to\\.do\\?uri=change_request.*${sysId}$`),
  );
  stage.servicenow.updateChange(sysId, { on_hold: 'true', on_hold_reason: 'freeze', end_date: '' });
  await until('the hold', () => {
    expect(entity(stage, sysId)?.properties).toMatchObject({ onHold: true });
    expect(entity(stage, sysId)?.properties['plannedEnd'] ?? null).toBe(null);
    return true;
  });
});

test('an event that does not tell the planned times, as of an older app, takes none of them away', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  stage.servicenow.updateChange(sysId, { start_date: '2026-11-25 22:00:00' });
  const planned = () => entity(stage, sysId)?.properties['plannedStart'] === '2026-11-25T22:00:00.000Z';
  await until('the planned start', planned);
  const row = stage.servicenow.updateChange(sysId, { short_description: 'Other words' });
  const { start_date: _start, end_date: _end, on_hold: _hold, ...older } = row;
  await sendEvent(stage, older);
  await until('the other words', () => entity(stage, sysId)?.title === 'Other words');
  await quiet(stage);
  expect(planned()).toBe(true);
});

test('a blueprint that declares none of them gets none, and each of them once it declares it', async () => {
  const stage = await stageForTest();
  await declare(stage, []);
  const { sysId } = await waitingChange(stage);
  await sync(stage, 'full');
  await quiet(stage);
  expect(Object.keys(entity(stage, sysId)?.properties ?? {})).not.toEqual(expect.arrayContaining(['url']));
  const before = upserts(stage, sysId);
  await declare(stage, ['url', 'type']);
  await sync(stage, 'full');
  await until('the address', () => entity(stage, sysId)?.properties['url'] !== undefined);
  await quiet(stage);
  expect(entity(stage, sysId)?.properties).toMatchObject({ type: 'normal' });
  expect(Object.keys(entity(stage, sysId)?.properties ?? {})).not.toContain('onHold');
  await sync(stage, 'full');
  await quiet(stage);
  expect(upserts(stage, sysId)).toBe(before + 1);
});

test('a blueprint that no longer declares what it did loses no change', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  await quiet(stage);
  await declare(stage, []);
  stage.servicenow.updateChange(sysId, { short_description: 'Still shown' });
  await until('the new words', () => entity(stage, sysId)?.title === 'Still shown');
});

test('a change is related to the service that its gate named', async () => {
  const stage = await stageForTest();
  const sysId = await openedChange(stage, startDeploy(stage));
  await until('the relation', () => entity(stage, sysId)?.relations['service'] === 'checkout');
});
