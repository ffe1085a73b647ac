import { expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { openWorld, run, type ContractWorld } from './world.ts';

/** All that a project writes: ten lines. */
const project = (inputs: string): string => `stages: [gate, deploy]
include:
  - component: $CI_SERVER_FQDN/platform/changebridge/deploy-gate@1.0.0
    inputs:
      bridge_url: https://bridge.example.com
      measure: echo 65
      ${inputs}
deploy:
  extends: .gated-deploy
  script: make deploy
`;

function paths(world: ContractWorld): string[] {
  return world.bridge.calls.map(({ method, path }) => `${method} ${path}`);
}

test('mode wait: the job waits for its gate, and the same pipeline claims and deploys', async () => {
  const world = await openWorld();
  world.bridge.mode = 'wait';
  const running = run(world, await world.request(), { example: project('mode: wait') });
  await until('the gate', () => world.bridge.gates.length === 1, 60_000);
  await until('somebody waits', () => paths(world).includes('GET /v1/gates/g_1'), 60_000);
  await world.decideOnly('approved');
  const done = await running;
  expect(done.log).toContain('Approved by ann.');
  expect(done.deployed).toEqual(['production']);
  expect(world.bridge.decisions[0]?.holder).toBe('1');
});

test('mode wait: a decline ends the wait without a deployment', async () => {
  const world = await openWorld();
  world.bridge.mode = 'wait';
  const running = run(world, await world.request(), { example: project('mode: wait') });
  await until('somebody waits', () => paths(world).includes('GET /v1/gates/g_1'), 60_000);
  await world.decideOnly('declined');
  const done = await running;
  expect(done.log).toContain('declined: Freeze Nothing is deployed.');
  expect(done.deployed).toEqual([]);
  expect(done.jobs).toMatchObject({ 'deploy-gate': 'passed', 'deploy: [production]': 'warning' });
});

test('mode wait: nobody decides in time', async () => {
  const world = await openWorld();
  const inputs = 'mode: wait\n      wait_minutes: 0';
  const done = await run(world, await world.request(), { example: project(inputs) });
  expect(done.log).toContain('Nobody decided within 0 minutes. Retry this job to go on waiting.');
  expect(done.jobs).toEqual({ 'deploy-request': 'passed', 'deploy-gate': 'failed' });
});

test('mode play: the deploy job waits for a click even above the threshold, and claims when it is played', async () => {
  const world = await openWorld();
  world.bridge.mode = 'play';
  const pipeline = await world.request();
  const example = project('mode: play\n      threshold: 10');
  const blocked = await run(world, pipeline, { example });
  expect(blocked.jobs).toEqual({ 'deploy-request': 'passed', 'deploy-gate': 'passed' });
  expect(world.bridge.gates[0]?.body).toMatchObject({
    reason: 'Every deployment needs an approval',
    evidence: [{ value: 65, threshold: 10, passed: true }],
  });

  const early = await run(world, pipeline, { example, manual: 'deploy: [production]' });
  expect(early.log).toContain('The deployment is not approved, it is open. Nothing is deployed.');
  expect(early.deployed).toEqual([]);

  await world.decideOnly('approved');
  const played = await run(world, pipeline, { example, manual: 'deploy: [production]' });
  expect(played.deployed).toEqual(['production']);
  expect(world.bridge.gates).toHaveLength(1);
});

test('mode play with two environments stops: GitLab would wait for both', async () => {
  const world = await openWorld();
  const example = project('mode: play\n      environments: [staging, production]');
  const done = await run(world, await world.request(), { example });
  expect(done.log).toContain('Mode play needs exactly one environment');
  expect(done.jobs).toEqual({ 'deploy-request': 'failed' });
});

test('a project may bring its own evidence, and ask before every deployment', async () => {
  const world = await openWorld();
  const evidence = `'[{"name":"scan","passed":false,"value":"3 critical"},{"name":"freeze","passed":true}]'`;
  const example = `${project('evidence_file: checks.json')}scan:
  stage: .pre
  script: echo ${evidence} >checks.json
  artifacts: { paths: [checks.json] }
`;
  await run(world, await world.request(), { example });
  expect(world.bridge.gates[0]?.body).toMatchObject({
    reason: 'scan is 3 critical',
    evidence: [
      { name: 'scan', passed: false, value: '3 critical' },
      { name: 'freeze', passed: true },
    ],
  });
  const always = project('gate: always\n      threshold: 10\n      expires_hours: 8');
  const done = await run(world, await world.request(), { example: always });
  expect(world.bridge.gates[1]?.body).toMatchObject({
    reason: 'Every deployment needs an approval',
    expires_in: 28_800,
  });
  expect(done.deployed).toEqual([]);
});
