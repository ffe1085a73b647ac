import { expect, test } from 'vitest';
import { z } from 'zod';
import { PEOPLE, PUBLIC_URL, SERVICE, type Stage } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import {
  addAction,
  agentStage,
  AGENT_TIMINGS,
  announced,
  answered,
  calling,
  hideBridge,
  joinBridge,
  isPending,
  offerRuns,
  portal,
  startNode,
} from './agent-scene.ts';
import {
  decideInPortal,
  deploymentsOf,
  endOf,
  entity,
  logOf,
  openedChange,
  patches,
  run,
  startDeploy,
  waitingChange,
} from './scene.ts';
import { operator } from './wire.ts';

const health = z.object({ checks: z.record(z.string(), z.looseObject({ output: z.string().optional() })) });

test('a portal that cannot reach the bridge: its runs are claimed, and the whole story plays without one call of the portal', async () => {
  const stage = await agentStage();
  const deploy = startDeploy(stage);
  const sysId = await openedChange(stage, deploy);
  await until('the change in the portal', () => entity(stage, sysId) !== undefined);
  const approve = decideInPortal(stage, sysId, 'approved', { reason: 'looks good' });
  expect(await endOf(stage, approve)).toBe('SUCCESS');
  expect(await endOf(stage, deploy, 30_000)).toBe('SUCCESS');
  expect(stage.servicenow.change(sysId)?.['approval']).toBe('approved');
  expect(patches(stage, sysId).filter((request) => request.status === 200)).toHaveLength(1);
  expect(deploymentsOf(stage, sysId)).toHaveLength(1);
  expect(stage.port.invocations).toEqual([]);
  expect([isPending(stage, deploy), isPending(stage, approve)]).toEqual([false, false]);
});

test('a run of a GITLAB action is claimed, starts the pipeline of its project with its inputs and its JSON, and ends with it', async () => {
  const token = 'glptt-5e3f1d8c0b7a29461e20';
  const stage = await agentStage({
    projects: [
      { id: 43, path: 'platform/billing', triggerTokens: [token], variablesAllowed: true, runner: 'none' },
    ],
    env: { PORT_DEPLOY_ACTIONS: 'build_service', platform_billing: token },
  });
  await addAction(stage, 'build_service', { type: 'GITLAB', groupName: 'platform', projectName: 'billing' });
  const { id } = stage.port.startRun('build_service', {
    by: PEOPLE.developer,
    properties: { service: 'shop' },
  });
  const pipeline = await until('its pipeline', () => stage.gitlab.pipelines()[0]);
  expect(pipeline.variables).toContainEqual(expect.objectContaining({ key: 'service', value: 'shop' }));
  const payload = pipeline.variables.find((each) => each.key === 'TRIGGER_PAYLOAD')?.value ?? '{}';
  expect(JSON.parse(payload)).toMatchObject({
    port_payload: {
      context: { runId: id },
      payload: {
        action: { invocationMethod: { type: 'GITLAB', projectName: 'billing' } },
        properties: { service: 'shop' },
      },
    },
  });
  await until('the run tells of it', () => run(stage, id).externalRunId === String(pipeline.id));
  stage.gitlab.finish(pipeline.id, 'success');
  expect(await endOf(stage, id)).toBe('SUCCESS');
  expect(stage.gitlab.pipelines()).toHaveLength(1);
});

test('an automation for an agent is claimed, and ended with what became of it', async () => {
  const stage = await agentStage();
  await portal(stage, 'POST', '/actions', {
    identifier: 'tell_of_updates',
    title: 'Tell of updates',
    trigger: {
      type: 'automation',
      event: { type: 'ENTITY_UPDATED', blueprintIdentifier: 'servicenowChangeRequest' },
    },
    invocationMethod: { type: 'WEBHOOK', url: `${PUBLIC_URL}/webhooks/port/entity`, agent: true },
    publish: true,
  });
  const { sysId } = await waitingChange(stage);
  stage.port.putEntity('servicenowChangeRequest', {
    identifier: sysId,
    title: 'Edited by hand',
    properties: { number: 'CHG1' },
  });
  const told = await until('the automation runs', () =>
    stage.port.runs().find((each) => each.action.identifier === 'tell_of_updates'),
  );
  expect(await endOf(stage, told.id)).toBe('SUCCESS');
  expect(logOf(stage, told.id)).toContain('awaits no pipeline');
});

