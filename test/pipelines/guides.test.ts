import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Pipeline } from '../../sandbox/gitlab/server.ts';
import { PEOPLE, PROJECT, SERVICE, type Stage } from '../../stage/stage.ts';
import { bridgeRoute, define } from '../e2e/first-guide.ts';
import { decideInPortal, endOf, entity, logOf, portApi, run, shows } from '../e2e/scene.ts';
import { sendPort, setting } from '../e2e/wire.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { type Finished, runPipeline } from '../../stage/runner/ci-local.ts';
import { type Guide, publishedGuide } from './guides.ts';

const GITLAB_TRIGGER =
  'https://gitlab.com/api/v4/projects/{GITLAB_PROJECT_ID}/ref/main/trigger/pipeline?token={GITLAB_TRIGGER_TOKEN}';
const TAGS = 'u_external_tag';

test.each(['approved', 'declined'] as const)(
  'the first guide as published, its addresses filled in: %s in the portal ends on all three systems',
  async (word) => {
    const guide = publishedGuide('Approval Workflows for Service Deployment');
    if (guide === undefined) return;
    const stage = await guidedStage();
    await defineFirst(stage, guide);
    const runId = deployKnownService(stage);
    const first = await nextPipeline(stage, 0);
    const yaml = guide.pipeline(firstPlaceholders(stage));
    expect((await drive(stage, first, yaml)).log).toContain('Change Request Created Successfully');
    const sysId = stage.servicenow.rows('change_request')[0]?.['sys_id'] ?? '';
    expect(stage.servicenow.change(sysId)?.[TAGS]).toBe(runId);
    await until('the change in the portal', () => entity(stage, sysId)?.properties['externalTags'] === runId);
    expect(run(stage, runId).status).toBe('IN_PROGRESS');

    const approveId = decideInPortal(stage, sysId, word, { reason: 'looked at' });
    const second = await nextPipeline(stage, 1);
    expect(second.payload).toMatchObject({ approval_status: word, deploy_run_id: runId, system_id: sysId });
    const driven = await drive(stage, second, yaml);
    expect(driven.log.includes('deploying service to the cluster')).toBe(word === 'approved');
    expect(await endOf(stage, runId)).toBe(word === 'approved' ? 'SUCCESS' : 'FAILURE');
    expect(await endOf(stage, approveId)).toBe('SUCCESS');
    const kept = word === 'approved' ? 'approved' : 'rejected';
    await shows(stage, sysId, kept);
    expect(stage.servicenow.change(sysId)?.['approval']).toBe(kept);
    for (const automation of ['updateChangeRequestInSnow', 'approveSnowPipeline'])
      await automationEnds(stage, automation);
    expect(stage.gitlab.pipelines()).toHaveLength(2);
    expect(stage.servicenow.rows('change_request')).toHaveLength(1);
  },
);

test('the second guide as published: its action starts the pipeline, which reports, and the run ends', async () => {
  const guide = publishedGuide('Run a deployment for a service');
  if (guide === undefined) return;
  const token = 'glptt-0b1c2d3e4f5a69788796';
  const stage = await stageForTest({
    projects: [
      { id: 43, path: 'group/project', triggerTokens: [token], variablesAllowed: true, runner: 'none' },
    ],
    env: { PORT_DEPLOY_ACTIONS: 'runGitLabPipline', group_project: token },
  });
  await define(stage, guide.definition('deployment'));
  const published = guide.definition('runGitLabPipline');
  await expect(portApi(stage, '/actions', published)).rejects.toThrow('422');
  const runId = await runAsAgentWould(stage, published);
  const pipeline = await nextPipeline(stage, 0);
  expect(pipeline.ref).toBe('main');
  // A runner takes its time to begin; this pipeline ends the run itself, and an ended run takes no link any more.
  await until('the run has its pipeline', () => run(stage, runId).externalRunId === String(pipeline.id));
  const client = {
    GLINT_CLIENT_ID: 'sandbox',
    GLINT_CLIENT_SECRET: setting(stage, 'PORT_CLIENT_SECRET'),
    service: 'checkout',
    environment: 'production',
    CI_JOB_URL: `${stage.gitlab.url}/group/project/-/jobs/1`,
  };
  const yaml = guide.pipeline({ 'https://api.useglint.io/v1': stage.port.url });
  expect(await drive(stage, pipeline, yaml, client)).toMatchObject({ status: 'success' });
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  expect(run(stage, runId)).toMatchObject({
    externalRunId: String(pipeline.id),
    link: [`${stage.gitlab.url}/group/project/-/pipelines/${pipeline.id}`],
  });
  expect(logOf(stage, runId)).toContain('this is a log test message');
  expect(stage.port.entities('deployment').map(({ identifier }) => identifier)).toEqual([
    'checkout-production',
  ]);
});

/** A stage whose ServiceNow has the column that the guide's pipeline writes. */
async function guidedStage(): Promise<Stage> {
  const stage = await stageForTest({
    env: {
      SERVICENOW_TAGS_FIELD: TAGS,
      PORT_DEPLOY_ACTIONS: 'deploy_service_to_cluster,pre_deployment_check',
    },
  });
  stage.servicenow.addChangeColumn(TAGS);
  stage.servicenow.setProperty('x_chb_changebridge.tags_field', TAGS);
  stage.gitlab.setProject(PROJECT, { runner: 'none' });
  return stage;
}

