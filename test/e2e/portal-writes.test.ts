import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Stage } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { entity, muteServiceNow, recordOf, waitingChange } from './scene.ts';
import { deadLetters, operator, operatorCall, quiet, sendEvent } from './wire.ts';

const bulkBody = z.object({ entities: z.array(z.object({ identifier: z.string() })) });

test('many changes at once go to the portal in requests of at most 20, each of them once', async () => {
  const stage = await stageForTest();
  // All of them are due at once, however long it takes this machine to tell them.
  const turn = (way: 'pause' | 'resume'): Promise<unknown> =>
    operator(stage, z.unknown(), `/v1/flows/change-sync/${way}`, { reason: 'So that all are due at once' });
  await turn('pause');
  const ids = await toldAtOnce(stage, 65);
  await turn('resume');
  await until('all are shown', () => ids.every((id) => entity(stage, id) !== undefined));
  await quiet(stage);
  const sizes = bulks(stage).map((request) => request.length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(20);
  expect(sizes.length).toBeLessThan(30);
  expect(bulks(stage).flat().toSorted()).toEqual(ids.toSorted());
});

test('of a bulk that failed in part, what failed is written again and nothing else', async () => {
  const stage = await stageForTest();
  const ids = prepared(stage, 10);
  const [unlucky = ''] = ids;
  stage.port.faults.add({ kind: 'partial', identifiers: [unlucky], statusCode: 503 });
  await tell(stage, ids);
  await until('all are shown', () => ids.every((id) => entity(stage, id) !== undefined));
  await quiet(stage);
  const written = bulks(stage).flat();
  expect(written.filter((id) => id === unlucky)).toHaveLength(2);
  expect(written).toHaveLength(ids.length + 1);
  expect(await deadLetters(stage)).toEqual([]);
});

test('what the portal refuses is a dead letter with the portal’s words, and the others are written', async () => {
  const stage = await stageForTest();
  const ids = prepared(stage, 10);
  const [bad = '', ...good] = ids;
  stage.port.faults.add({
    kind: 'partial',
    identifiers: [bad],
    statusCode: 422,
    error: 'invalid_request',
    message: '"priority" must be equal to one of the allowed values',
  });
  await tell(stage, ids);
  await until('the good ones are shown', () => good.every((id) => entity(stage, id) !== undefined));
  const letter = await until('a dead letter', async () => (await deadLetters(stage))[0]);
  expect(letter).toMatchObject({ flow: 'change-sync', key: bad });
  expect(letter.message).toContain('"priority" must be equal to one of the allowed values');
  expect(entity(stage, bad)).toBeUndefined();
});

test('a dead letter is replayed after a plan, and only as long as the plan is true', async () => {
  const stage = await stageForTest();
  const [id = ''] = prepared(stage, 1);
  stage.port.faults.add({ kind: 'partial', identifiers: [id], statusCode: 422 });
  await tell(stage, [id]);
  await until('a dead letter', async () => (await deadLetters(stage)).length === 1);
  const planSchema = z.object({ plan: z.string(), count: z.number(), items: z.array(z.looseObject({})) });
  const plan = await operator(stage, planSchema, '/v1/replays', {});
  expect(plan.items).toMatchObject([{ flow: 'change-sync', key: id, effect: 'would_apply' }]);
  expect(entity(stage, id)).toBeUndefined();
  const wrong = { dry_run: false, plan: 'not-this-plan', reason: 'The blueprint is mended' };
  expect((await operatorCall(stage, '/v1/replays', wrong)).status).toBe(409);
  expect((await operatorCall(stage, '/v1/replays', { ...wrong, plan: plan.plan })).status).toBe(202);
  await until('it is shown', () => entity(stage, id) !== undefined);
  await until('the dead letter is cleared', async () => (await deadLetters(stage)).length === 0);
});

test('a bulk request that fails as a whole is repeated at once, whatever rate limit the portal tells', async () => {
  const stage = await stageForTest();
  const ids = prepared(stage, 6);
  stage.port.faults.add({ kind: '500', match: 'entities/bulk' });
  await tell(stage, ids);
  await until('all are shown', () => ids.every((id) => entity(stage, id) !== undefined), 5_000);
  expect(await deadLetters(stage)).toEqual([]);
});

test('a change that is deleted in ServiceNow disappears from the portal', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  const last = recordOf(stage, sysId);
  stage.servicenow.deleteChange(sysId);
  await until('the entity is gone', () => entity(stage, sysId) === undefined);
  // Late news of the last version before the deletion bring nothing back.
  await sendEvent(stage, last);
  await quiet(stage);
  expect(entity(stage, sysId)).toBeUndefined();
});

test('a deletion whose answer was lost is carried out, and a deletion of what is not shown is none', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  stage.port.faults.add({ kind: 'timeout-after-effect', match: 'DELETE ' });
  stage.servicenow.deleteChange(sysId);
  await until('the entity is gone', () => entity(stage, sysId) === undefined);
  await quiet(stage);
  expect(await deadLetters(stage)).toEqual([]);
});

test('values outside the portal’s lists lose themselves only, and not the update', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  muteServiceNow(stage);
  const record = recordOf(stage, sysId);
  await sendEvent(stage, {
    ...record,
    sys_mod_count: '1',
    approval: 'not_required',
    priority: '99',
    sys_created_on: 'yesterday',
    short_description: 'With odd values',
  });
  await until('the update', () => entity(stage, sysId)?.title === 'With odd values');
  expect(await deadLetters(stage)).toEqual([]);
});

test('an expired portal token is renewed without a lost or doubled update', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  stage.port.expireTokens();
  stage.servicenow.updateChange(sysId, { short_description: 'After the rotation' });
  await until('the update', () => entity(stage, sysId)?.title === 'After the rotation');
});

/** Changes that exist in ServiceNow and of which nobody was told. */
function prepared(stage: Stage, count: number): string[] {
  muteServiceNow(stage);
  return Array.from({ length: count }, (_, index) => {
    const row = stage.servicenow.createChange({ short_description: `Change ${index}` });
    return row['sys_id'] ?? '';
  });
}

async function tell(stage: Stage, ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map((id) => sendEvent(stage, recordOf(stage, id), { event: 'change.created' })));
}

async function toldAtOnce(stage: Stage, count: number): Promise<string[]> {
  const ids = prepared(stage, count);
  await tell(stage, ids);
  return ids;
}

/** The identifiers of each bulk request that the portal got. */
function bulks(stage: Stage): string[][] {
  return stage.port.requests
    .filter((request) => request.path.endsWith('/entities/bulk'))
    .map((request) => bulkBody.parse(request.body).entities.map((each) => each.identifier));
}
