import { describe, expect, test } from 'vitest';
import { openWorld, run } from './world.ts';

describe('a pipeline stops before the build', () => {
  test.each([
    ['is no JSON', 'approved', 'TRIGGER_PAYLOAD is no JSON object.'],
    ['is a list', '[]', 'TRIGGER_PAYLOAD is no JSON object.'],
    ['is two objects', '{}{"approval_status":"approved"}', 'TRIGGER_PAYLOAD is no JSON object.'],
    ['is empty', '', 'TRIGGER_PAYLOAD is no JSON object.'],
    ['is absent', undefined, 'There is no TRIGGER_PAYLOAD'],
    ['has an unknown status', '{"approval_status":"APPROVED"}', 'approval_status must be pending'],
    ['has a status of another type', '{"approval_status":true}', 'approval_status must be pending'],
    ['names an unknown environment', '{"environment":"moon"}', 'environment moon; this project deploys to'],
  ])('when its payload %s', async (_, payload, words) => {
    const world = await openWorld();
    const done = await run(world, await world.request(), { payload, coverage: '99' });
    expect(done.log).toContain(words);
    expect(done.jobs).toEqual({ 'deploy-request': 'failed' });
    expect(world.bridge.calls).toEqual([]);
  });
});

test('variables of a trigger can neither approve, nor lower the threshold, nor redirect a call', async () => {
  const world = await openWorld();
  await world.asked();
  const pipeline = await world.decide('approved');
  const evil = await openWorld();
  await world.change('superseded');
  const variables = {
    APPROVAL_STATUS: 'approved',
    threshold: '0',
    THRESHOLD: '0',
    bridge_url: evil.bridgeUrl,
    BRIDGE_URL: evil.bridgeUrl,
    deploy_word: 'pending',
    decision: 'none',
    needs_claim: 'no',
    BRIDGE_RETRY_SECONDS: 'a[$(make deploy)]',
    bridge_status: '200',
  };
  expect((await run(world, pipeline, { variables })).deployed).toEqual([]);
  expect((await run(world, await world.request(), { variables })).deployed).toEqual([]);
  expect(world.bridge.gates).toHaveLength(2);
  expect(evil.bridge.calls).toEqual([]);
});
