import { describe, expect, test } from 'vitest';
import { type ContractWorld, newest, openWorld, run } from './world.ts';

/** A world in which a deployment was asked for and approved, and the pipeline that this started. */
async function approved(): Promise<{ world: ContractWorld; pipeline: ReturnType<typeof newest> }> {
  const world = await openWorld();
  await world.asked();
  return { world, pipeline: await world.decide('approved') };
}

function claims(world: ContractWorld): number {
  return world.bridge.calls.filter(({ path }) => path.endsWith('/claim')).length;
}

describe('an approved pipeline is not deployed', () => {
  test.each(['superseded', 'on-hold', 'declined', 'cancelled'] as const)(
    'when the change is %s by now: the log says so, and it is asked once',
    async (standing) => {
      const { world, pipeline } = await approved();
      await world.change(standing);
      const done = await run(world, pipeline);
      expect(done.jobs['deploy: [production]']).toBe('failed');
      expect(done.log).toContain(`${standing}: The change is ${standing}.`);
      expect(done.deployed).toEqual([]);
      expect(claims(world)).toBe(1);
      expect(world.bridge.told).toEqual([]);
    },
  );

  test('when the branch has moved since the gate: both commits are named', async () => {
    const world = await openWorld();
    const first = await world.asked();
    const { sha } = world.gitlab.push(42, 'main');
    const done = await run(world, await world.decide('approved'));
    expect(done.log).toContain(`other-commit: ${first.sha} was approved, this pipeline builds ${sha}`);
    expect(done.deployed).toEqual([]);
    expect(claims(world)).toBe(1);
  });

  test('when another pipeline has the decision', async () => {
    const { world, pipeline } = await approved();
    expect((await run(world, pipeline)).deployed).toEqual(['production']);
    const copy = world.gitlab.addPipeline(42, {
      ref: 'main',
      source: 'trigger',
      payload: { ...pipeline.payload },
    });
    const done = await run(world, copy);
    expect(done.log).toContain(`other-pipeline: Pipeline ${pipeline.id} has this approval.`);
    expect(done.deployed).toEqual([]);
  });

  test.each([
    ['invented', 'dec_forged', 'not-found: There is no decision dec_forged.'],
    ['missing', undefined, 'The approval has no usable decision_id.'],
    ['a path', '../gates', 'The approval has no usable decision_id.'],
    ['of two lines', 'dec_1\n../gates', 'The approval has no usable decision_id.'],
    ['the word none', 'none', 'not-found: There is no decision none.'],
  ])('when the payload says approved and its decision is %s', async (_, id, words) => {
    const world = await openWorld();
    const pipeline = await world.request({ approval_status: 'approved', decision_id: id });
    const done = await run(world, pipeline, { coverage: '99' });
    expect(done.log).toContain(words);
    expect(done.jobs['deploy: [production]']).toBe('failed');
    expect(done.deployed).toEqual([]);
  });

  test('when its id_token has expired, or is made for somebody else; neither is tried again', async () => {
    const { world, pipeline } = await approved();
    const expired = await run(world, pipeline, { claims: { exp: 1_700_000_000 } });
    expect(expired.log).toContain('answered 401, unauthorized');
    const wrong = await run(world, pipeline, { audience: 'https://elsewhere.example.com' });
    expect(wrong.log).toContain('answered 401, unauthorized');
    expect([expired.deployed, wrong.deployed]).toEqual([[], []]);
    expect(claims(world)).toBe(2);
  });

  test('when the bridge does not answer', async () => {
    const { world, pipeline } = await approved();
    await world.bridgeGoesDown();
    const done = await run(world, pipeline);
    expect(done.log).toContain(`Changebridge does not answer at ${world.bridgeUrl}`);
    expect(done.jobs['deploy: [production]']).toBe('failed');
    expect(done.deployed).toEqual([]);
  });

  test('while ServiceNow cannot be asked; when it answers again within the time, it is', async () => {
    const { world, pipeline } = await approved();
    await world.servicenowGoesDown();
    const done = await run(world, pipeline);
    expect(done.log).toContain('servicenow-unavailable: ServiceNow cannot be asked.');
    expect(done.deployed).toEqual([]);
    const tried = claims(world);
    expect(tried).toBeGreaterThan(1);
    world.bridge.isServiceNowDown = false;
    world.bridge.answers.push({ status: 503, headers: { 'Retry-After': '2' } });
    const again = await run(world, pipeline, { variables: { BRIDGE_RETRY_SECONDS: '20' } });
    expect(again.deployed).toEqual(['production']);
    const [before, after] = world.bridge.calls.slice(-3);
    expect((after?.at ?? 0) - (before?.at ?? 0)).toBeGreaterThan(1_900);
  });

  test.each([302, 200])('when something else than the bridge answers %i', async (status) => {
    const { world, pipeline } = await approved();
    world.bridge.answers.push({ status, headers: { location: 'https://elsewhere.example.com' } });
    const done = await run(world, pipeline);
    expect(done.jobs['deploy: [production]']).toBe('failed');
    expect(done.deployed).toEqual([]);
    expect(claims(world)).toBe(1);
  });

  test('on a machine without jq', async () => {
    const { world, pipeline } = await approved();
    const done = await run(world, pipeline, { without: ['jq'] });
    expect(done.log).toContain('This job needs jq: use an image that has curl and jq. Nothing is deployed.');
    expect(done.jobs).toEqual({ 'deploy-request': 'failed' });
    expect(done.deployed).toEqual([]);
  });
});
