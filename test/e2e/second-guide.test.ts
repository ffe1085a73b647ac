import { expect, test } from 'vitest';
import { PROJECT, PUBLIC_URL } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { gitlabTrigger } from './first-guide.ts';
import { kill, replace, spawnBridge, stageBeside } from './process.ts';
import { endOf, logOf, run } from './scene.ts';
import {
  TRIGGER,
  BILLING,
  TOKEN,
  ACTION,
  WITH_BILLING,
  METHOD,
  startRun,
  webhookMethod,
  handOver,
  onlyPipeline,
  variablesOf,
  payloadOf,
  triggerCalls,
} from './second-guide.ts';
import { decisionsOf, operatorCall, pipelineCall, quiet, sendPort, sync } from './wire.ts';

test('a run that an agent hands over, as published: its pipeline has the inputs as variables, and the run as port_payload', async () => {
  const stage = await stageForTest(WITH_BILLING);
  const runId = await startRun(stage, { pipelineVariable1: 'blue', replicas: 3, dry: false, left: null });
  await handOver(stage, runId, { ...METHOD, agent: true, omitPayload: false, omitUserInputs: false });
  const pipeline = await onlyPipeline(stage);
  expect(pipeline.ref).toBe('release/1');
  expect(variablesOf(pipeline)).toEqual({ pipelineVariable1: 'blue', replicas: '3', dry: 'false' });
  expect(payloadOf(pipeline)).toMatchObject({
    port_payload: { context: { runId }, payload: { properties: { pipelineVariable1: 'blue' } } },
  });
  expect(JSON.stringify(pipeline.variables)).not.toContain(TOKEN);
  await until('the run is told', () => run(stage, runId).externalRunId === String(pipeline.id));
  expect(run(stage, runId).link).toEqual([
    `${stage.gitlab.url}/platform/shared/billing/-/pipelines/${pipeline.id}`,
  ]);
  stage.gitlab.finish(pipeline.id, 'success');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
});

test('an input named ref goes over the action’s own ref, and main is for want of both', async () => {
  const stage = await stageForTest(WITH_BILLING);
  const { defaultRef: _, ...bare } = METHOD;
  await handOver(stage, await startRun(stage, { ref: 'hotfix' }), METHOD);
  await until('the first', () => stage.gitlab.pipelines().length === 1);
  await handOver(stage, await startRun(stage, {}), bare);
  await until('the second', () => stage.gitlab.pipelines().length === 2);
  expect(stage.gitlab.pipelines().map(({ ref }) => ref)).toEqual(['hotfix', 'main']);
});

test('what the action leaves out is not sent', async () => {
  const stage = await stageForTest(WITH_BILLING);
  const runId = await startRun(stage, { pipelineVariable1: 'blue' });
  await handOver(stage, runId, { ...METHOD, omitPayload: true, omitUserInputs: true });
  const pipeline = await onlyPipeline(stage);
  expect(variablesOf(pipeline)).toEqual({});
  expect(JSON.stringify(pipeline.variables)).not.toMatch(/port_payload|blue/);
});

test('the action in today’s form: a GITLAB method with variables of its own', async () => {
  const stage = await stageForTest(WITH_BILLING);
  const method = { ...METHOD, pipelineVariables: { SERVICE: 'billing', REPLICAS: 3 } };
  const runId = await startRun(stage, { pipelineVariable1: 'blue' }, method);
  await handOver(stage, runId, method);
  expect(variablesOf(await onlyPipeline(stage))).toEqual({ SERVICE: 'billing', REPLICAS: '3' });
});

test('an action that the portal sends to the bridge itself needs no agent', async () => {
  const stage = await stageForTest(WITH_BILLING);
  const runId = await startRun(stage, { pipelineVariable1: 'blue' }, webhookMethod(stage));
  const pipeline = await onlyPipeline(stage);
  expect(variablesOf(pipeline)).toEqual({ pipelineVariable1: 'blue' });
  stage.gitlab.finish(pipeline.id, 'failed');
  expect(await endOf(stage, runId)).toBe('FAILURE');
  expect(logOf(stage, runId)).toContain('ended as "failed"');
});

