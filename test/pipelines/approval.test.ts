import { expect, test } from 'vitest';
import { openWorld, run } from './world.ts';

test('above the threshold it deploys, and asks nobody', async () => {
  const world = await openWorld();
  const done = await run(world, await world.request(), { coverage: '70' });
  expect(done.log).toContain('No approval needed.');
  expect(done.deployed).toEqual(['production']);
  expect(done.jobs).toEqual({
    'deploy-request': 'passed',
    build: 'passed',
    test: 'passed',
    'deploy-gate': 'passed',
    'deploy: [production]': 'passed',
    'deploy: [staging]': 'warning',
  });
  expect(world.bridge.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'PUT /v1/deployments/checkout-production',
  ]);
});

test('below it, one gate with the evidence; the approval starts the pipeline that deploys to where it was asked for', async () => {
  const world = await openWorld();
  const first = await world.request({ environment: 'Staging', entity: 'cart "blue"' });
  const asking = await run(world, first, { coverage: '65.5' });
  expect(asking.deployed).toEqual([]);
  expect(asking.status).toBe('success');
  expect(asking.jobs).toMatchObject({ 'deploy: [staging]': 'warning', 'deploy: [production]': 'warning' });
  expect(world.bridge.gates).toMatchObject([
    {
      asker: { pipeline_id: String(first.id), project_id: '42', sha: first.sha },
      body: {
        service: 'cart "blue"',
        environment: 'staging',
        deploy_run_id: 'r_dana',
        reason: 'coverage is 65.5, the threshold is 70',
        evidence: [{ name: 'coverage', value: 65.5, threshold: 70, passed: false }],
      },
    },
  ]);

  const approved = await run(world, await world.decide('approved'));
  expect(approved.deployed).toEqual(['staging']);
  expect(approved.log).toContain('Decided, nothing to test.');
  expect(world.bridge.decisions[0]?.holder).toBe('2');
  expect(world.bridge.told).toMatchObject([
    { path: 'PUT /v1/deployments/checkout-staging', body: { status: 'success', change: 'CHG0030001' } },
  ]);
});

test('declined, it says by whom and why, builds nothing and deploys nothing', async () => {
  const world = await openWorld();
  await world.asked();
  const done = await run(world, await world.decide('declined'), { coverage: '99' });
  expect(done.log).toContain('CHG0030001 was declined by ann: Freeze until Monday. Nothing is deployed.');
  expect(done.log).toContain('Declined, nothing to build.');
  expect(done.deployed).toEqual([]);
  expect(done.status).toBe('success');
  expect(world.bridge.told).toEqual([]);
});

test('a retry of the approved pipeline may claim again', async () => {
  const world = await openWorld();
  await world.asked();
  const approved = await world.decide('approved');
  expect((await run(world, approved, { variables: { DEPLOY_FAILS: '1' } })).deployed).toEqual([]);
  expect(world.bridge.told).toMatchObject([{ body: { status: 'failed' } }]);
  expect((await run(world, approved)).deployed).toEqual(['production']);
});

test.each(['', 'n/a', '80; rm -rf .', '1e9'])(
  'a measurement of "%s" stops the pipeline',
  async (coverage) => {
    const world = await openWorld();
    const done = await run(world, await world.request(), { coverage });
    expect(done.log).toContain('"cat coverage.txt" must print one number. Nothing is deployed.');
    expect(done.jobs['deploy-gate']).toBe('failed');
    expect(done.deployed).toEqual([]);
  },
);
