import { expect, test } from 'vitest';
import { until } from '../support/until.ts';
import {
  approveAction,
  bridgeRoute,
  changeBlueprint,
  changeByPipeline,
  check,
  checkAction,
  decided,
  decidedAutomation,
  define,
  deployAction,
  outsideStage,
  patchAutomation,
  pipelineFor,
  runsOf,
  toldEnds,
} from './first-guide.ts';
import {
  decideInPortal,
  endOf,
  logOf,
  patches,
  pipelinesOf,
  run,
  shows,
  silentDeploy,
  startDeploy,
  waitingChange,
} from './scene.ts';
import { quiet, sendPort, setting, sync } from './wire.ts';

test('the deploy action as published starts one pipeline, whose own change lets the developer wait', async () => {
  const stage = await outsideStage();
  await define(stage, changeBlueprint(), deployAction(bridgeRoute(stage, 'deploy')));
  const runId = startDeploy(stage);
  const first = await pipelineFor(stage, runId);
  expect(first.payload).toMatchObject({
    approval_status: 'pending',
    environment: 'Production',
    entity: 'checkout',
  });
  // It may end whatever run it finds there.
  expect(first.payload.port_context).toBeUndefined();
  const sysId = await changeByPipeline(stage, runId);
  stage.gitlab.finish(first.id, 'success');
  await quiet(stage);
  expect(run(stage, runId)).toMatchObject({ status: 'IN_PROGRESS', externalRunId: String(first.id) });
  await shows(stage, sysId, 'requested');
  stage.servicenow.decide(sysId, 'ann', 'approved');
  stage.gitlab.finish((await decided(stage, sysId)).id, 'success');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  await shows(stage, sysId, 'approved');
});

test('a change that the pipeline opened keeps the developer waiting, also where its event is lost', async () => {
  const stage = await outsideStage();
  await define(stage, deployAction(bridgeRoute(stage, 'deploy')));
  const runId = startDeploy(stage);
  const first = await pipelineFor(stage, runId);
  stage.servicenow.setProperty('x_chb_changebridge.enabled', 'false');
  stage.servicenow.createChange({ short_description: 'Deploy', u_external_tags: runId });
  stage.gitlab.finish(first.id, 'success');
  await quiet(stage);
  expect(run(stage, runId).status).toBe('IN_PROGRESS');
});

test('the check before a deployment as published: one pipeline, told to both runs, and each gets its end', async () => {
  const stage = await outsideStage({ PORT_DEPLOY_ACTIONS: 'deploy_service_to_cluster,pre_deployment_check' });
  await define(stage, checkAction(bridgeRoute(stage, 'deploy')));
  const runId = silentDeploy(stage);
  const checkId = await check(stage, runId);
  const first = await pipelineFor(stage, runId);
  expect(first.payload).toMatchObject({ environment: 'Production', port_context: { runId: checkId } });
  await until('both runs are told', () =>
    [runId, checkId].every((id) => logOf(stage, id).includes(`Pipeline ${first.id} started`)),
  );
  await changeByPipeline(stage, runId);
  stage.gitlab.finish(first.id, 'success');
  expect(await endOf(stage, checkId)).toBe('SUCCESS');
  await quiet(stage);
  expect(run(stage, runId).status).toBe('IN_PROGRESS');
  // A second check of the same deployment starts nothing, and does not hang.
  expect(await endOf(stage, await check(stage, runId))).toBe('SUCCESS');
  expect(stage.gitlab.pipelines()).toHaveLength(1);
});

test('a check whose pipeline fails ends as failed, and so does the deployment', async () => {
  const stage = await outsideStage({ PORT_DEPLOY_ACTIONS: 'deploy_service_to_cluster,pre_deployment_check' });
  await define(stage, checkAction(bridgeRoute(stage, 'deploy')));
  const runId = silentDeploy(stage);
  const checkId = await check(stage, runId);
  stage.gitlab.finish((await pipelineFor(stage, runId)).id, 'failed');
  expect([await endOf(stage, checkId), await endOf(stage, runId)]).toEqual(['FAILURE', 'FAILURE']);
  expect(logOf(stage, checkId)).toContain('ended as "failed"');
});

