import { expect, test } from 'vitest';
import { until } from '../support/until.ts';
import {
  approveAction,
  bridgeRoute,
  decided,
  decidedAutomation,
  define,
  gitlabTrigger,
  outsideStage,
  patchAutomation,
  version,
} from './first-guide.ts';
import { decideInPortal, endOf, logOf, pipelinesOf, waitingChange } from './scene.ts';
import { decisionsOf, operatorCall, quiet } from './wire.ts';

test.each(['approved', 'rejected'] as const)(
  'where the portal itself still calls GitLab on each decision, the bridge adds no pipeline: %s',
  async (decision) => {
    const stage = await outsideStage();
    await define(stage, decidedAutomation(gitlabTrigger(stage)));
    const { runId, sysId } = await waitingChange(stage);
    stage.servicenow.decide(sysId, 'ann', decision);
    const pipeline = await decided(stage, sysId);
    expect(pipeline.payload.decision_id).toBeUndefined();
    await until('the record has it', async () => {
      const [record] = await decisionsOf(stage, sysId);
      return record?.status === 'triggered' && record.pipeline_id === String(pipeline.id);
    });
    await until('the developer is told', () =>
      logOf(stage, runId).includes(`Pipeline ${pipeline.id} started`),
    );
    stage.gitlab.finish(pipeline.id, 'success');
    expect(await endOf(stage, runId)).toBe(decision === 'approved' ? 'SUCCESS' : 'FAILURE');
    await quiet(stage);
    expect(pipelinesOf(stage, sysId)).toHaveLength(1);
    const health = await (await operatorCall(stage, '/health')).text();
    expect(health).toContain('beside the bridge: approveSnowPipeline');
  },
);

test('where the approve action itself still calls GitLab, a decision of the portal has one pipeline', async () => {
  const stage = await outsideStage();
  await define(stage, approveAction(gitlabTrigger(stage)), patchAutomation(bridgeRoute(stage, 'approve')));
  const { runId, sysId } = await waitingChange(stage);
  const approveId = decideInPortal(stage, sysId, 'approved');
  const pipeline = await decided(stage, sysId);
  expect(pipeline.payload.port_context).toEqual({ runId: approveId });
  await until('the record has it', async () => (await decisionsOf(stage, sysId))[0]?.status === 'triggered');
  stage.gitlab.finish(pipeline.id, 'success');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  expect(await endOf(stage, approveId)).toBe('SUCCESS');
  await quiet(stage);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});

test('where only the approve action calls GitLab, a decision of ServiceNow gets the bridge’s pipeline', async () => {
  const stage = await outsideStage();
  await define(stage, approveAction(gitlabTrigger(stage)));
  const { sysId } = await waitingChange(stage);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  expect((await decided(stage, sysId)).payload.decision_id).toBe(
    `${sysId}-approved-${await version(stage, sysId)}`,
  );
});

test('a call of the portal that is lost is waited for, then the bridge starts the pipeline', async () => {
  const stage = await outsideStage();
  await define(stage, decidedAutomation(gitlabTrigger(stage)));
  const { sysId } = await waitingChange(stage);
  stage.port.faults.add({ kind: 'drop-webhook', match: 'approveSnowPipeline' });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  expect((await decided(stage, sysId)).payload.decision_id).toBeDefined();
});

test('while the portal that calls GitLab itself does not show the decision, nothing is started', async () => {
  const stage = await outsideStage();
  await define(stage, decidedAutomation(gitlabTrigger(stage)));
  const { sysId } = await waitingChange(stage);
  stage.port.faults.add({ kind: '500', match: '/entities', times: 8 });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const pipeline = await decided(stage, sysId, 40_000);
  expect(pipeline.payload.decision_id).toBeUndefined();
  stage.gitlab.finish(pipeline.id, 'success');
  await quiet(stage, 40_000);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});

test('where nobody may look for the portal’s own pipeline, the decision is parked with advice', async () => {
  const stage = await outsideStage({ GITLAB_API_TOKEN: '' });
  await define(stage, decidedAutomation(gitlabTrigger(stage)));
  const { sysId } = await waitingChange(stage);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const parked = await until('it is parked', async () => {
    const [record] = await decisionsOf(stage, sysId);
    return record?.status === 'parked' ? record : undefined;
  });
  expect(parked.reason).toMatch(
    /approveSnowPipeline calls GitLab itself.*point approveSnowPipeline at the bridge/,
  );
  stage.gitlab.finish((await decided(stage, sysId)).id, 'success');
  await quiet(stage);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});
