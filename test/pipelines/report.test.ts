import { expect, test } from 'vitest';
import { openWorld, run } from './world.ts';

const example = 'deploy-and-report.gitlab-ci.yml';
/** What the portal's own GITLAB action sends. */
const FROM_PORTAL = { environment: 'Staging', port_payload: { context: { runId: 'r_42' } } };

test('a deployment tells the run what it does, the portal what is deployed, and the run how it ended', async () => {
  const world = await openWorld();
  const pipeline = await world.request({
    ...FROM_PORTAL,
    deploy_run_id: undefined,
    approval_status: undefined,
  });
  const done = await run(world, pipeline, { example });
  expect(done.deployed).toEqual(['staging']);
  expect(world.bridge.told).toEqual([
    {
      path: 'POST /v1/runs/r_42/logs',
      user: 'root',
      body: { message: expect.stringMatching(/^Deploying to staging: https:.*\/-\/jobs\/\d+$/) },
    },
    { path: 'POST /v1/runs/r_42/logs', user: 'root', body: { message: 'The new version answers.' } },
    {
      path: 'PUT /v1/deployments/checkout-staging',
      user: 'root',
      body: {
        service: 'checkout',
        environment: 'staging',
        status: 'success',
        jobUrl: expect.stringContaining('/-/jobs/'),
        imageTag: pipeline.sha.slice(0, 8),
      },
    },
    {
      path: 'PATCH /v1/runs/r_42',
      user: 'root',
      body: {
        status: 'SUCCESS',
        message: 'Deployed to staging',
        link: `${world.gitlab.url}/platform/checkout/-/pipelines/1`,
      },
    },
  ]);
});

test('a deploy job that fails ends the run as failed', async () => {
  const world = await openWorld();
  const done = await run(world, await world.request(FROM_PORTAL), {
    example,
    variables: { DEPLOY_FAILS: '1' },
  });
  expect(done.status).toBe('failed');
  expect(world.bridge.told.map(({ path, body }) => [path, body])).toMatchObject([
    ['POST /v1/runs/r_dana/logs', {}],
    ['PUT /v1/deployments/checkout-staging', { status: 'failed' }],
    ['PATCH /v1/runs/r_dana', { status: 'FAILURE', message: 'The deployment to staging failed' }],
  ]);
});

// gitlab-ci-local starts no job of `.post` while one of an earlier stage was skipped: so the last stage fails here.
test('another job that fails ends the run as failed too', async () => {
  const world = await openWorld();
  const failing = `stages: [gate, deploy, verify]
include:
  - component: $CI_SERVER_FQDN/platform/changebridge/deploy-gate@1.0.0
    inputs: { bridge_url: https://bridge.example.com, gate: never, finish_run: true }
deploy: { extends: .gated-deploy, script: make deploy }
verify: { stage: verify, script: exit 3 }
`;
  const done = await run(world, await world.request(), { example: failing });
  expect(done.jobs).toMatchObject({ verify: 'failed', 'report-failure': 'passed' });
  expect(world.bridge.told.at(-1)).toMatchObject({
    path: 'PATCH /v1/runs/r_dana',
    body: { status: 'FAILURE', message: 'The pipeline failed' },
  });
});

test('a report that does not get through changes nothing about the deployment', async () => {
  const world = await openWorld();
  const pipeline = await world.request(FROM_PORTAL);
  await world.bridgeGoesDown();
  const done = await run(world, pipeline, { example, variables: { BRIDGE_RETRY_SECONDS: '0' } });
  expect(done.deployed).toEqual(['staging']);
  expect(done.status).toBe('success');
  expect(done.log).toContain('The deployment could not be reported.');
});

test('a run id that is no id is left alone', async () => {
  const world = await openWorld();
  const pipeline = await world.request({ deploy_run_id: '../gates', environment: 'staging' });
  expect((await run(world, pipeline, { example })).deployed).toEqual(['staging']);
  expect(world.bridge.told.map(({ path }) => path)).toEqual(['PUT /v1/deployments/checkout-staging']);
});