test('a run that is told twice, and found by a sync as well, has one pipeline', async () => {
  const stage = await stageForTest(WITH_BILLING);
  const runId = await startRun(stage, {}, webhookMethod(stage));
  await handOver(stage, runId, METHOD);
  await onlyPipeline(stage);
  await sync(stage, 'delta');
  expect((await sendPort(stage, 'deploy', { runId })).status).toBe(202);
  await until('nothing is left to do', () => run(stage, runId).externalRunId !== undefined);
  stage.gitlab.finish((await onlyPipeline(stage)).id, 'success');
  await quiet(stage);
  expect(stage.gitlab.pipelines()).toHaveLength(1);
});

test('a webhook that is lost is found by a sync', async () => {
  const stage = await stageForTest(WITH_BILLING);
  stage.port.faults.add({ kind: 'drop-webhook', match: ACTION });
  const runId = await startRun(stage, { pipelineVariable1: 'blue' }, webhookMethod(stage));
  await stage.port.waitIdle();
  await sync(stage, 'delta');
  const pipeline = await onlyPipeline(stage);
  expect(variablesOf(pipeline)).toEqual({ pipelineVariable1: 'blue' });
  stage.gitlab.finish(pipeline.id, 'success');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
});

test('a run whose pipeline’s hook is lost is ended by a look at the pipeline', async () => {
  // The bridge looks at a pipeline once a minute.
  let ahead = 0;
  const stage = await stageForTest({ ...WITH_BILLING, clock: () => Date.now() + ahead });
  const runId = await startRun(stage, {});
  await handOver(stage, runId, METHOD);
  const { id } = await onlyPipeline(stage);
  await until('the run is told', () => run(stage, runId).externalRunId === String(id));
  stage.gitlab.faults.add({ kind: 'drop-hook', times: 1 });
  stage.gitlab.finish(id, 'success');
  ahead = 61_000;
  await sync(stage, 'delta');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
});

test.each(['reset', 'hang'] as const)(
  'a trigger whose answer is lost (%s) is found by its run and adopted: one pipeline',
  async (mode) => {
    const stage = await stageForTest(WITH_BILLING);
    stage.gitlab.faults.add({ kind: 'drop-hook', times: 1 });
    stage.gitlab.faults.add({ kind: 'timeout-after-effect', match: TRIGGER, mode, times: 1 });
    const runId = await startRun(stage, { ref: 'hotfix' });
    await handOver(stage, runId, METHOD);
    const { id } = await onlyPipeline(stage);
    await until('it is adopted', () => run(stage, runId).externalRunId === String(id), 20_000);
    stage.gitlab.finish(id, 'success');
    expect(await endOf(stage, runId)).toBe('SUCCESS');
    await quiet(stage);
    expect(triggerCalls(stage)).toBe(1);
  },
);

test('the hook of a pipeline tells that it was started, before its project’s number is known', async () => {
  const stage = await stageForTest(WITH_BILLING);
  // Nothing but the hook tells of it.
  stage.gitlab.faults.add({ kind: '500', match: 'source=trigger', times: 1_000 });
  stage.gitlab.faults.add({ kind: 'timeout-after-effect', match: TRIGGER, mode: 'hang', times: 1 });
  const runId = await startRun(stage, {});
  await handOver(stage, runId, METHOD);
  const { id } = await onlyPipeline(stage);
  stage.gitlab.finish(id, 'failed');
  expect(await endOf(stage, runId)).toBe('FAILURE');
  expect(triggerCalls(stage)).toBe(1);
});

test('the pipeline of another project is not adopted, whatever it says it was started for', async () => {
  const stage = await stageForTest(WITH_BILLING);
  stage.gitlab.setProject(PROJECT, { runner: 'none' });
  stage.gitlab.faults.add({ kind: 'timeout-before-effect', match: 'billing', mode: 'hang', times: 1 });
  const runId = await startRun(stage, { ref: 'main' });
  await handOver(stage, runId, METHOD);
  await until('the bridge is inside the call', () => triggerCalls(stage) === 1);
  const answer = await fetch(gitlabTrigger(stage), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ decision_id: `deploy-${runId}` }),
  });
  expect(answer.status).toBe(201);
  stage.gitlab.finish(stage.gitlab.pipelines()[0]?.id ?? 0, 'success');
  const own = await until('its own pipeline', () =>
    stage.gitlab.pipelines().find(({ project }) => project.id === BILLING),
  );
  await until('the run is told', () => run(stage, runId).externalRunId === String(own.id));
  expect(run(stage, runId).status).toBe('IN_PROGRESS');
});

