import { expect, test } from 'vitest';
import { PEOPLE, PROJECT, SERVICE, type Stage } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import {
  allowToDecide,
  decideInPortal,
  endOf,
  logOf,
  offered,
  patches,
  pipelinesOf,
  portApi,
  recordOf,
  run,
  silentDeploy,
  startedAs,
  waitingChange,
} from './scene.ts';
import { until } from '../support/until.ts';
import { decisionsOf, type Forgery, quiet, sendEvent, sendHook, sendPort } from './wire.ts';

const WRONG_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

const FORGERIES: readonly (readonly [string, Forgery])[] = [
  ['a wrong key', { secret: WRONG_SECRET }],
  ['a timestamp 301 s old', { ageSeconds: 301 }],
  ['a timestamp 302 s ahead', { ageSeconds: -302 }],
];

test.each(FORGERIES)('webhooks signed with %s are refused and change nothing', async (_, forgery) => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  const approveRun = unsentDecision(stage, sysId, 'approved');
  const answers = [
    await sendPort(stage, 'approve', { runId: approveRun }, forgery),
    await sendPort(stage, 'deploy', { runId: silentDeploy(stage) }, forgery),
    await sendPort(stage, 'entity', { system_id: sysId }, forgery),
    await sendEvent(stage, { ...recordOf(stage, sysId), approval: 'approved', sys_mod_count: '9' }, forgery),
  ];
  const bodies = await Promise.all(answers.map((answer) => answer.text()));
  expect(answers.map((answer) => answer.status)).toEqual([401, 401, 401, 401]);
  expect(new Set(bodies).size).toBe(1);
  await quiet(stage);
  expect(stage.servicenow.change(sysId)?.['approval']).toBe('requested');
  expect(stage.gitlab.pipelines()).toHaveLength(0);
});

test('a signed approve webhook whose run does not exist, or is of another action, decides nothing', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  const otherAction = silentDeploy(stage, PEOPLE.engineer);
  for (const runId of ['r_never_started', otherAction]) {
    const answer = await sendPort(stage, 'approve', {
      runId,
      changeId: sysId,
      approval_status: 'approved',
      actor: PEOPLE.engineer,
    });
    expect(answer.status).toBe(202);
  }
  await quiet(stage);
  expect(patches(stage, sysId)).toHaveLength(0);
  expect(stage.port.logs(otherAction)).toHaveLength(0);
  expect(run(stage, otherAction).status).toBe('IN_PROGRESS');
});

test('a signed approve webhook whose run has ended decides nothing', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  const ended = unsentDecision(stage, sysId, 'approved');
  await portApi(stage, `/actions/runs/${ended}/logs`, { message: 'Stopped', terminationStatus: 'FAILURE' });
  await sendPort(stage, 'approve', { runId: ended, changeId: sysId, approval_status: 'approved' });
  await quiet(stage);
  expect(patches(stage, sysId)).toHaveLength(0);
  expect(stage.port.logs(ended)).toHaveLength(1);
});

test('where the webhook’s body and its run disagree, the run counts', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  const other = stage.servicenow.createChange({ short_description: 'Another change' });
  const approveRun = unsentDecision(stage, sysId, 'declined');
  await sendPort(stage, 'approve', {
    runId: approveRun,
    changeId: other['sys_id'],
    approval_status: 'approved',
    actor: 'somebody@example.com',
  });
  expect(await endOf(stage, approveRun)).toBe('SUCCESS');
  expect(stage.servicenow.change(sysId)?.['approval']).toBe('rejected');
  expect(stage.servicenow.change(other['sys_id'] ?? '')?.['approval']).toBe('requested');
  expect(logOf(stage, approveRun)).toContain('on behalf of petra@example.com');
});

test('an approve webhook replayed after the change was sent back for approval decides nothing', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  const approveRun = decideInPortal(stage, sysId, 'approved');
  expect(await endOf(stage, approveRun)).toBe('SUCCESS');
  await quiet(stage);
  stage.servicenow.updateChange(sysId, { approval: 'requested' });
  await quiet(stage);
  const body = { runId: approveRun, changeId: sysId, approval_status: 'approved' };
  const replayed = await sendPort(stage, 'approve', body);
  expect(await replayed.json()).toEqual({ status: 'duplicate' });
  await quiet(stage);
  expect(stage.servicenow.change(sysId)?.['approval']).toBe('requested');
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});

test('who asked for the deployment may not approve it, and may decline it', async () => {
  const stage = await stageForTest();
  allowToDecide(stage, PEOPLE.developer);
  const { runId, sysId } = await waitingChange(stage);
  const approval = decideInPortal(stage, sysId, 'approved', { by: PEOPLE.developer });
  expect(await endOf(stage, approval)).toBe('FAILURE');
  expect(logOf(stage, approval)).toContain('Whoever asked for a deployment may not approve it');
  await quiet(stage);
  expect(patches(stage, sysId)).toHaveLength(0);
  expect(stage.servicenow.change(sysId)?.['approval']).toBe('requested');
  const withdrawal = decideInPortal(stage, sysId, 'declined', { by: PEOPLE.developer });
  expect(await endOf(stage, withdrawal)).toBe('SUCCESS');
  expect(await endOf(stage, runId)).toBe('FAILURE');
  expect(pipelinesOf(stage, sysId).map((each) => each.payload.approval_status)).toEqual(['declined']);
});

