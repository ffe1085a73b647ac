import { expect, test } from 'vitest';
import { PEOPLE, SERVICE, type Stage } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import {
  decideInPortal,
  endOf,
  logOf,
  patches,
  pipelinesOf,
  portApi,
  recordOf,
  run,
  silentDeploy,
  startedAs,
  waitingChange,
} from './scene.ts';
import { type Forgery, quiet, sendEvent, sendPort } from './wire.ts';

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
  const { sysId } = await waitingChange(stage);
  const approve = await startedAs(stage, 'approve_and_deploy_service', PEOPLE.developer, sysId, {
    approval_status: 'approved',
  });
  expect(await endOf(stage, approve)).toBe('FAILURE');
  expect(patches(stage, sysId)).toHaveLength(0);
});

test('with APPROVAL_SELF_APPROVAL=allow the requester may approve', async () => {
  const stage = await stageForTest({ env: { APPROVAL_SELF_APPROVAL: 'allow' } });
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