test('without a read token an unknown outcome is parked with advice, and not repeated', async () => {
  const stage = await stageForTest({ ...WITH_BILLING, env: { ...WITH_BILLING.env, GITLAB_API_TOKEN: '' } });
  stage.gitlab.faults.add({ kind: 'timeout-before-effect', match: TRIGGER, times: 1 });
  const runId = await startRun(stage, { pipelineVariable1: 'blue' });
  await handOver(stage, runId, METHOD);
  await until('the run is told', () => logOf(stage, runId).includes('without a GITLAB_API_TOKEN'));
  await quiet(stage);
  expect(triggerCalls(stage)).toBe(1);
  const answer = await operatorCall(stage, `/v1/decisions/deploy-${runId}/resolve`, {
    action: 'trigger',
    reason: 'there is no such pipeline',
  });
  expect(answer.status).toBe(200);
  // It still has everything that it was asked with.
  const pipeline = await onlyPipeline(stage);
  expect(payloadOf(pipeline)).toMatchObject({ port_payload: { context: { runId } } });
});

test.concurrent.for([
  ['before GitLab acts', { kind: 'timeout-before-effect', mode: 'hang' }],
  ['after GitLab acted', { kind: 'timeout-after-effect', mode: 'hang' }],
] as const)(
  'kill -9 in the middle of the trigger, %s: another bridge finishes it with one pipeline',
  async ([, fault], context) => {
    const stage = await stageBeside(context, WITH_BILLING);
    const first = await spawnBridge(context, stage);
    stage.gitlab.faults.add({ ...fault, match: TRIGGER, times: 1 });
    const runId = await startRun(stage, { pipelineVariable1: 'blue' });
    await handOver(stage, runId, METHOD);
    await until('the bridge is inside the call', () => triggerCalls(stage) === 1);
    await kill(first.child);
    await replace(stage, first.url);
    const pipeline = await until(
      'its pipeline is known',
      () => {
        const { externalRunId } = run(stage, runId);
        return stage.gitlab.pipelines().find(({ id }) => String(id) === externalRunId);
      },
      40_000,
    );
    expect(variablesOf(pipeline)).toEqual({ pipelineVariable1: 'blue' });
    stage.gitlab.finish(pipeline.id, 'success');
    expect(await endOf(stage, runId, 40_000)).toBe('SUCCESS');
    await quiet(stage, 40_000);
    expect(stage.gitlab.pipelines()).toHaveLength(1);
  },
);

test.each([
  ['no token', {}, { projectName: 'unknown' }, /environment as platform_shared_unknown, or add/],
  [
    'a wrong token',
    { platform_shared_billing: 'glptt-wrong' },
    {},
    /knows no project platform\/shared\/billing/,
  ],
  [
    'a ref that is not there',
    {},
    { defaultRef: 'nowhere' },
    /no ref "nowhere" .*Mend the input ref, or defaultRef/,
  ],
  // The names of the bridge's own settings, and of other programs' secrets, are no tokens.
  ['a setting of the bridge', {}, { groupName: 'PORT_CLIENT', projectName: 'SECRET' }, /No trigger token/],
] as const)('%s ends the run with what to do', async (_, env, method, told) => {
  const stage = await stageForTest({ ...WITH_BILLING, env: { ...WITH_BILLING.env, ...env } });
  const runId = await startRun(stage, {});
  await handOver(stage, runId, { ...METHOD, ...method });
  expect(await endOf(stage, runId)).toBe('FAILURE');
  expect(logOf(stage, runId)).toMatch(told);
  expect(stage.gitlab.pipelines()).toHaveLength(0);
  expect(JSON.stringify(stage.gitlab.requests.list(TRIGGER))).not.toContain(stage.env['PORT_CLIENT_SECRET']);
});