test('a machine that asks for a deployment as one person may not approve it as another', async () => {
  const stage = await stageForTest();
  stage.port.faults.add({ kind: 'drop-webhook', match: 'deploy_service_to_cluster' });
  const deploy = await startedAs(stage, 'deploy_service_to_cluster', PEOPLE.developer, SERVICE, {
    environment: 'Production',
  });
  const sysId = await tagged(stage, deploy);
  const approve = await startedAs(stage, 'approve_and_deploy_service', PEOPLE.engineer, sysId, {
    approval_status: 'approved',
  });
  expect(run(stage, approve).impersonatedBy).toBe(run(stage, deploy).impersonatedBy);
  expect(await endOf(stage, approve)).toBe('FAILURE');
  expect(logOf(stage, approve)).toContain('may not approve it');
  expect(patches(stage, sysId)).toHaveLength(0);
});

test('a machine that acts as the person who asked for the deployment may not approve it', async () => {
  const stage = await stageForTest();
  allowToDecide(stage, PEOPLE.developer);
  const { sysId } = await waitingChange(stage);
  const approve = await startedAs(stage, 'approve_and_deploy_service', PEOPLE.developer, sysId, {
    approval_status: 'approved',
  });
  expect(await endOf(stage, approve)).toBe('FAILURE');
  expect(patches(stage, sysId)).toHaveLength(0);
});

test('with APPROVAL_SELF_APPROVAL=allow the requester may approve', async () => {
  const stage = await stageForTest({ env: { APPROVAL_SELF_APPROVAL: 'allow' } });
  allowToDecide(stage, PEOPLE.developer);
  const { runId, sysId } = await waitingChange(stage);
  const own = decideInPortal(stage, sysId, 'approved', { by: PEOPLE.developer });
  expect(await endOf(stage, own)).toBe('SUCCESS');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
});

test('where the portal no longer knows the deployment’s run, nobody approves it in the portal', async () => {
  const stage = await stageForTest();
  const sysId = await tagged(stage, 'r_long_gone');
  const approve = decideInPortal(stage, sysId, 'approved');
  expect(await endOf(stage, approve)).toBe('FAILURE');
  expect(logOf(stage, approve)).toContain('Decide CHG');
  expect(patches(stage, sysId)).toHaveLength(0);
});

/** A run of the approve action whose webhook never left the portal. */
function unsentDecision(stage: Stage, sysId: string, status: 'approved' | 'declined'): string {
  stage.port.faults.add({ kind: 'drop-webhook', match: 'approve_and_deploy_service' });
  return decideInPortal(stage, sysId, status);
}

/** A change for a deploy run, shown in the portal. */
async function tagged(stage: Stage, runId: string): Promise<string> {
  const row = stage.servicenow.createChange({ short_description: 'Deploy', u_external_tags: runId });
  const sysId = row['sys_id'] ?? '';
  await quiet(stage);
  return sysId;
}

test('a run of the approve action that is replayed to the deploy webhook starts no pipeline, and is not written to', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  const approve = unsentDecision(stage, sysId, 'approved');
  const answer = await sendPort(stage, 'deploy', { runId: approve, inputs: { environment: 'Production' } });
  expect(answer.status).toBe(202);
  await quiet(stage);
  expect(stage.gitlab.pipelines()).toHaveLength(0);
  expect(stage.port.logs(approve)).toHaveLength(0);
  expect(run(stage, approve).status).toBe('IN_PROGRESS');
});

test('a deployment gets what its run says, whatever the webhook’s body says', async () => {
  const stage = await stageForTest();
  const runId = silentDeploy(stage);
  await sendPort(stage, 'deploy', {
    runId,
    entity: 'evil',
    inputs: { environment: 'Staging', coverage: 100 },
  });
  const pipeline = await until('its pipeline', () => stage.gitlab.pipelines()[0]);
  expect(pipeline.payload).toMatchObject({
    environment: 'Production',
    entity: SERVICE,
    deploy_run_id: runId,
  });
  expect(pipeline.payload.coverage).toBeUndefined();
});

test('a run that a change stands for cannot be ended through another change that names it in its tags', async () => {
  const stage = await stageForTest();
  const { runId } = await waitingChange(stage);
  await quiet(stage);
  const other = await tagged(stage, `deploy_run:${runId},gitlab_project:42`);
  stage.servicenow.updateChange(other, { state: '4' });
  await quiet(stage);
  expect(run(stage, runId).status).toBe('IN_PROGRESS');
  expect(stage.port.logs(runId)).toHaveLength(0);
});