/**
 * The guide writes the portal's identifier of the service into a reference and reads it back. ServiceNow keeps a
 * reference only as a sys_id, so the service stands in the portal under the one that it has in ServiceNow.
 */
function deployKnownService(stage: Stage): string {
  const service = stage.servicenow.rows('cmdb_ci_service').find(({ name }) => name === SERVICE);
  const identifier = service?.['sys_id'] ?? '';
  stage.port.putEntity('service', { identifier, title: SERVICE });
  return stage.port.startRun('deploy_service_to_cluster', {
    by: PEOPLE.developer,
    entity: identifier,
    properties: { environment: 'Production' },
  }).id;
}

async function defineFirst(stage: Stage, guide: Guide): Promise<void> {
  const at = (identifier: string, address: string, route: string): object =>
    guide.definition(identifier, { [address]: bridgeRoute(stage, route) });
  const table = 'https://{SERVICENOW_INSTANCE}/api/now/table/change_request';
  await define(
    stage,
    guide.definition('servicenowChangeRequest'),
    at('deploy_service_to_cluster', '${PORT_API_URL}/actions/pre_deployment_check/runs', 'deploy'),
    at('pre_deployment_check', GITLAB_TRIGGER, 'deploy'),
    at('approve_and_deploy_service', GITLAB_TRIGGER, 'approve'),
    at('updateChangeRequestInSnow', table, 'approve'),
    at('approveSnowPipeline', GITLAB_TRIGGER, 'entity'),
  );
}

function firstPlaceholders(stage: Stage): Record<string, string> {
  return {
    '${PORT_CLIENT_ID}': 'sandbox',
    '${PORT_CLIENT_SECRET}': setting(stage, 'PORT_CLIENT_SECRET'),
    '${PORT_API_URL}': stage.port.url,
    '${SERVICENOW_INSTANCE_URL}': stage.servicenow.url,
    '${SERVICENOW_API_TOKEN}': setting(stage, 'SERVICENOW_API_TOKEN'),
  };
}

const publishedAction = z.looseObject({
  identifier: z.string(),
  title: z.string(),
  userInputs: z.looseObject({}),
  invocationMethod: z.looseObject({ projectName: z.string(), groupName: z.string(), defaultRef: z.string() }),
});

/** Puts the action into today's form, runs it, and brings the run as Port's agent does: with the published method. */
async function runAsAgentWould(stage: Stage, published: object): Promise<string> {
  const { identifier, title, userInputs, invocationMethod } = publishedAction.parse(published);
  const { projectName, groupName, defaultRef } = invocationMethod;
  await define(stage, {
    identifier,
    title,
    trigger: { type: 'self-service', operation: 'CREATE', userInputs },
    invocationMethod: { type: 'GITLAB', projectName, groupName, defaultRef },
  });
  const properties = { pipelineVariable1: 'one', pipelineVariable2: 'two' };
  const path = `/actions/${identifier}/runs?run_as=${encodeURIComponent(PEOPLE.developer)}`;
  const started = await portApi(stage, path, { properties });
  const { id } = z.object({ run: z.object({ id: z.string() }) }).parse(started).run;
  const body = {
    action: identifier,
    resourceType: 'run',
    status: 'TRIGGERED',
    context: { entity: null, blueprint: null, runId: id },
    payload: { entity: null, action: { invocationMethod, trigger: 'CREATE' }, properties },
  };
  expect((await sendPort(stage, 'gitlab', body)).status).toBe(202);
  return id;
}

async function nextPipeline(stage: Stage, index: number): Promise<Pipeline> {
  return until('a pipeline', () => stage.gitlab.pipelines()[index]);
}

/** Runs the jobs of the text with gitlab-ci-local, and tells GitLab how they ended. */
async function drive(
  stage: Stage,
  pipeline: Pipeline,
  yaml: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const noop = '#!/bin/sh\n';
  const finished = await runPipeline({
    example: yaml,
    bridgeUrl: stage.bridgeUrl(),
    payload: pipeline.variables.find(({ key }) => key === 'TRIGGER_PAYLOAD')?.value,
    machine: process,
    jobVariables: {},
    coverage: '',
    programs: { 'apt-get': noop },
    variables: {
      CI_PIPELINE_SOURCE: pipeline.source,
      CI_PIPELINE_ID: String(pipeline.id),
      CI_PIPELINE_URL: `${stage.gitlab.url}/platform/checkout/-/pipelines/${pipeline.id}`,
      ...variables,
    },
  });
  stage.gitlab.finish(pipeline.id, finished.status);
  return finished;
}

async function automationEnds(stage: Stage, action: string): Promise<void> {
  await until(`the runs of ${action} end`, () => {
    const runs = stage.port.runs().filter((each) => each.action.identifier === action);
    return runs.length > 0 && runs.every(({ status }) => status === 'SUCCESS');
  });
}