test('a project that takes no variables is told with the ways around it', async () => {
  const [billing] = WITH_BILLING.projects ?? [];
  if (billing === undefined) throw new Error('There is no project.');
  const stage = await stageForTest({ ...WITH_BILLING, projects: [{ ...billing, variablesAllowed: false }] });
  const runId = await startRun(stage, { pipelineVariable1: 'blue' });
  await handOver(stage, runId, METHOD);
  expect(await endOf(stage, runId)).toBe('FAILURE');
  expect(logOf(stage, runId)).toMatch(/takes no pipeline variables.*omitUserInputs/);
  const again = await startRun(stage, { pipelineVariable1: 'blue' });
  await handOver(stage, again, { ...METHOD, omitUserInputs: true });
  await onlyPipeline(stage);
});

test('a token of GITLAB_TRIGGER_TOKENS under the project’s path counts too', async () => {
  const env = { PORT_DEPLOY_ACTIONS: ACTION, GITLAB_TRIGGER_TOKENS: `platform/shared/billing:${TOKEN}` };
  const stage = await stageForTest({ ...WITH_BILLING, env });
  await handOver(stage, await startRun(stage, {}), METHOD);
  await onlyPipeline(stage);
});

test('a body without a project is answered 400, and ends its run with what is wrong', async () => {
  const stage = await stageForTest(WITH_BILLING);
  const runId = await startRun(stage, {});
  const answer = await sendPort(stage, 'gitlab', {
    context: { runId },
    payload: { action: { invocationMethod: { type: 'GITLAB', groupName: 'platform' } } },
  });
  expect(answer.status).toBe(400);
  expect(await endOf(stage, runId)).toBe('FAILURE');
  expect(logOf(stage, runId)).toContain('projectName: must name the project');
});

test('a run of an action that may not start pipelines is told so', async () => {
  const stage = await stageForTest({ ...WITH_BILLING, env: { platform_shared_billing: TOKEN } });
  const runId = await startRun(stage, {});
  await handOver(stage, runId, METHOD);
  expect(await endOf(stage, runId)).toBe('FAILURE');
  expect(logOf(stage, runId)).toContain('none of PORT_DEPLOY_ACTIONS: add it there');
  expect(stage.gitlab.pipelines()).toHaveLength(0);
});

test('a pipeline of such a run may ask for a gate: the approval starts one more in its project', async () => {
  const env = { ...WITH_BILLING.env, PIPELINE_RULES: JSON.stringify([{ project: 'platform/**' }]) };
  const stage = await stageForTest({ ...WITH_BILLING, env });
  const runId = await startRun(stage, { pipelineVariable1: 'blue' });
  await handOver(stage, runId, METHOD);
  const first = await onlyPipeline(stage);
  await until('the run is told', () => run(stage, runId).externalRunId === String(first.id));
  const overrides = { ref: 'release/1', ref_protected: 'true' };
  const token = stage.gitlab.idToken(first.id, PUBLIC_URL, overrides);
  const gate = await pipelineCall(stage, '/v1/gates', { reason: 'coverage is low' }, token);
  expect(gate.status).toBe(202);
  stage.gitlab.finish(first.id, 'success');
  const change = await until('the change', () =>
    stage.servicenow.rows('change_request').find((each) => each['approval'] === 'requested'),
  );
  const sysId = change['sys_id'] ?? '';
  await until('it is shown', async () => logOf(stage, runId).includes(change['number'] ?? '?'));
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const second = await until('one more', () => stage.gitlab.pipelines()[1]);
  expect([second.project.id, second.ref]).toEqual([BILLING, 'release/1']);
  expect(variablesOf(second)).toEqual({ pipelineVariable1: 'blue' });
  expect(second.payload).toMatchObject({ approval_status: 'approved', deploy_run_id: runId });
  await until('its record has it', async () => (await decisionsOf(stage, sysId))[0]?.status === 'triggered');
  stage.gitlab.finish(second.id, 'success');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
});
