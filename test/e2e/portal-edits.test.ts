import { expect, test } from 'vitest';
import { PEOPLE } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { entity, shows, upserts, waitingChange } from './scene.ts';
import { quiet } from './wire.ts';

const CHANGE = 'servicenowChangeRequest';

test('a change request that a person edits in the portal is put right at once, and decides nothing', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  await quiet(stage);
  const before = entity(stage, sysId)?.properties;
  const forged = { approval: 'approved', number: 'CHG0' };
  stage.port.editEntity(PEOPLE.developer, CHANGE, { identifier: sysId, title: 'Mine', properties: forged });
  await until('the portal shows what ServiceNow has', () => {
    const shown = entity(stage, sysId);
    return shown?.title === 'Deploy checkout' && shown.properties['number'] === before?.['number'];
  });
  await shows(stage, sysId, String(before?.['approval']));
  await quiet(stage);
  expect(stage.gitlab.pipelines()).toHaveLength(0);
  expect(stage.servicenow.change(sysId)?.['sys_mod_count']).toBe('0');
  // Its own write comes from no person: it sets off nothing more.
  const written = upserts(stage, sysId);
  await quiet(stage);
  expect(upserts(stage, sysId)).toBe(written);
});

test('a change request that a person deletes in the portal comes back', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  await quiet(stage);
  stage.port.removeEntity(PEOPLE.developer, CHANGE, sysId);
  expect(entity(stage, sysId)).toBeUndefined();
  await until('the change in the portal', () => entity(stage, sysId)?.title === 'Deploy checkout');
});