test('a check that may not start pipelines is told which setting lets it', async () => {
  const stage = await outsideStage();
  await define(stage, checkAction(bridgeRoute(stage, 'deploy')));
  const checkId = await check(stage, undefined);
  expect(await endOf(stage, checkId)).toBe('FAILURE');
  expect(logOf(stage, checkId)).toContain('PORT_DEPLOY_ACTIONS: add it there');
  expect(stage.gitlab.pipelines()).toHaveLength(0);
});

test.each(['approved', 'declined'] as const)(
  'the approve action as published: %s reaches ServiceNow once and the pipeline once',
  async (word) => {
    const stage = await outsideStage();
    await define(stage, changeBlueprint(), approveAction(bridgeRoute(stage, 'approve')));
    const { runId, sysId } = await waitingChange(stage);
    const approveId = decideInPortal(stage, sysId, word, { reason: 'looked at' });
    const pipeline = await decided(stage, sysId);
    expect(pipeline.payload).toMatchObject({
      approval_status: word,
      deploy_run_id: runId,
      port_context: { runId: approveId },
    });
    stage.gitlab.finish(pipeline.id, 'success');
    expect(await endOf(stage, approveId)).toBe('SUCCESS');
    expect(await endOf(stage, runId)).toBe(word === 'approved' ? 'SUCCESS' : 'FAILURE');
    await shows(stage, sysId, word === 'approved' ? 'approved' : 'rejected');
    expect(patches(stage, sysId)).toHaveLength(1);
    expect(pipelinesOf(stage, sysId)).toHaveLength(1);
  },
);

test.each([
  ['PATCH with nothing but the approval', false, 'approve'],
  ['PATCH to the change’s own address', false, 'approve/{{ .event.diff.after.entity.identifier }}'],
  ['POST of its whole context', true, 'approve'],
] as const)(
  'the automation on approve runs, pointed at the bridge: a %s carries the decision once',
  async (_, whole, route) => {
    const stage = await outsideStage();
    await define(stage, patchAutomation(bridgeRoute(stage, route), whole));
    const { runId, sysId } = await waitingChange(stage);
    // Only the automation tells of the run.
    stage.port.faults.add({ kind: 'drop-webhook', match: 'approve_and_deploy_service' });
    const approveId = decideInPortal(stage, sysId, 'declined');
    stage.gitlab.finish((await decided(stage, sysId)).id, 'failed');
    expect(await endOf(stage, approveId)).toBe('SUCCESS');
    expect(await endOf(stage, runId)).toBe('FAILURE');
    expect(stage.servicenow.change(sysId)?.['approval']).toBe('rejected');
    expect(patches(stage, sysId)).toHaveLength(1);
    await toldEnds(stage, 'updateChangeRequestInSnow', 1);
    expect(pipelinesOf(stage, sysId)).toHaveLength(1);
  },
);

test('an automation’s PATCH that waits for no answer is ended too', async () => {
  const stage = await outsideStage();
  const { invocationMethod, ...rest } = {
    invocationMethod: {},
    ...patchAutomation(bridgeRoute(stage, 'approve')),
  };
  await define(stage, { ...rest, invocationMethod: { ...invocationMethod, synchronized: false } });
  const { sysId } = await waitingChange(stage);
  decideInPortal(stage, sysId, 'approved');
  await decided(stage, sysId);
  await toldEnds(stage, 'updateChangeRequestInSnow', 1);
});

test('a run of the approve action that only the change log tells of is carried out', async () => {
  const stage = await outsideStage();
  const { sysId } = await waitingChange(stage);
  stage.port.faults.add({ kind: 'drop-webhook', match: 'approve_and_deploy_service' });
  const id = decideInPortal(stage, sysId, 'approved');
  const event = { action: 'CREATE', resourceType: 'run', diff: { before: null, after: { id } } };
  expect((await sendPort(stage, 'approve', event)).status).toBe(202);
  expect(await endOf(stage, id)).toBe('SUCCESS');
});

