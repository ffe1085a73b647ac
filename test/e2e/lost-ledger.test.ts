import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { deploymentsOf, muteServiceNow, pipelinesOf, recordOf, waitingChange } from './scene.ts';
import { decisionsOf, operatorCall, sendEvent } from './wire.ts';

test('after the ledger is lost, an edit of a deployed change does not deploy it again without an operator’s word', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('the deployment', () => deploymentsOf(stage, sysId).length === 1);

  const amnesiac = await stage.startBridge({ REDIS_PREFIX: `lost-${randomUUID().slice(0, 8)}` });
  stage.connect(amnesiac.url);
  muteServiceNow(stage);
  stage.servicenow.updateChange(sysId, { short_description: 'Deploy checkout, reworded' });
  await sendEvent(stage, recordOf(stage, sysId));
  const parked = await until('the decision is parked', async () => {
    return (await decisionsOf(stage, sysId)).find((each) => each.status === 'parked');
  });
  expect(parked.reason).toContain('before this ledger began');
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);

  await operatorCall(stage, `/v1/decisions/${parked.id}/resolve`, {
    action: 'trigger',
    reason: 'deploy once more',
  });
  await until('the second deployment', () => deploymentsOf(stage, sysId).length === 2);
});

test('an old change that is approved under the eyes of a new ledger is deployed', async () => {
  const stage = await stageForTest({ bridge: false });
  const row = stage.servicenow.createChange({ u_external_tags: 'gitlab_project:42', approval: 'approved' });
  const sysId = row['sys_id'] ?? '';
  const bridge = await stage.startBridge();
  stage.connect(bridge.url);
  await sendEvent(stage, recordOf(stage, sysId));
  await until('the deployment', () => deploymentsOf(stage, sysId).length === 1);
});
