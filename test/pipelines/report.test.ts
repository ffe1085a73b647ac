import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import type { Stage } from '../../stage/stage.ts';
import { endOf, logOf, run as runIn } from '../e2e/scene.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { askedOf, openWorld, request, run, runOf, trigger } from './world.ts';

// Real pipelines: each takes seconds, and more on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const example = 'deploy-and-report.gitlab-ci.yml';

/** A portal whose blueprint of deployments declares environment and status too. */
function declareStatus(stage: Stage): void {
  const folder = mkdtempSync(join(tmpdir(), 'portal-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'blueprints'));
  const file = new URL('../../portal/blueprints/deployment.json', import.meta.url);
  const blueprint = z
    .looseObject({ schema: z.looseObject({ properties: z.looseObject({}) }) })
    .parse(JSON.parse(readFileSync(file, 'utf8')));
  const text = { type: 'string' };
  Object.assign(blueprint.schema.properties, { environment: text, status: text });
  writeFileSync(join(folder, 'blueprints/deployment.json'), JSON.stringify(blueprint));
  stage.port.applyPortal(folder, {});
}

test('a deployment tells the run what it does, the portal what is deployed, and the run how it ended', async () => {
  const stage = await openWorld();
  declareStatus(stage);
  const pipeline = await request(stage, 'Staging');
  const done = await run(stage, pipeline, { example });
  expect(done.deployed).toEqual(['staging']);
  expect(await endOf(stage, runOf(pipeline))).toBe('SUCCESS');
  const job = pipeline.jobs.find((each) => each.environment === 'staging')?.id;
  const jobUrl = `${stage.gitlab.url}/platform/checkout/-/jobs/${job}`;
  expect(stage.port.logs(runOf(pipeline)).map((line) => line.message)).toEqual([
    expect.stringContaining('Pipeline 1 started: '),
    `Deploying to staging: ${jobUrl}`,
    'The new version answers.',
    'Deployed to staging',
  ]);
  expect(runIn(stage, runOf(pipeline)).link).toContain(
    `${stage.gitlab.url}/platform/checkout/-/pipelines/${pipeline.id}`,
  );
  const shown = await until('the deployment in the portal', () => stage.port.entities('deployment')[0]);
  expect(shown).toMatchObject({
    identifier: 'checkout-staging',
    properties: {
      jobUrl,
      deployingUser: 'root',
      imageTag: pipeline.sha.slice(0, 8),
      commitSha: pipeline.sha,
      environment: 'staging',
      status: 'success',
    },
  });
  expect(await askedOf(stage, 'claim')).toEqual([]);
});

test('a deploy job that fails is reported as failed, and ends the run as failed', async () => {
  const stage = await openWorld();
  declareStatus(stage);
  const pipeline = await request(stage, 'Staging');
  const done = await run(stage, pipeline, { example, variables: { DEPLOY_FAILS: '1' } });
  expect(done.status).toBe('failed');
  expect(await endOf(stage, runOf(pipeline))).toBe('FAILURE');
  expect(logOf(stage, runOf(pipeline))).toContain('The deployment to staging failed');
  const shown = await until('the deployment in the portal', () => stage.port.entities('deployment')[0]);
  expect(shown).toMatchObject({ identifier: 'checkout-staging', properties: { status: 'failed' } });
});

// gitlab-ci-local starts no job of `.post` while one of an earlier stage was skipped: so one beside the deployment fails.
test('another job that fails ends the run as failed too', async () => {
  const stage = await openWorld();
  const failing = `stages: [gate, deploy]
include:
  - component: $CI_SERVER_FQDN/platform/changebridge/deploy-gate@1.0.0
    inputs: { bridge_url: https://bridge.example.com, measure: echo 65, finish_run: true }
deploy: { extends: .gated-deploy, script: make deploy }
verify: { stage: deploy, script: exit 3 }
`;
  const pipeline = await request(stage);
  const done = await run(stage, pipeline, { example: failing });
  expect(done.jobs).toMatchObject({ verify: 'failed', 'report-failure': 'passed' });
  expect(await endOf(stage, runOf(pipeline))).toBe('FAILURE');
  expect(logOf(stage, runOf(pipeline))).toContain('The pipeline failed');
});

test('a report that does not get through changes nothing about the deployment', async () => {
  const stage = await stageForTest({ pipelines: 'component', bridge: false });
  const bridge = await stage.startBridge();
  stage.connect(bridge.url);
  const pipeline = await request(stage, 'Staging');
  await bridge.stop(2_000);
  const done = await run(stage, pipeline, { example, variables: { BRIDGE_RETRY_SECONDS: '0' } });
  expect(done.deployed).toEqual(['staging']);
  expect(done.status).toBe('success');
  expect(done.log).toContain('The deployment could not be reported.');
});

test.each([
  ['a run that is not its own is refused', { port_payload: { context: { runId: 'r_42' } } }, true],
  ['a run id that is no id is left alone', { deploy_run_id: '../gates' }, false],
])('%s, and the deployment goes on', async (_, payload, isAsked) => {
  const stage = await openWorld();
  const done = await run(stage, await trigger(stage, { environment: 'staging', ...payload }), { example });
  expect(done.deployed).toEqual(['staging']);
  expect(done.log.includes('POST /v1/runs/r_42/logs: answered 404, not-found: ')).toBe(isAsked);
  expect(done.log.includes('/v1/runs/')).toBe(isAsked);
  await until('the portal shows it', () => stage.port.entities('deployment').length === 1);
});
