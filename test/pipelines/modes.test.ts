import { expect, test, vi } from 'vitest';
import type { Pipeline } from '../../sandbox/gitlab/server.ts';
import { PROJECT, type Stage } from '../../stage/stage.ts';
import { deployJob, type Mode, stageInMode } from '../e2e/modes.ts';
import { changeOf, decideInPortal, endOf, openedChange, recordOf, shows } from '../e2e/scene.ts';
import { decisionsOf } from '../e2e/wire.ts';
import { until } from '../support/until.ts';
import { askedOf, openGitLab, openWorld, pipelineIn, request, run, runOf } from './world.ts';

// Real pipelines: each takes seconds, and more on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

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

/** A world whose rule and pipelines are of this mode. */
async function worldInMode(mode: Mode): Promise<Stage> {
  const stage = await stageInMode(mode, { pipelines: 'component' });
  stage.gitlab.setProject(PROJECT, { environments: ['production'] });
  return stage;
}

function changeFor(stage: Stage, pipeline: Pipeline): Promise<string> {
  return openedChange(stage, runOf(pipeline), 60_000);
}

test('mode wait: the job waits for its gate, and the same pipeline claims and deploys', async () => {
  const stage = await worldInMode('wait');
  const pipeline = await request(stage);
  const running = run(stage, pipeline, { example: project('mode: wait') });
  const sysId = await changeFor(stage, pipeline);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const done = await running;
  expect(done.log).toContain('Approved by ann.');
  expect(done.deployed).toEqual(['production']);
  expect(await decisionsOf(stage, sysId)).toMatchObject([{ claimed_by: `${PROJECT}/${pipeline.id}` }]);
  expect(await endOf(stage, runOf(pipeline))).toBe('SUCCESS');
  expect(stage.gitlab.pipelines()).toHaveLength(1);
});

test('mode wait: a decline ends the wait without a deployment', async () => {
  const stage = await worldInMode('wait');
  const pipeline = await request(stage);
  const running = run(stage, pipeline, { example: project('mode: wait') });
  const sysId = await changeFor(stage, pipeline);
  await shows(stage, sysId, 'requested');
  decideInPortal(stage, sysId, 'declined', { reason: 'Freeze until Monday' });
  const done = await running;
  expect(done.log).toContain('declined: Freeze until Monday Nothing is deployed.');
  expect(done.deployed).toEqual([]);
  expect(done.jobs).toMatchObject({ 'deploy-gate': 'passed', 'deploy: [production]': 'warning' });
  expect(await endOf(stage, runOf(pipeline))).toBe('FAILURE');
});

test('mode wait: nobody decides in time', async () => {
  const stage = await worldInMode('wait');
  const inputs = 'mode: wait\n      wait_minutes: 0';
  const done = await run(stage, await request(stage), { example: project(inputs) });
  expect(done.log).toContain('Nobody decided within 0 minutes. Retry this job to go on waiting.');
  expect(done.jobs).toEqual({ 'deploy-request': 'passed', 'deploy-gate': 'failed' });
});

test('mode play: the deploy job waits for a click even above the threshold; the approval starts it, and it claims', async () => {
  const stage = await worldInMode('play');
  const pipeline = await request(stage);
  const example = project('mode: play\n      threshold: 10');
  const blocked = await run(stage, pipeline, { example });
  expect(blocked.jobs).toEqual({ 'deploy-request': 'passed', 'deploy-gate': 'passed' });
  expect(pipeline.status).toBe('manual');
  const sysId = await changeFor(stage, pipeline);
  const description = recordOf(stage, sysId)['description'];
  expect(description).toContain('Every deployment needs an approval');
  expect(description).toContain('coverage: 65 (threshold 10), passed');

  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('its job is started', () => deployJob(pipeline).status === 'pending');
  const played = await run(stage, pipeline, { example, manual: 'deploy: [production]' });
  expect(played.deployed).toEqual(['production']);
  expect(await decisionsOf(stage, sysId)).toMatchObject([{ claimed_by: `${PROJECT}/${pipeline.id}` }]);
  expect(await endOf(stage, runOf(pipeline))).toBe('SUCCESS');
  expect(stage.servicenow.rows('change_request')).toHaveLength(1);
});

test('mode play: who clicks before the approval deploys nothing', async () => {
  const stage = await worldInMode('play');
  const manual = 'deploy: [production]';
  const early = await run(stage, await request(stage), { example: project('mode: play'), manual });
  expect(early.log).toMatch(/The deployment is not approved, it is open(ing)?\. Nothing is deployed\./);
  expect(early.deployed).toEqual([]);
  expect(await askedOf(stage, 'claim')).toEqual([]);
});

test('a component of another mode than the rule stops, and says so', async () => {
  const stage = await worldInMode('play');
  const done = await run(stage, await request(stage), { example: project('mode: wait') });
  expect(done.log).toContain('The rule in Changebridge says mode play, and this component mode wait');
  expect(done.jobs).toEqual({ 'deploy-request': 'passed', 'deploy-gate': 'failed' });
});

test('mode play with two environments stops: GitLab would wait for both', async () => {
  const world = await openGitLab();
  const example = project('mode: play\n      environments: [staging, production]');
  const done = await run(world, pipelineIn(world), { example });
  expect(done.log).toContain('Mode play needs exactly one environment');
  expect(done.jobs).toEqual({ 'deploy-request': 'failed' });
});

test('a project may bring its own evidence, and ask before every deployment', async () => {
  const stage = await openWorld();
  const evidence = `'[{"name":"scan","passed":false,"value":"3 critical"},{"name":"freeze","passed":true}]'`;
  const example = `${project('evidence_file: checks.json')}scan:
  stage: .pre
  script: echo ${evidence} >checks.json
  artifacts: { paths: [checks.json] }
`;
  const described = async (file: string): Promise<string[]> => {
    const pipeline = await request(stage);
    expect((await run(stage, pipeline, { example: file })).deployed).toEqual([]);
    const change = await until('its change', () => changeOf(stage, runOf(pipeline)));
    return recordOf(stage, change['sys_id'] ?? '')['description']?.split('\n') ?? [];
  };
  const scanned = await described(example);
  expect(scanned[0]).toBe('scan is 3 critical');
  expect(scanned).toContain('scan: 3 critical, missed');
  expect(scanned).toContain('freeze, passed');
  const always = await described(project('gate: always\n      threshold: 10\n      expires_hours: 8'));
  expect(always[0]).toBe('Every deployment needs an approval');
  expect(always.join()).toContain('coverage: 65 (threshold 10), passed');
});