test('a run of another action cannot be written to through a change that names it in its tags', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  const victim = unsentDecision(stage, sysId, 'approved');
  const other = await tagged(stage, victim);
  stage.servicenow.updateChange(other, { state: '4' });
  await quiet(stage);
  expect(run(stage, victim).status).toBe('IN_PROGRESS');
  expect(stage.port.logs(victim)).toHaveLength(0);
});

test('a deployment of which nobody knows who asked for it is not approved in the portal', async () => {
  const stage = await stageForTest();
  const sysId = await tagged(stage, 'gitlab_project:42');
  const approve = decideInPortal(stage, sysId, 'approved');
  expect(await endOf(stage, approve)).toBe('FAILURE');
  expect(logOf(stage, approve)).toContain('does not say who asked');
  expect(patches(stage, sysId)).toHaveLength(0);
});

test('naming a colleague’s finished run does not make one’s own deployment somebody else’s', async () => {
  const stage = await stageForTest();
  allowToDecide(stage, PEOPLE.developer);
  const finished = silentDeploy(stage, PEOPLE.engineer);
  await portApi(stage, `/actions/runs/${finished}/logs`, { message: 'Done', terminationStatus: 'SUCCESS' });
  const sysId = await tagged(stage, finished);
  const approve = decideInPortal(stage, sysId, 'approved', { by: PEOPLE.developer });
  expect(await endOf(stage, approve)).toBe('FAILURE');
  expect(patches(stage, sysId)).toHaveLength(0);
});

test('a closed change, and one outside SERVICENOW_CHANGE_QUERY, is not decided through the portal', async () => {
  const stage = await stageForTest({ env: { SERVICENOW_CHANGE_QUERY: 'category=Software' } });
  const inside = stage.servicenow.createChange({ short_description: 'Ours', category: 'Software' });
  const outside = stage.servicenow.createChange({ short_description: 'Not ours', category: 'Network' });
  stage.servicenow.updateChange(inside['sys_id'] ?? '', { state: '4' });
  await quiet(stage);
  for (const [change, why] of [
    [inside, 'closed or cancelled'],
    [outside, 'SERVICENOW_CHANGE_QUERY'],
  ] as const) {
    const sysId = change['sys_id'] ?? '';
    offered(stage, sysId);
    const approve = decideInPortal(stage, sysId, 'approved');
    expect(await endOf(stage, approve)).toBe('FAILURE');
    expect(logOf(stage, approve)).toContain(why);
    expect(patches(stage, sysId)).toHaveLength(0);
  }
});

function hookOf(pipeline: object, project = PROJECT): object {
  return { object_kind: 'pipeline', object_attributes: pipeline, project: { id: project } };
}

test.each([
  ['was started by hand', { source: 'web', ref: 'main' }],
  ['was pushed', { source: 'push', ref: 'main' }],
  ['was triggered on another ref', { source: 'trigger', ref: 'feature' }],
  ['does not say how it was started', { ref: 'main' }],
])(
  'a pipeline that carries a decision and %s is not taken for the one that the bridge started',
  async (_, facts) => {
    const stage = await stageForTest({
      env: { GITLAB_API_TOKEN: '' },
      timings: { callMs: 1_500, settleMs: 1_500, lockMs: 2_000, sweepMs: 1_000 },
    });
    const { sysId } = await waitingChange(stage);
    stage.gitlab.faults.add({
      kind: 'timeout-before-effect',
      match: '/trigger/pipeline',
      mode: 'reset',
      times: 1,
    });
    stage.servicenow.decide(sysId, 'ann', 'approved');
    const decision = await until('a call of unknown outcome', async () =>
      (await decisionsOf(stage, sysId)).find((each) => each.status === 'triggering'),
    );
    const variables = [{ key: 'TRIGGER_PAYLOAD', value: JSON.stringify({ decision_id: decision.id }) }];
    await sendHook(stage, hookOf({ id: 666, status: 'success', variables, ...facts }), 'forged');
    await quiet(stage);
    expect((await decisionsOf(stage, sysId))[0]).toMatchObject({ status: 'parked' });
    expect((await decisionsOf(stage, sysId))[0]?.pipeline_id).toBeUndefined();
  },
);

test('a link that does not lead to GitLab is not shown to anybody', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  stage.gitlab.faults.add({ kind: 'runner-stuck', times: 1 });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const pipeline = await until('its pipeline', () => pipelinesOf(stage, sysId)[0]);
  await until('it is known', async () => (await decisionsOf(stage, sysId))[0]?.status === 'triggered');
  for (const url of ['javascript:alert(1)', 'https://gitlab.evil.com/p/1']) {
    await sendHook(
      stage,
      hookOf({ id: pipeline.id, status: 'running', source: 'trigger', ref: 'main', url }),
      url,
    );
  }
  const end = {
    id: pipeline.id,
    status: 'failed',
    source: 'trigger',
    ref: 'main',
    url: 'javascript:alert(2)',
  };
  await sendHook(stage, hookOf(end), 'the end');
  expect(await endOf(stage, runId)).toBe('FAILURE');
  expect(`${logOf(stage, runId)} ${JSON.stringify(run(stage, runId))}`).not.toMatch(/javascript|evil/);
});