test.each(['approved', 'declined'] as const)(
  'an automation that still patches ServiceNow itself costs no second decision: %s in the portal, one pipeline',
  async (word) => {
    const secrets: Record<string, string> = {};
    const stage = await outsideStage({}, { port: { secrets } });
    secrets['SERVICENOW_API_TOKEN'] = setting(stage, 'SERVICENOW_API_TOKEN');
    const table = `${stage.servicenow.url}/api/now/table/change_request`;
    await define(
      stage,
      changeBlueprint(),
      patchAutomation(`${table}/{{ .event.diff.after.entity.identifier }}`),
      approveAction(bridgeRoute(stage, 'approve')),
    );
    const { runId, sysId } = await waitingChange(stage);
    const approveId = decideInPortal(stage, sysId, word);
    const pipeline = await decided(stage, sysId);
    expect(pipeline.payload.approval_status).toBe(word);
    stage.gitlab.finish(pipeline.id, 'success');
    expect(await endOf(stage, runId)).toBe(word === 'approved' ? 'SUCCESS' : 'FAILURE');
    expect(await endOf(stage, approveId)).toBe('SUCCESS');
    const kept = word === 'approved' ? 'approved' : 'rejected';
    // ServiceNow knows no "declined", and keeps nothing of it.
    expect(stage.servicenow.change(sysId)?.['approval']).toBe(kept);
    await shows(stage, sysId, kept);
    await quiet(stage);
    expect(pipelinesOf(stage, sysId)).toHaveLength(1);
  },
);

test('the automation on decided changes, pointed at the bridge: each of its runs ends with the one pipeline', async () => {
  const stage = await outsideStage();
  await define(stage, decidedAutomation(bridgeRoute(stage, 'entity')));
  const { runId, sysId } = await waitingChange(stage);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const pipeline = await decided(stage, sysId);
  const [told] = await toldEnds(stage, 'approveSnowPipeline', 1);
  expect(told).toContain(`has its one pipeline, ${pipeline.id}`);
  stage.servicenow.updateChange(sysId, { short_description: 'Deploy checkout, at last' });
  await toldEnds(stage, 'approveSnowPipeline', 2);
  stage.gitlab.finish(pipeline.id, 'success');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  await quiet(stage);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});

test('an automation’s run that was never told is found and ended by a sync', async () => {
  const stage = await outsideStage();
  await define(stage, decidedAutomation(bridgeRoute(stage, 'entity')));
  const { sysId } = await waitingChange(stage);
  stage.port.faults.add({ kind: 'drop-webhook', match: 'approveSnowPipeline' });
  stage.servicenow.decide(sysId, 'ann', 'rejected');
  await decided(stage, sysId);
  await shows(stage, sysId, 'rejected');
  await stage.port.waitIdle();
  await sync(stage, 'delta');
  await toldEnds(stage, 'approveSnowPipeline', 1);
});

test('a body that names no change is answered 400, and ends its run with what is wrong', async () => {
  const stage = await outsideStage();
  const body = { port_context: { runId: '{{ .run.id }}' }, system_id: '{{ .event.diff.after.title }}' };
  await define(stage, decidedAutomation(bridgeRoute(stage, 'entity'), body));
  const { sysId } = await waitingChange(stage);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await decided(stage, sysId);
  const told = await until('the run has ended', () => {
    const [id] = runsOf(stage, 'approveSnowPipeline');
    return id !== undefined && run(stage, id).status === 'FAILURE' ? logOf(stage, id) : undefined;
  });
  expect(told).toContain('system_id: must be the sys_id of a change');
  const answers = stage.port.invocations.filter(({ url }) => url.endsWith('/entity'));
  expect(answers.map(({ outcome }) => outcome)).toContainEqual({ status: 400 });
});

test('a run of another action that is sent to the approve route is told so instead of hanging', async () => {
  const stage = await outsideStage({ PORT_APPROVE_ACTION: 'another_action' });
  const { sysId } = await waitingChange(stage);
  const id = decideInPortal(stage, sysId, 'approved');
  expect(await endOf(stage, id)).toBe('FAILURE');
  expect(logOf(stage, id)).toContain('PORT_APPROVE_ACTION names another one');
  expect(patches(stage, sysId)).toHaveLength(0);
});

test('no caller can have a run ended that the portal sent elsewhere', async () => {
  const stage = await outsideStage();
  await define(stage, checkAction(`${stage.servicenow.url}/nowhere`));
  const id = await check(stage, undefined);
  expect((await sendPort(stage, 'entity', { port_context: { runId: id } })).status).toBe(400);
  expect((await sendPort(stage, 'approve', { runId: id })).status).toBe(202);
  expect((await sendPort(stage, 'deploy', { runId: id })).status).toBe(202);
  await quiet(stage);
  expect(run(stage, id)).toMatchObject({ status: 'IN_PROGRESS' });
  expect(stage.port.logs(id)).toEqual([]);
});