test('a workflow’s node is claimed, and ended with what became of what it told', async () => {
  const stage = await agentStage();
  const { sysId } = await waitingChange(stage);
  stage.servicenow.setProperty('x_chb_changebridge.enabled', 'false');
  stage.servicenow.updateChange(sysId, { short_description: 'Deploy checkout, at last' }, 'ann');
  const node = await startNode(stage, `${PUBLIC_URL}/webhooks/port/entity`, { system_id: sysId });
  await until('the node ends', () => node().status === 'COMPLETED');
  expect(node()).toMatchObject({ result: 'SUCCESS', pendingExecution: false });
  expect(
    node()
      .nodeRunLogs.map((line) => line.message)
      .join(),
  ).toContain('awaits no pipeline');
  expect(entity(stage, sysId)?.title).toBe('Deploy checkout, at last');
});

test('a workflow’s node that tells of somebody’s approval ends with its outcome', async () => {
  const stage = await agentStage();
  const { sysId } = await waitingChange(stage);
  const approve = decideInPortal(stage, sysId, 'declined');
  const node = await startNode(stage, `${PUBLIC_URL}/webhooks/port/approve`, { runId: approve });
  await until('the node ends', () => node().status === 'COMPLETED');
  expect(node().result).toBe('SUCCESS');
  expect(await endOf(stage, approve)).toBe('SUCCESS');
  expect(stage.servicenow.change(sysId)?.['approval']).toBe('rejected');
});

test('a claimed run that makes no sense is ended with what is wrong, and so is a node', async () => {
  const stage = await agentStage();
  await addAction(stage, 'tell_nothing', calling('entity', { system_id: 'CHG0030001' }));
  await addAction(stage, 'decide_elsewhere', calling('approve', {}));
  await addAction(stage, 'deploy_elsewhere', calling('deploy', {}));
  const start = (action: string) => stage.port.startRun(action, { by: PEOPLE.developer }).id;
  const [nothing, decides, deploys] = [
    start('tell_nothing'),
    start('decide_elsewhere'),
    start('deploy_elsewhere'),
  ];
  const node = await startNode(stage, `${PUBLIC_URL}/webhooks/port/approve`, { note: 'who knows' });
  for (const id of [nothing, decides, deploys]) expect(await endOf(stage, id)).toBe('FAILURE');
  expect(logOf(stage, nothing)).toContain('system_id: must be the sys_id of a change');
  expect(logOf(stage, decides)).toContain('belongs to another action than PORT_APPROVE_ACTION');
  expect(logOf(stage, deploys)).toContain('none of PORT_DEPLOY_ACTIONS');
  await until('the node ends', () => node().status === 'COMPLETED');
  expect(node().result).toBe('FAILED');
  expect(node().nodeRunLogs[0]?.message).toContain('runId: names no run of the approve action');
});

