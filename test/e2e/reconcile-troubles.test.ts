import { expect, test } from 'vitest';
import type { Stage } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { frontOf } from './proxy.ts';
import { entity, muteServiceNow, waitingChange } from './scene.ts';
import { operatorCall, sync } from './wire.ts';

test('a pipeline that was deleted in GitLab stops no sync, is told in the timeline, and is asked for once', async () => {
  const clock = { early: 0 };
  const stage = await stageForTest({ bridge: false, clock: () => Date.now() + clock.early });
  let asked = 0;
  const front = await frontOf(stage.gitlab.url, (method, path) => {
    if (method !== 'GET' || !/\/pipelines\/\d+$/.test(path)) return undefined;
    asked += 1;
    return 404;
  });
  stage.connect((await stage.startBridge({ GITLAB_URL: front.url })).url);
  const { sysId } = await waitingChange(stage);
  stage.gitlab.faults.add({ kind: 'drop-hook' });
  stage.gitlab.faults.add({ kind: 'runner-stuck', times: 1 });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('its pipeline is followed', () => timelineHas(stage, sysId, '"triggered"'));
  clock.early = 61_000;
  await findsWhatWasLost(stage);
  expect(await timelineHas(stage, sysId, 'knows no pipeline')).toBe(true);
  expect(asked).toBe(1);
  clock.early = 200_000;
  await sync(stage, 'delta');
  expect(asked).toBe(1);
});

test('a portal that refuses to list its runs stops no sync', async () => {
  const stage = await stageForTest({ bridge: false });
  let asked = 0;
  const front = await frontOf(new URL(stage.port.url).origin, (method, path) => {
    if (method !== 'GET' || !path.includes('/actions/runs?')) return undefined;
    asked += 1;
    return 403;
  });
  const url = `${front.url}${new URL(stage.port.url).pathname}`;
  stage.connect((await stage.startBridge({ PORT_API_URL: url })).url);
  await findsWhatWasLost(stage);
  expect(asked).toBeGreaterThan(0);
});

test('a hundred changes that may not be read do not hide those behind them from a sync', async () => {
  const stage = await stageForTest();
  muteServiceNow(stage);
  for (let index = 0; index < 110; index += 1) {
    stage.servicenow.createChange({ short_description: `Change ${index}` });
  }
  for (const mode of ['full', 'delta'] as const) {
    // The whole first page is hidden; read again from its middle, the rest may be read.
    stage.servicenow.faults.add({ kind: 'acl-trim', every: 1, times: 1 });
    expect(await sync(stage, mode)).toMatchObject({ status: 'done', read: 60 });
  }
});

/** A change of which the bridge was never told gets into the portal by a sync. */
async function findsWhatWasLost(stage: Stage): Promise<void> {
  muteServiceNow(stage);
  const fresh = stage.servicenow.createChange({ short_description: 'Never told' })['sys_id'] ?? '';
  expect(await sync(stage, 'delta')).toMatchObject({ status: 'done' });
  await until('the untold change', () => entity(stage, fresh) !== undefined);
}

async function timelineHas(stage: Stage, sysId: string, text: string): Promise<boolean> {
  return (await (await operatorCall(stage, `/v1/changes/${sysId}/timeline`)).text()).includes(text);
}
