import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { bodyProblems, routeOf } from '../../sandbox/port/contract/contract.ts';
import { APPROVE, CHANGE, SET_UP, edit, setUp } from './set-up.ts';
import { call, machine, shown, writes, type Machine } from './support.ts';

describe('an empty portal', () => {
  test('is set up by one command, and the command run again changes nothing', async () => {
    const { port, run } = await machine();
    const first = await run(SET_UP);
    expect(first).toMatchObject({ code: 0, complained: '' });
    expect(first.said).toContain('Everything is as it should be.');
    expect(writes(port)).toEqual([
      'POST /blueprints',
      'POST /blueprints',
      'POST /blueprints',
      'POST /actions',
      `PATCH /actions/${APPROVE}/permissions`,
      'POST /actions',
      'POST /actions',
      `POST /blueprints/${CHANGE}/scorecards`,
      'POST /pages',
    ]);
    port.requests.clear();
    const second = await run(SET_UP);
    expect(second).toMatchObject({ code: 0, complained: '' });
    expect(second.said).toContain('0 new, 0 to change, 9 as they should be');
    expect(writes(port)).toEqual([]);
  });

  test('is asked nothing that Port’s published contract does not have', async () => {
    const { port, run } = await machine();
    await run(SET_UP);
    const requests = port.requests.list().filter(({ path }) => !path.endsWith('/auth/access_token'));
    expect(requests.length).toBeGreaterThan(20);
    for (const { method, path, body } of requests) {
      const route = routeOf(method, path);
      expect([method, path, route === undefined ? ['no route'] : bodyProblems(route, body)]).toEqual([
        method,
        path,
        [],
      ]);
    }
  });

  test('is only looked at by a dry run, which ends with 2', async () => {
    const { port, run } = await machine();
    const { code, said } = await run('setup port --dry-run');
    expect(code).toBe(2);
    expect(said).toContain('+ blueprint   servicenowChangeRequest');
    expect(said).toContain('9 new, 0 to change');
    expect(writes(port)).toEqual([]);
    await run(SET_UP);
    expect((await run('setup port --dry-run')).code).toBe(0);
  });

  test('stays empty until somebody agrees', async () => {
    const { port, run } = await machine();
    const unasked = await run('setup port');
    expect(unasked.code).toBe(1);
    expect(unasked.complained).toContain('--yes');
    const refused = await run('setup port', { answer: false });
    expect(refused.code).toBe(1);
    expect(refused.said).toContain(`Apply this to the organisation at ${port.url}?`);
    expect(writes(port)).toEqual([]);
    expect((await run('setup port', { answer: true })).code).toBe(0);
    expect(writes(port)).toHaveLength(9);
  });

  test('gets the bridge’s own address, names and approvers', async () => {
    const { port } = await setUp({
      BRIDGE_PUBLIC_URL: 'https://changes.example.com/bridge/',
      PORT_CHANGE_BLUEPRINT: 'chg',
      PORT_APPROVE_ACTION: 'decide',
      PORT_SERVICE_BLUEPRINT: 'microservice',
      PORT_APPROVERS: 'petra@example.com, Release managers, role:Moderator',
    });
    expect(await shown(port, '/actions/decide')).toMatchObject({
      trigger: { blueprintIdentifier: 'chg' },
      invocationMethod: { url: 'https://changes.example.com/bridge/webhooks/port/approve', agent: false },
    });
    expect(await shown(port, '/actions/decide/permissions')).toMatchObject({
      execute: { users: ['petra@example.com'], teams: ['Release managers'], roles: ['Moderator'] },
    });
    expect(await shown(port, '/blueprints/deployment')).toMatchObject({
      relations: { change: { target: 'chg' }, service: { target: 'microservice' } },
    });
    const page = JSON.stringify(await shown(port, '/pages/changes_and_deployments'));
    expect(page).toContain('"blueprint":"chg"');
    expect(page).not.toContain(CHANGE);
  });

  test('hands its runs to an agent where the bridge claims them', async () => {
    const { port, run } = await setUp({ PORT_AGENT: 'poll' });
    for (const name of [APPROVE, 'deploy_service_to_cluster', 'put_change_requests_right'])
      expect(await shown(port, `/actions/${name}`)).toMatchObject({ invocationMethod: { agent: true } });
    expect((await run('setup port --dry-run')).said).toContain('invocationMethod.agent: true → false');
  });

  test('gets the action that runs any pipeline where the settings ask for it', async () => {
    const { port, run } = await setUp();
    expect((await run('setup port --dry-run')).said).toContain(
      'PORT_DEPLOY_ACTIONS does not name run_gitlab_pipeline',
    );
    const env = {
      PORT_DEPLOY_ACTIONS: 'deploy_service_to_cluster,run_gitlab_pipeline',
      GITLAB_TRIGGER_TOKENS: '42:glptt-number,platform/payments/checkout:glptt-path',
    };
    expect((await run(SET_UP, { env })).code).toBe(0);
    const action = await shown(port, '/actions/run_gitlab_pipeline');
    expect(action).toMatchObject({
      invocationMethod: {
        url: 'https://bridge.example.com/webhooks/port/gitlab',
        body: {
          payload: {
            action: { invocationMethod: { groupName: 'platform/payments', projectName: 'checkout' } },
          },
        },
      },
    });
    expect(JSON.stringify(action)).not.toContain('glptt');
  });
});

