import { expect, test } from 'vitest';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { PEOPLE, SERVICE, type Stage } from '../../stage/stage.ts';
import { decideInPortal, endOf, logOf, pipelinesOf, portApi, waitingChange } from './scene.ts';

test('a decision that somebody made in ServiceNow is not credited to a portal user whose write never happened', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  stage.servicenow.faults.add({ kind: '429', match: 'PATCH ', times: 1, retryAfterSeconds: 1 });
  const approve = decideInPortal(stage, sysId, 'approved', { reason: 'mine' });
  await until('the first try', () => stage.servicenow.requests.list('PATCH ').length === 1);
  stage.servicenow.decide(sysId, 'bob', 'approved');
  expect(await endOf(stage, approve)).toBe('SUCCESS');
  expect(logOf(stage, approve)).toContain('had already been approved by bob');
  const pipeline = await until('the pipeline', () => pipelinesOf(stage, sysId)[0]);
  expect(pipeline.payload).toMatchObject({ decided_by: 'bob', reason: undefined });
  expect(pipeline.payload.port_context).toBeUndefined();
});

test('a decision whose unanswered write never happened is credited to whoever made it', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  stage.servicenow.faults.add({ kind: 'timeout-before-effect', match: 'PATCH ', times: 1 });
  const approve = decideInPortal(stage, sysId, 'approved', { reason: 'mine' });
  await until('the first try', () => stage.servicenow.requests.list('PATCH ').length === 1);
  stage.servicenow.decide(sysId, 'bob', 'approved');
  expect(await endOf(stage, approve, 30_000)).toBe('SUCCESS');
  expect(logOf(stage, approve)).toContain('or by bob cannot be told');
  const pipeline = await until('the pipeline', () => pipelinesOf(stage, sysId)[0], 30_000);
  expect(pipeline.payload.decided_by).toBe('bob');
});

test('what a person types into the deploy form cannot pose as a field of the bridge or of GitLab', async () => {
  const stage = await stageForTest({ env: { PORT_DEPLOY_ACTIONS: 'deploy_freely' } });
  const inputs = {
    approval_status: 'approved',
    decided_by: 'ann',
    variables: { A: 'b' },
    ref: 'other',
    note: 'kept',
  };
  await offerFreeForm(stage, inputs);
  const asked = { by: PEOPLE.developer, entity: SERVICE, properties: inputs };
  const runId = stage.port.startRun('deploy_freely', asked).id;
  const pipeline = await until('the pipeline', () =>
    stage.gitlab.pipelines().find((each) => each.payload.deploy_run_id === runId),
  );
  expect(pipeline.ref).toBe('main');
  const payload = pipeline.variables.find((each) => each.key === 'TRIGGER_PAYLOAD')?.value ?? '{}';
  expect(JSON.parse(payload)).toMatchObject({ approval_status: 'pending', note: 'kept', ref: 'main' });
  expect(payload).not.toContain('decided_by');
  expect(payload).not.toContain('"A"');
});

/** A deploy action whose form asks for all of these. */
async function offerFreeForm(stage: Stage, inputs: Readonly<Record<string, unknown>>): Promise<void> {
  const properties = Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [name, { title: name, type: typeof value }]),
  );
  await portApi(stage, '/actions', {
    identifier: 'deploy_freely',
    title: 'Deploy',
    trigger: {
      type: 'self-service',
      operation: 'DAY-2',
      blueprintIdentifier: 'service',
      userInputs: { properties, required: [] },
    },
    invocationMethod: {
      type: 'WEBHOOK',
      url: `${stage.bridgeUrl()}/webhooks/port/deploy`,
      agent: false,
      synchronized: false,
      method: 'POST',
      body: { runId: '{{ .run.id }}' },
    },
    publish: true,
    requiredApproval: false,
  });
}
