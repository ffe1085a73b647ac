import { expect, test, vi } from 'vitest';
import { PEOPLE } from '../../stage/stage.ts';
import {
  decideInPortal,
  endOf,
  entity,
  logOf,
  openedChange,
  pipelinesOf,
  recordOf,
  shows,
} from '../e2e/scene.ts';
import { decisionsOf, operatorCall } from '../e2e/wire.ts';
import { until } from '../support/until.ts';
import {
  approved,
  asked,
  askedOf,
  decide,
  openGitLab,
  openWorld,
  pipelineIn,
  request,
  run,
  runOf,
} from './world.ts';

// Real pipelines: each takes seconds, and more on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

test('above the threshold it deploys, and asks nobody', async () => {
  const stage = await openWorld();
  const pipeline = await request(stage);
  const done = await run(stage, pipeline, { coverage: '70' });
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
  expect(await endOf(stage, runOf(pipeline))).toBe('SUCCESS');
  expect(stage.servicenow.rows('change_request')).toEqual([]);
  await until('the portal shows it', () => stage.port.entities('deployment').length === 1);
  expect(stage.port.entities('deployment')).toMatchObject([{ identifier: 'checkout-production' }]);
});

test('below it, one change with the evidence; the approval starts the pipeline that deploys to where it was asked for', async () => {
  const stage = await openWorld();
  const first = await request(stage, 'Staging');
  const asking = await run(stage, first, { coverage: '65.5' });
  expect(asking.deployed).toEqual([]);
  expect(asking.status).toBe('success');
  expect(asking.jobs).toMatchObject({ 'deploy: [staging]': 'warning', 'deploy: [production]': 'warning' });
  const sysId = await openedChange(stage, runOf(first));
  expect(recordOf(stage, sysId)['description']?.split('\n')).toEqual([
    'coverage is 65.5, the threshold is 70',
    expect.stringMatching(/^coverage: 65\.5 \(threshold 70\), missed, http:.*\/-\/pipelines\/1$/),
    'Service: checkout',
    'Environment: staging',
    'Requested by: dana@example.com',
    `Commit: ${first.sha}`,
    `Pipeline: ${stage.gitlab.url}/platform/checkout/-/pipelines/${first.id}`,
  ]);

  const second = await decide(stage, sysId, 'approved');
  const done = await run(stage, second);
  expect(done.deployed).toEqual(['staging']);
  expect(done.log).toContain('Decided, nothing to test.');
  expect(await decisionsOf(stage, sysId)).toMatchObject([{ claimed_by: `42/${second.id}` }]);
  expect(await endOf(stage, runOf(first))).toBe('SUCCESS');
  expect(stage.servicenow.rows('change_request')).toHaveLength(1);
  const shown = await until('the deployment in the portal', () => stage.port.entities('deployment')[0]);
  const job = second.jobs.find((each) => each.environment === 'staging');
  expect(shown).toMatchObject({
    identifier: 'checkout-staging',
    properties: {
      jobUrl: `${stage.gitlab.url}/platform/checkout/-/jobs/${job?.id}`,
      commitSha: second.sha,
      deployingUser: 'root',
      imageTag: second.sha.slice(0, 8),
    },
  });
  const timeline = await operatorCall(stage, `/v1/changes/${sysId}/timeline`);
  expect(await timeline.text()).toContain(`Pipeline ${second.id} deployed to staging: success.`);
});

test('declined, it says by whom and why, builds nothing and deploys nothing', async () => {
  const stage = await openWorld();
  const { pipeline, sysId } = await asked(stage);
  await shows(stage, sysId, 'requested');
  decideInPortal(stage, sysId, 'declined', { reason: 'Freeze until Monday' });
  const next = await until('the next pipeline', () => pipelinesOf(stage, sysId)[0]);
  const done = await run(stage, next, { coverage: '99' });
  const number = recordOf(stage, sysId)['number'];
  expect(done.log).toContain(`${number} was declined by ${PEOPLE.engineer}: Freeze until Monday`);
  expect(done.log).toContain('Declined, nothing to build.');
  expect(done.deployed).toEqual([]);
  expect(done.status).toBe('success');
  expect(await endOf(stage, runOf(pipeline))).toBe('FAILURE');
  expect(logOf(stage, runOf(pipeline))).toContain('Freeze until Monday');
  expect(entity(stage, sysId)?.properties['approval']).toBe('rejected');
  expect(stage.port.entities('deployment')).toEqual([]);
  expect(await askedOf(stage, 'claim')).toEqual([]);
});

test('a retry of the approved pipeline may claim again', async () => {
  const stage = await openWorld();
  const { next } = await approved(stage);
  expect((await run(stage, next, { variables: { DEPLOY_FAILS: '1' } })).deployed).toEqual([]);
  expect((await run(stage, next)).deployed).toEqual(['production']);
  expect(await askedOf(stage, 'claim')).toEqual(['claim', 'claim:done', 'claim', 'claim:done']);
});

test.each(['', 'n/a', '80; rm -rf .', '1e9'])(
  'a measurement of "%s" stops the pipeline',
  async (coverage) => {
    const world = await openGitLab();
    const done = await run(world, pipelineIn(world), { coverage });
    expect(done.log).toContain('"cat coverage.txt" must print one number. Nothing is deployed.');
    expect(done.jobs['deploy-gate']).toBe('failed');
    expect(done.deployed).toEqual([]);
  },
);