describe('what was changed in the portal', () => {
  test('is shown, and put right', async () => {
    const it = await setUp();
    await edit(it, APPROVE, (action) => ({
      ...action,
      title: 'Approve it',
      trigger: {
        ...z.record(z.string(), z.unknown()).parse(action['trigger']),
        condition: { type: 'SEARCH', combinator: 'and', rules: [] },
      },
    }));
    const dry = await it.run('setup port --dry-run');
    expect(dry.code).toBe(2);
    expect(dry.said).toContain(`~ action      ${APPROVE}`);
    expect(dry.said).toContain('title: "Approve it" → "Approve and Deploy Service"');
    expect(dry.said).toMatch(/trigger\.condition\.rules: \[\] → \[\{"property":"isActive"/);
    expect((await it.run(SET_UP)).code).toBe(0);
    expect(writes(it.port)).toEqual([`PUT /actions/${APPROVE}`]);
    expect(await shown(it.port, `/actions/${APPROVE}`)).toMatchObject({
      title: 'Approve and Deploy Service',
    });
  });

  test('is put right too where something was added: a preset decision', async () => {
    const it = await setUp();
    await edit(it, APPROVE, (action) => {
      const copy: unknown = structuredClone(action);
      const schema = z.looseObject({
        trigger: z.looseObject({
          userInputs: z.looseObject({
            properties: z.looseObject({ approval_status: z.record(z.string(), z.unknown()) }),
          }),
        }),
      });
      const edited = schema.parse(copy);
      edited.trigger.userInputs.properties.approval_status['default'] = 'approved';
      return edited;
    });
    expect((await it.run('setup port --dry-run')).said).toContain(
      'trigger.userInputs.properties.approval_status.default: "approved" → nothing',
    );
    expect((await it.run(SET_UP)).code).toBe(0);
    expect(JSON.stringify(await shown(it.port, `/actions/${APPROVE}`))).not.toContain('"default":"approved"');
  });

  test('of a blueprint keeps what others added to it', async () => {
    const { port, run } = await setUp();
    const { schema, ...rest } = z
      .looseObject({ schema: z.looseObject({ properties: z.record(z.string(), z.unknown()) }) })
      .parse(await shown(port, `/blueprints/${CHANGE}`));
    const { approval: _gone, ...others } = schema.properties;
    const costs = { type: 'number', title: 'Costs' };
    const relations = { owner: { target: 'service', required: false, many: false } };
    await call(port, 'PUT', `/blueprints/${CHANGE}`, {
      identifier: CHANGE,
      title: rest['title'],
      description: rest['description'],
      schema: { properties: { ...others, costs }, required: ['number'] },
      calculationProperties: rest['calculationProperties'],
      relations,
    });
    const { said, code } = await run(SET_UP);
    expect(code).toBe(0);
    expect(said).toContain('schema.properties.approval: nothing →');
    expect(said).not.toContain('costs');
    expect(await shown(port, `/blueprints/${CHANGE}`)).toMatchObject({
      schema: { properties: { costs, approval: { title: 'Approval' } }, required: ['number'] },
      relations: { owner: { target: 'service' }, service: { target: 'service' } },
    });
    expect((await run('setup port --dry-run')).code).toBe(0);
  });

  test('of who may decide stays, unless everybody may or the settings say who', async () => {
    const { port, run } = await setUp();
    const permit = (execute: object) => call(port, 'PATCH', `/actions/${APPROVE}/permissions`, { execute });
    await permit({ roles: [], teams: ['Release managers'] });
    expect((await run('setup port --dry-run')).code).toBe(0);
    const env = { PORT_APPROVERS: 'petra@example.com' };
    expect((await run('setup port --dry-run', { env })).said).toContain(
      'execute.teams: ["Release managers"] → []',
    );
    await permit({ roles: ['Member', 'Admin'], teams: [] });
    const { said } = await run(SET_UP);
    expect(said).toContain('execute.roles: ["Member","Admin"] → ["Admin"]');
    expect(await shown(port, `/actions/${APPROVE}/permissions`)).toMatchObject({
      execute: { roles: ['Admin'] },
    });
  });
});

const automation = (identifier: string, publish: boolean) => ({
  identifier,
  trigger: { type: 'automation', event: { type: 'ENTITY_UPDATED', blueprintIdentifier: CHANGE } },
  invocationMethod: { type: 'WEBHOOK', url: 'https://gitlab.example.com/trigger' },
  publish,
});

describe('what somebody else made', () => {
  const theirs = {
    identifier: APPROVE,
    title: 'Approve',
    trigger: {
      type: 'self-service',
      operation: 'DAY-2',
      blueprintIdentifier: CHANGE,
      userInputs: { properties: { approval_status: { type: 'string', default: 'approved' } } },
    },
    invocationMethod: {
      type: 'WEBHOOK',
      url: 'https://gitlab.com/api/v4/projects/1/trigger/pipeline?token=glptt-x',
    },
  };
  /** The portal of somebody who followed the guide. */
  async function guided(): Promise<Machine> {
    const it = await machine();
    await call(it.port, 'POST', '/blueprints', {
      identifier: CHANGE,
      title: 'Servicenow Change Request',
      schema: {
        properties: {
          number: { type: 'string' },
          approval: { type: 'string' },
          isActive: { type: 'boolean' },
          externalTags: { type: 'string' },
          description: { type: 'string' },
        },
      },
    });
    await call(it.port, 'POST', '/actions', theirs);
    it.port.requests.clear();
    return it;
  }

  test('is left alone and told, with what differs; a call past the bridge is warned of without its token', async () => {
    const it = await guided();
    const { said, code } = await it.run('setup port --dry-run');
    expect(code).toBe(2);
    expect(said).toContain(
      `! action      ${APPROVE}  left alone: Changebridge did not make it. --adopt ${APPROVE}`,
    );
    expect(said).toContain(`! The action ${APPROVE} calls gitlab.com, not the bridge`);
    expect(said).not.toContain('trigger/pipeline?token');
    await it.run(SET_UP);
    expect(
      writes(it.port).filter((each) => each.includes(APPROVE) || each.includes(`PUT /blueprints/${CHANGE}`)),
    ).toEqual([]);
    expect(await shown(it.port, `/actions/${APPROVE}`)).toMatchObject(theirs);
  });

  test('is taken over where that is asked for, and kept from then on', async () => {
    const it = await guided();
    const adopted = await it.run(`${SET_UP} --adopt ${CHANGE} ${APPROVE}`);
    expect(adopted).toMatchObject({ code: 0, complained: '' });
    expect(adopted.said).not.toContain('not the bridge');
    expect(await shown(it.port, `/actions/${APPROVE}`)).toMatchObject({
      invocationMethod: { url: 'https://bridge.example.com/webhooks/port/approve' },
    });
    it.port.requests.clear();
    expect((await it.run(SET_UP)).said).toContain('0 new, 0 to change');
    expect(writes(it.port)).toEqual([]);
    expect((await it.run(`${SET_UP} --adopt nothing`)).complained).toContain(
      'portal/ has no such definition',
    );
  });

  test('services are never touched: they are made only where there are none', async () => {
    const it = await machine();
    const own = { identifier: 'service', title: 'Our services', schema: { properties: {} } };
    await call(it.port, 'POST', '/blueprints', own);
    expect((await it.run(`${SET_UP} --adopt service`)).code).toBe(0);
    expect(await shown(it.port, '/blueprints/service')).toMatchObject({ title: 'Our services' });
  });

  test('an automation that goes past the bridge is named, whatever it is called; a switched-off one is not', async () => {
    const it = await setUp();
    await call(it.port, 'POST', '/actions', automation('theirs', true));
    await call(it.port, 'POST', '/actions', automation('asleep', false));
    const { said } = await it.run('setup port --dry-run');
    expect(said).toContain(`The automation theirs listens to ${CHANGE} and calls gitlab.example.com`);
    expect(said).not.toContain('asleep');
  });
});
