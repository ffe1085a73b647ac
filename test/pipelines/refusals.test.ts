import { describe, expect, test, vi } from 'vitest';
import { muteServiceNow, pipelinesOf, recordOf } from '../e2e/scene.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { localServer } from '../unit/local-server.ts';
import {
  approved,
  asked,
  askedOf,
  decide,
  openGitLab,
  openWorld,
  pipelineIn,
  run,
  trigger,
} from './world.ts';

// Real pipelines: each takes seconds, and more on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const DEPLOY = 'deploy: [production]';
const REFUSED = ['claim', 'claim:refused'];

describe('an approved pipeline is not deployed, says why and asks once', () => {
  test.each<[string, Record<string, string>, string]>([
    ['is on hold', { on_hold: 'true', on_hold_reason: 'Month end' }, 'on-hold: '],
    ['is rejected, whose event was lost', { approval: 'rejected' }, 'declined: '],
    ['is cancelled', { state: '4' }, 'cancelled: '],
    ['has its planned start in the future', { start_date: '2099-01-01 10:00:00' }, 'outside-window: '],
  ])('when the change %s by now', async (_, fields, words) => {
    const stage = await openWorld();
    const { sysId, next } = await approved(stage);
    muteServiceNow(stage);
    stage.servicenow.updateChange(sysId, fields);
    const done = await run(stage, next);
    expect(done.jobs[DEPLOY]).toBe('failed');
    expect(done.log).toContain(`answered 409, ${words}`);
    if (words.startsWith('outside')) expect(done.log).toContain('Not before 2099-01-01T10:00:00.000Z');
    expect(done.deployed).toEqual([]);
    expect(await askedOf(stage, 'claim')).toEqual(REFUSED);
    expect(stage.port.entities('deployment')).toEqual([]);
  });

  test('when there is a newer decision', async () => {
    const stage = await openWorld();
    const { sysId, next } = await approved(stage);
    await decide(stage, sysId, 'rejected');
    const newest = await decide(stage, sysId, 'approved');
    const done = await run(stage, next);
    expect(done.log).toContain('answered 409, superseded: ');
    expect(done.deployed).toEqual([]);
    expect((await run(stage, newest)).deployed).toEqual(['production']);
  });

  test('when the branch has moved since the gate: both commits are named', async () => {
    const stage = await openWorld();
    const { pipeline, sysId } = await asked(stage);
    const { sha } = stage.gitlab.push(42, 'main');
    const done = await run(stage, await decide(stage, sysId, 'approved'));
    expect(done.log).toContain(`answered 409, other-commit: Commit ${pipeline.sha} was tested and approved`);
    expect(done.log).toContain(`this pipeline is of commit ${sha}`);
    expect(done.deployed).toEqual([]);
    expect(await askedOf(stage, 'claim')).toEqual(REFUSED);
  });

  test('when the decision is another pipeline’s, before that one has claimed it and after', async () => {
    const stage = await openWorld();
    const { sysId, next } = await approved(stage);
    const copy = await trigger(stage, { ...next.payload });
    const early = await run(stage, copy);
    expect(early.log).toContain('answered 409, other-pipeline: ');
    expect((await run(stage, next)).deployed).toEqual(['production']);
    const late = await run(stage, await trigger(stage, { ...next.payload }));
    expect(late.log).toContain(
      `answered 409, other-pipeline: This decision belongs to pipeline 42/${next.id}`,
    );
    expect([early.deployed, late.deployed]).toEqual([[], []]);
    expect(pipelinesOf(stage, sysId)).toHaveLength(3);
  });

  test.each([
    ['invented', 'dec_forged', 'answered 404, not-found: There is no decision with this id.'],
    ['missing', undefined, 'The approval has no usable decision_id.'],
    ['a path', '../gates', 'The approval has no usable decision_id.'],
    ['of two lines', 'dec_1\n../gates', 'The approval has no usable decision_id.'],
    ['the word none', 'none', 'answered 404, not-found: There is no decision with this id.'],
  ])('when its payload says approved and the decision is %s', async (_, id, words) => {
    const stage = await openWorld();
    const done = await run(stage, await trigger(stage, { approval_status: 'approved', decision_id: id }), {
      coverage: '99',
    });
    expect(done.log).toContain(words);
    expect(done.jobs[DEPLOY]).toBe('failed');
    expect(done.deployed).toEqual([]);
  });

  test('when its id_token has expired, or is made for somebody else', async () => {
    const stage = await openWorld();
    const { next } = await approved(stage);
    const expired = await run(stage, next, { claims: { exp: 1_700_000_000 } });
    const wrong = await run(stage, next, { audience: 'https://elsewhere.example.com' });
    for (const done of [expired, wrong]) {
      expect(done.log).toContain('answered 401, unauthorized: ');
      expect(done.log).not.toContain('Trying again');
      expect(done.deployed).toEqual([]);
    }
    expect(await askedOf(stage, 'claim')).toEqual([]);
    expect((await run(stage, next)).deployed).toEqual(['production']);
  });
});

test('while the bridge does not answer nothing is deployed', async () => {
  const stage = await stageForTest({ pipelines: 'component', bridge: false });
  const bridge = await stage.startBridge();
  stage.connect(bridge.url);
  const { next } = await approved(stage);
  await bridge.stop(2_000);
  const done = await run(stage, next);
  expect(done.log).toContain(`Changebridge does not answer at ${stage.bridgeUrl()}`);
  expect(done.jobs[DEPLOY]).toBe('failed');
  expect(done.deployed).toEqual([]);
});

test('while ServiceNow cannot be asked nothing is deployed; when it answers again within the time, it is', async () => {
  const stage = await openWorld();
  const { sysId, next } = await approved(stage);
  stage.servicenow.faults.add({ kind: '500', match: `GET /api/now/table/change_request/${sysId}` });
  const done = await run(stage, next);
  expect(done.log).toContain('answered 503, servicenow-unavailable: ServiceNow cannot be asked');
  expect(done.deployed).toEqual([]);
  const refusals = async () =>
    (await askedOf(stage, 'claim')).filter((each) => each === 'claim:refused').length;
  const before = await refusals();
  const again = run(stage, next, { variables: { BRIDGE_RETRY_SECONDS: '40' } });
  await until('it was refused again', async () => (await refusals()) > before, 30_000);
  stage.servicenow.faults.clear();
  const { log, deployed } = await again;
  expect(log).toMatch(/servicenow-unavailable.*Trying again in [1-9]\d* s\./);
  expect(deployed).toEqual(['production']);
  expect(recordOf(stage, sysId)['approval']).toBe('approved');
});

test.each([302, 200])(
  'when something else than the bridge answers %i, nothing is deployed',
  async (status) => {
    const world = await openGitLab();
    const front = await localServer(
      (_, response) =>
        void response.writeHead(status, { location: 'https://elsewhere.example.com' }).end('<html>'),
    );
    const pipeline = pipelineIn(world, { approval_status: 'approved', decision_id: 'dec_1' });
    const done = await run({ ...world, bridgeUrl: () => front.url }, pipeline);
    expect(done.jobs[DEPLOY]).toBe('failed');
    expect(done.deployed).toEqual([]);
    expect(front.requests()).toBe(1);
  },
);
