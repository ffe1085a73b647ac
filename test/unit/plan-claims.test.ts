import { describe, expect, test } from 'vitest';
import { type Plan, planNode, planRun } from '../../bridge/flows/portal-agent/plan.ts';
import { claimedNodeSchema, claimedRunSchema, routeAt } from '../../bridge/model/claimed-runs.ts';

const ADDRESS = 'https://bridge.example.com/base';
const SYS_ID = 'c'.repeat(32);
const SETTINGS = { address: ADDRESS, approveAction: 'approve', deployActions: ['deploy', 'build'] };

function webhook(route: string, body?: unknown, base = ADDRESS) {
  return {
    type: 'WEBHOOK',
    url: `${base}/webhooks/port/${route}`,
    agent: true,
    ...(body === undefined ? {} : { body }),
  };
}

function run(payload: unknown, more: object = {}): Plan {
  return planRun(claimedRunSchema.parse({ id: 'r_1', action: 'approve', payload, ...more }), SETTINGS);
}

function node(config: unknown): Plan {
  return planNode(claimedNodeSchema.parse({ identifier: 'wfnr_1', config }), SETTINGS);
}

describe('a claimed run', () => {
  test.each([
    ['with the shipped body', { runId: 'r_1', changeId: SYS_ID }],
    ['without a body', undefined],
    ['whose body is a list', []],
    ['whose body names another run', { runId: 'r_other', port_context: { runId: 'r_else' } }],
    ['as the portal keeps the event of it', { action: 'approve', context: { runId: 'r_else' } }],
  ])('of the approve action, %s, is itself the run that decides', (_, body) => {
    expect(run(webhook('approve', body))).toEqual({
      kind: 'approve',
      call: { run: 'r_1', caller: undefined },
    });
  });

  test('of an automation tells of the run that its event is about, and is told what became of it', () => {
    const body = { event: { diff: { after: { id: 'r_approve' } } }, run: { id: 'r_1' } };
    const plan = run(webhook('approve', body), { action: 'tell', source: 'AUTOMATION' });
    expect(plan).toEqual({ kind: 'approve', call: { run: 'r_approve', caller: 'r_1' } });
  });

  test.each([
    [{ action: 'tell', source: 'AUTOMATION' }, 'approvals'],
    [{ action: { identifier: 'tell' }, source: { type: 'AUTOMATION' } }, 'approvals'],
    [{ action: 'other', source: 'UI' }, 'undecided'],
    [{ action: undefined }, 'approve'],
  ])('of %j at the route of approvals that names no run: %s', (more, kind) => {
    expect(run(webhook('approve', {}), more).kind).toBe(kind);
  });

  test('of a deploy action is deployed itself; of a check, the run that it names', () => {
    expect(run(webhook('deploy', { runId: 'r_1', inputs: {} }))).toEqual({
      kind: 'deploy',
      call: { run: 'r_1', checkRun: undefined },
    });
    expect(run(webhook('deploy', { deploy_run_id: 'r_2' }))).toEqual({
      kind: 'deploy',
      call: { run: 'r_2', checkRun: 'r_1' },
    });
  });

  test('of an entity’s automation tells of its change', () => {
    const call = { sysId: SYS_ID, caller: 'r_1', isEdit: false };
    expect(run(webhook('entity', { system_id: SYS_ID }))).toEqual({ kind: 'entity', call });
  });

  test('that makes no sense is told what is wrong', () => {
    expect(run(webhook('entity', { system_id: 'CHG0030001' }))).toEqual({
      kind: 'unreadable',
      problem: 'system_id: must be the sys_id of a change: 32 lower-case hex digits.',
    });
    const method = { type: 'GITLAB', groupName: 'platform', projectName: '../shop' };
    expect(run(method, { action: 'build' })).toEqual({
      kind: 'unreadable',
      problem: 'projectName: is no project of GitLab.',
    });
  });

  const METHOD = { type: 'GITLAB', groupName: 'platform', projectName: 'shop' };

  test('of a GITLAB action is put into the form in which Port’s agent hands it on', () => {
    const more = {
      action: 'build',
      entity: { identifier: 'shop' },
      blueprint: 'service',
      properties: { ref: 'hotfix', replicas: 3 },
      createdBy: 'auth0|1',
      createdAt: '2026-11-21T10:00:00Z',
      source: 'UI',
    };
    expect(run(METHOD, more)).toEqual({
      kind: 'gitlab',
      run: {
        runId: 'r_1',
        pipeline: { project: 'platform/shop', omitPayload: false, omitUserInputs: false },
        payload: {
          action: 'build',
          resourceType: 'run',
          status: 'TRIGGERED',
          trigger: { by: { userId: 'auth0|1' }, origin: 'UI', at: '2026-11-21T10:00:00Z' },
          context: { entity: 'shop', blueprint: 'service', runId: 'r_1' },
          payload: {
            entity: 'shop',
            action: { invocationMethod: METHOD },
            properties: { ref: 'hotfix', replicas: 3 },
          },
        },
      },
    });
  });

  test('of a GITLAB action that the portal keeps an event with passes that event on, under its own id', () => {
    const event = {
      action: 'build',
      context: { entity: 'shop', runId: 'r_else' },
      payload: { action: { invocationMethod: { omitPayload: true } }, properties: { a: 1 } },
    };
    const plan = run({ ...METHOD, body: event }, { action: 'build' });
    expect(plan).toMatchObject({
      kind: 'gitlab',
      run: {
        runId: 'r_1',
        pipeline: { project: 'platform/shop', omitPayload: true },
        payload: { action: 'build', context: { entity: 'shop', runId: 'r_1' } },
      },
    });
  });

  test.each([
    ['another host', webhook('approve', {}, 'https://other.example.com/base')],
    ['another port', webhook('approve', {}, 'https://bridge.example.com:8443/base')],
    ['another scheme', webhook('approve', {}, 'http://bridge.example.com/base')],
    ['another path', webhook('approve', {}, 'https://bridge.example.com')],
    [
      'a host that only begins like it',
      webhook('approve', {}, 'https://bridge.example.com.evil.example/base'),
    ],
    ['a user that looks like it', webhook('approve', {}, 'https://bridge.example.com@evil.example/base')],
    ['another route', webhook('delete', {})],
    ['a way out of the routes', webhook('approve/../../../admin', {})],
    ['no address', { type: 'WEBHOOK', body: {} }],
    ['nonsense', { type: 'WEBHOOK', url: 'bridge' }],
    [
      'a template that nobody filled in',
      { type: 'WEBHOOK', url: '{{ .secrets.BRIDGE }}/webhooks/port/approve' },
    ],
    ['another invocation method', { type: 'KAFKA' }],
    ['nothing', undefined],
  ])('that calls %s is left to others', (_, payload) => {
    expect(run(payload).kind).toBe('foreign');
  });

  test('of a GITLAB action that may start no pipelines is left to others', () => {
    const plan = run(METHOD, { action: 'somebody_elses' });
    expect(plan).toEqual({ kind: 'foreign', why: expect.stringContaining('PORT_DEPLOY_ACTIONS') });
  });
});

