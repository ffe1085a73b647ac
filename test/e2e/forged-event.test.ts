import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Stage } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import {
  deploymentsOf,
  entity,
  muteServiceNow,
  pipelinesOf,
  recordOf,
  shows,
  waitingChange,
} from './scene.ts';
import { decisionsOf, operator, quiet, sendEvent, sync } from './wire.ts';

// Somebody who knows the webhook secret tells of versions that ServiceNow never had.

const timelineSchema = z.object({ timeline: z.array(z.looseObject({ what: z.string(), text: z.string() })) });

test('a forged approval starts nothing, and the portal shows again what ServiceNow shows', async () => {
  const { stage, errors } = await listeningStage();
  const { sysId } = await waitingChange(stage);
  await forge(stage, sysId, { approval: 'approved' });
  await until('it is contradicted', async () => (await contradictions(stage, sysId)).length > 0);
  await shows(stage, sysId, 'requested');
  await quiet(stage);
  expect(pipelinesOf(stage, sysId)).toHaveLength(0);
  expect((await decisionsOf(stage, sysId)).map((each) => each.status)).toEqual(['superseded']);
  expect(errors()).toMatch(/What ServiceNow shows counts.*rotate it/);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('the true approval deploys', () => deploymentsOf(stage, sysId).length === 1);
  await shows(stage, sysId, 'approved');
});

test.each(['delta', 'full'] as const)(
  'a forged version blinds nobody to what happens in ServiceNow after it: a %s sync reads it',
  async (mode) => {
    const { stage, errors } = await listeningStage();
    const { sysId } = await waitingChange(stage);
    await sync(stage, 'full');
    await forge(stage, sysId, { short_description: 'Forged' });
    await until('the portal shows it', () => entity(stage, sysId)?.title === 'Forged');
    stage.servicenow.updateChange(sysId, { short_description: 'As it truly is' }, 'ann');
    await until('a sync contradicts it', async () => {
      await sync(stage, mode);
      return (await contradictions(stage, sysId)).length > 0;
    });
    await until('the portal shows the truth', () => entity(stage, sysId)?.title === 'As it truly is');
    stage.servicenow.decide(sysId, 'ann', 'approved');
    await until('the approval deploys', () => deploymentsOf(stage, sysId).length === 1);
    await quiet(stage);
    expect(await contradictions(stage, sysId)).toHaveLength(1);
    expect(errors()).toContain('What ServiceNow shows counts');
  },
);

test('a forged version that leaves fields out is found out by the bridge itself', async () => {
  const { stage } = await listeningStage();
  const { sysId } = await waitingChange(stage);
  await sendEvent(stage, { sys_id: sysId, sys_mod_count: '999999', short_description: 'Forged' });
  await until('it is contradicted', async () => (await contradictions(stage, sysId)).length > 0);
  await until('the truth is shown', () => entity(stage, sysId)?.title === 'Deploy checkout');
  expect(entity(stage, sysId)?.properties['approval']).toBe('requested');
});

test('a forged rejection of a change that was deployed does not deploy it again', async () => {
  const { stage } = await listeningStage();
  const { sysId } = await waitingChange(stage);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('the deployment', () => deploymentsOf(stage, sysId).length === 1);
  await quiet(stage);
  await forge(stage, sysId, { approval: 'rejected' });
  await until('it is contradicted', async () => (await contradictions(stage, sysId)).length > 0);
  await shows(stage, sysId, 'approved');
  await quiet(stage);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
  expect((await decisionsOf(stage, sysId)).map((each) => each.status)).toEqual(['triggered', 'superseded']);
});

test('an approval that was forged before somebody really gives it is still carried out', async () => {
  const { stage } = await listeningStage();
  const { sysId } = await waitingChange(stage);
  const next = Number(recordOf(stage, sysId)['sys_mod_count']) + 1;
  await forge(stage, sysId, { approval: 'approved', sys_mod_count: String(next) });
  await until('it is contradicted', async () => (await contradictions(stage, sysId)).length > 0);
  await quiet(stage);
  expect(pipelinesOf(stage, sysId)).toHaveLength(0);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  expect(recordOf(stage, sysId)['sys_mod_count']).toBe(String(next));
  await until('the deployment', () => deploymentsOf(stage, sysId).length === 1);
});

test('a forged approval of the version that somebody then saves differently is found out by a sync', async () => {
  const { stage } = await listeningStage();
  const { sysId } = await waitingChange(stage);
  muteServiceNow(stage);
  stage.servicenow.updateChange(sysId, { priority: '2' }, 'ann');
  await forge(stage, sysId, {
    approval: 'not requested',
    sys_mod_count: recordOf(stage, sysId)['sys_mod_count'] ?? '',
  });
  await shows(stage, sysId, 'not requested');
  await until('a sync contradicts it', async () => {
    await sync(stage, 'full');
    return (await contradictions(stage, sysId)).length > 0;
  });
  await shows(stage, sysId, 'requested');
});

/** A stage whose errors can be read. */
async function listeningStage(): Promise<{ stage: Stage; errors: () => string }> {
  const lines: string[] = [];
  const sink = new Writable({
    write: (chunk, _, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  const stage = await stageForTest({ log: pino({ level: 'error' }, sink) });
  return { stage, errors: () => lines.join('') };
}

/** A signed event about a change, with a version that ServiceNow is far from. */
async function forge(stage: Stage, sysId: string, told: Record<string, string>): Promise<void> {
  const answer = await sendEvent(stage, { ...recordOf(stage, sysId), sys_mod_count: '999999', ...told });
  expect(answer.status).toBe(202);
}

async function contradictions(stage: Stage, sysId: string): Promise<string[]> {
  const { timeline } = await operator(stage, timelineSchema, `/v1/changes/${sysId}/timeline`);
  return timeline.filter((line) => line.what === 'contradiction').map((line) => line.text);
}