test('runs for other addresses are left pending and told in the health, and hide none of the bridge’s own', async () => {
  const stage = await agentStage({ bridge: false });
  await offerRuns(stage);
  const elsewhere = 'https://other.example.com';
  await addAction(stage, 'call_elsewhere', calling('deploy', {}, elsewhere));
  await addAction(stage, 'build_elsewhere', { type: 'GITLAB', groupName: 'a', projectName: 'b' });
  const others = Array.from(
    { length: 45 },
    () => stage.port.startRun('call_elsewhere', { by: PEOPLE.developer }).id,
  );
  const build = stage.port.startRun('build_elsewhere', { by: PEOPLE.developer }).id;
  await stage.port.waitIdle();
  const own = startDeploy(stage);
  await joinBridge(stage);
  await until('its own run has a pipeline', () => stage.gitlab.pipelines()[0]?.payload.deploy_run_id === own);
  const warnings = await until('the health tells of them', async () => {
    const { checks } = await operator(stage, health, '/health');
    return checks['portal-agent-webhook-foreign'] && checks['portal-agent-gitlab-foreign'] && checks;
  });
  expect(warnings['portal-agent-webhook-foreign']?.output).toContain(
    `calls ${elsewhere}/webhooks/port/deploy`,
  );
  expect(warnings['portal-agent-gitlab-foreign']?.output).toContain('none of PORT_DEPLOY_ACTIONS');
  for (const id of [...others, build]) {
    expect(run(stage, id)).toMatchObject({ status: 'IN_PROGRESS', pendingExecution: true });
    expect(logOf(stage, id)).toBe('');
  }
  for (const id of [...others, build])
    await portal(stage, 'PATCH', `/actions/runs/${id}`, { status: 'FAILURE' });
  await until('the warning ends with them', async () => {
    const { checks } = await operator(stage, health, '/health');
    return checks['portal-agent-webhook-foreign'] === undefined;
  });
});

test('two bridges share the work: every run is carried out once, and each acknowledged once', async () => {
  const stage = await agentStage({ bridge: false });
  await offerRuns(stage);
  stage.gitlab.setProject(42, { coverage: 90 });
  const runs = Array.from({ length: 50 }, () => startDeploy(stage));
  await stage.port.waitIdle();
  await Promise.all([joinBridge(stage), stage.startBridge()]);
  for (const id of runs) expect(await endOf(stage, id, 60_000)).toBe('SUCCESS');
  const pipelines = stage.gitlab.pipelines().map((each) => each.payload.deploy_run_id);
  expect(pipelines).toHaveLength(50);
  expect(new Set(pipelines)).toEqual(new Set(runs));
  expect(answered(stage, '/actions/runs/ack', 200)).toBe(50);
  expect(stage.port.invocations).toEqual([]);
});

test('a claim that ran out before it was stored is not acted upon; the next one is', async () => {
  const stage = await agentStage({ bridge: false, timings: { ...AGENT_TIMINGS, claimMs: 500 } });
  await offerRuns(stage);
  stage.port.faults.add({ kind: 'latency', ms: 1_000, match: 'actions/runs/claim-pending', times: 2 });
  const id = startDeploy(stage);
  await stage.port.waitIdle();
  await joinBridge(stage);
  await until('it is acknowledged', () => !isPending(stage, id), 30_000);
  const asked = stage.port.requests.list();
  const acknowledged = asked.findIndex((each) => each.path.endsWith('/runs/ack'));
  const claims = asked
    .slice(0, acknowledged)
    .filter((each) => each.path.endsWith('claim-pending') && each.text.includes('"WEBHOOK"'));
  expect(claims.length).toBeGreaterThan(1);
  await until('it has its pipeline', () => stage.gitlab.pipelines().length === 1);
});

test('an acknowledgement that comes after its claim ran out is refused, and repeated with the next claim: one effect', async () => {
  const stage = await agentStage({ bridge: false });
  await offerRuns(stage);
  const id = startDeploy(stage);
  await stage.port.waitIdle();
  stage.port.faults.add({ kind: 'timeout-before-effect', mode: 'reset', match: 'runs/ack', times: 3 });
  await joinBridge(stage);
  await until('it has its pipeline', () => stage.gitlab.pipelines().length > 0);
  stage.port.lapseClaims();
  await until('it is acknowledged', () => !isPending(stage, id));
  expect(stage.gitlab.pipelines()).toHaveLength(1);
  expect(answered(stage, '/actions/runs/ack', 200)).toBe(1);
});