describe('a claimed node of a workflow', () => {
  test.each([
    [{ runId: 'r_2' }, 'approve', { kind: 'approve', call: { run: 'r_2', caller: undefined } }],
    [{ deploy_run_id: 'r_2' }, 'deploy', { kind: 'deploy', call: { run: 'r_2', checkRun: undefined } }],
    [
      { system_id: SYS_ID },
      'entity',
      { kind: 'entity', call: { sysId: SYS_ID, caller: undefined, isEdit: false } },
    ],
  ])('that says %j to %s tells of that', (body, route, plan) => {
    expect(node(webhook(route, body))).toEqual(plan);
  });

  test('has its configuration at either place', () => {
    const config = webhook('entity', { system_id: SYS_ID });
    const nested = claimedNodeSchema.parse({ identifier: 'wfnr_1', node: { config } });
    expect(planNode(nested, SETTINGS).kind).toBe('entity');
  });

  test.each([[{ runId: 'wfr_1' }], [{ context: { runId: 'wfnr_1' } }], [{}], [undefined]])(
    'is no run of an action itself: %j is unreadable',
    (body) => {
      expect(node(webhook('approve', body))).toMatchObject({ kind: 'unreadable' });
    },
  );

  test('that calls somebody else is left to others', () => {
    expect(node(webhook('entity', {}, 'https://other.example.com')).kind).toBe('foreign');
  });
});

test.each([
  [`${ADDRESS}/webhooks/port/approve`, 'approve'],
  [`${ADDRESS}/webhooks/port/approve/`, 'approve'],
  [`${ADDRESS}/webhooks/port/approve/${SYS_ID}?x=1`, 'approve'],
  ['HTTPS://Bridge.Example.com:443/base/webhooks/port/gitlab', 'gitlab'],
  [`${ADDRESS}/webhooks/port/`, undefined],
  [`${ADDRESS}/webhooks/portal/approve`, undefined],
])('the address %s is the route %s', (url, route) => {
  expect(routeAt(url, ADDRESS)).toBe(route);
});