test('a portal that is down is asked again after a while, and its runs are claimed when it is back', async () => {
  const stage = await agentStage();
  stage.port.faults.add({ kind: '500', match: 'claim-pending', times: 5 });
  const id = startDeploy(stage);
  await until('it fails', () => answered(stage, 'claim-pending', 500) > 2);
  await until('it has its pipeline', () => stage.gitlab.pipelines().length > 0, 60_000);
  await until('it is acknowledged', () => !isPending(stage, id));
  expect(answered(stage, 'claim-pending', 500)).toBe(5);
});

test('credentials that may not claim are told in the health, with what to do', async () => {
  const stage = await agentStage({ bridge: false });
  stage.port.faults.add({ kind: '403', match: 'claim-pending', times: 3 });
  await joinBridge(stage);
  const output = await until('the health tells it', async () => {
    const { checks } = await operator(stage, health, '/health');
    return checks['portal-agent-webhook']?.output;
  });
  expect(output).toContain('Use the organisation’s credentials, not a person’s');
  expect(answered(stage, 'claim-pending', 403)).toBeLessThan(4);
});

test('Port’s own agent between the portal and the bridge: what it relays in its own JSON is verified and carried out', async () => {
  const stage = await stageForTest({ port: { agent: {} } });
  await hideBridge(stage, stage.bridgeUrl());
  const { sysId } = await waitingChange(stage);
  const id = decideInPortal(stage, sysId, 'approved', { reason: 'geprüft: "passt", 1.0 \u007f 😀' });
  expect(await endOf(stage, id)).toBe('SUCCESS');
  expect(stage.servicenow.change(sysId)?.['approval']).toBe('approved');
  const relayed = stage.port.invocations.find((each) => each.runId === id);
  expect(relayed?.outcome).toEqual({ status: 202 });
  expect(relayed?.body).toContain(String.raw`"reason": "gepr\u00fcft: \"passt\", 1.0 \u007f \ud83d\ude00"`);
});

test('by default nothing is claimed, and the organisation’s settings are left alone', async () => {
  const stage = await stageForTest({ timings: AGENT_TIMINGS });
  await hideBridge(stage);
  await offerRuns(stage);
  const id = startDeploy(stage);
  const direct = stage.port.startRun('deploy_service_to_cluster', { by: PEOPLE.developer, entity: SERVICE });
  await stage.port.waitIdle();
  await sweeps(stage, 3);
  expect(isPending(stage, id) && isPending(stage, direct.id)).toBe(true);
  expect(stage.port.requests.some((each) => each.path.includes('claim-pending'))).toBe(false);
  expect(stage.port.requests.filter((each) => each.path === '/v1/organization')).toHaveLength(1);
  expect(stage.gitlab.pipelines()).toEqual([]);
});

test('a bridge that was an agent and is none any more claims nothing', async () => {
  const stage = await agentStage({ bridge: false });
  const agent = await joinBridge(stage);
  await announced(stage);
  await agent.stop(2_000);
  stage.port.requests.clear();
  await joinBridge(stage, { PORT_AGENT: 'off' });
  startDeploy(stage);
  await stage.port.waitIdle();
  await sweeps(stage, 3);
  expect(stage.port.requests.some((each) => each.path.includes('claim-pending'))).toBe(false);
});

/** Waits until the schedule has come round so often. */
async function sweeps(stage: Stage, times: number): Promise<void> {
  const count = async (): Promise<number> => {
    const text = await (await fetch(`${stage.bridgeUrl()}/metrics`)).text();
    return Number(/bridge_flow_run_seconds_count\{flow="sweep",outcome="done"\} (\d+)/.exec(text)?.[1] ?? 0);
  };
  const before = await count();
  await until(`${times} sweeps`, async () => (await count()) >= before + times, 20_000);
}
