import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { APPROVE, CHANGE, SET_UP, setUp } from './set-up.ts';
import { machine, shown, writes } from './support.ts';

describe('a trial', () => {
  test('stands beside what is there under a prefix, and says what its bridge has to be told', async () => {
    const { port, run } = await setUp();
    const trial = await run('setup port --prefix trial_ --yes');
    expect(trial).toMatchObject({ code: 0, complained: '' });
    for (const setting of [`PORT_CHANGE_BLUEPRINT=trial_${CHANGE}`, `PORT_APPROVE_ACTION=trial_${APPROVE}`])
      expect(trial.said).toContain(setting);
    expect(writes(port).some((each) => each.startsWith('PUT'))).toBe(false);
    expect(await shown(port, `/actions/trial_${APPROVE}`)).toMatchObject({
      title: 'Approve and Deploy Service (trial_)',
      trigger: { blueprintIdentifier: `trial_${CHANGE}` },
    });
    expect((await run('setup port --dry-run --prefix trial_')).code).toBe(0);
    expect((await run('setup port --dry-run')).code).toBe(0);
    const env = { PORT_CHANGE_BLUEPRINT: `trial_${CHANGE}` };
    expect((await run('setup port --dry-run --prefix trial_', { env })).code).toBe(0);
  });
});

describe('an action of the form before today’s', () => {
  const old = {
    identifier: 'runGitLabPipline',
    title: 'Trigger Gitlab Pipeline',
    icon: 'DeployedAt',
    userInputs: { properties: { ref: { type: 'string', title: 'Ref' } } },
    invocationMethod: {
      type: 'GITLAB',
      projectName: 'project',
      groupName: 'group',
      defaultRef: 'main',
      agent: true,
      omitPayload: false,
      omitUserInputs: false,
    },
    trigger: 'CREATE',
    description: 'Trigger a GitLab Pipeline',
    requiredApproval: false,
  };

  test('is named, translated only when asked to, and then runs', async () => {
    const it = await setUp();
    it.port.putOldAction(old);
    expect((await it.run(SET_UP)).said).toContain('--migrate runGitLabPipline');
    expect(writes(it.port)).toEqual([]);
    const shownFirst = await it.run('setup port --dry-run --migrate runGitLabPipline');
    expect(shownFirst.code).toBe(2);
    expect(shownFirst.said).toContain('trigger: "CREATE" → {"type":"self-service","operation":"CREATE"');
    expect(shownFirst.said).toContain('invocationMethod.agent: true → nothing');
    expect((await it.run('setup port --migrate runGitLabPipline', { answer: false })).code).toBe(1);
    expect(writes(it.port)).toEqual([]);
    expect((await it.run(`${SET_UP} --migrate runGitLabPipline`)).code).toBe(0);
    const { agent: _a, omitPayload: _p, omitUserInputs: _u, ...method } = old.invocationMethod;
    expect(await shown(it.port, '/actions/runGitLabPipline')).toMatchObject({
      trigger: { type: 'self-service', operation: 'CREATE', userInputs: old.userInputs },
      invocationMethod: { ...method, pipelineVariables: { '{{ spreadValue() }}': '{{ .inputs }}' } },
      description: old.description,
    });
    expect(
      it.port.startRun('runGitLabPipline', { by: 'dana@example.com', properties: { ref: 'x' } }).status,
    ).toBe('IN_PROGRESS');
    it.port.requests.clear();
    expect((await it.run(`${SET_UP} --migrate runGitLabPipline`)).said).toContain('in today’s form already');
    expect(writes(it.port)).toEqual([]);
    expect((await it.run(`${SET_UP} --migrate nothing`)).complained).toContain('Port has no such action');
  });
});

describe('credentials', () => {
  test('that lack a right are told which, and what does not need it is done all the same', async () => {
    const rights = [
      'read:blueprints',
      'create:blueprints',
      'read:actions',
      'read:scorecards',
      'read:pages',
      'create:pages',
    ];
    const it = await machine({ rights });
    const { code, said } = await it.run(SET_UP);
    expect(code).toBe(1);
    expect(said).toContain('Made: blueprint deployment');
    expect(said).toContain(`Failed: action ${APPROVE}`);
    expect(said).toContain('The credentials lack a right in Port: create:actions.');
    expect(said).toContain('to create scorecards (Port names no scope for it: Admin)');
    expect(said).not.toContain('create:blueprints');
    // What needs the action waits for it; the page needs none.
    expect(said).toContain(`Failed: permissions ${APPROVE}. ${APPROVE} is not there`);
    expect(said).toContain('Made: page changes_and_deployments');
  });

  test('that may not even look are told so, and nothing is written blindly', async () => {
    const it = await machine({ rights: ['read:blueprints'] });
    const { code, said } = await it.run('setup port --dry-run');
    expect(code).toBe(1);
    expect(said).toContain('x action      deploy_service_to_cluster');
    expect(said).toContain('lack a right in Port: read:actions');
  });

  test('that Port does not know, and settings that are missing, are one clear message', async () => {
    const it = await machine();
    const wrong = await it.run(SET_UP, { env: { PORT_CLIENT_SECRET: 'something-else' } });
    expect(wrong.code).toBe(1);
    expect(wrong.complained).toContain('Check PORT_CLIENT_ID and PORT_CLIENT_SECRET');
    const without = await it.run(SET_UP, { env: { BRIDGE_PUBLIC_URL: '', PORT_CLIENT_ID: '' } });
    expect(without.code).toBe(1);
    expect(without.complained).toContain('PORT_CLIENT_ID is missing');
    expect((await it.run(SET_UP, { env: { BRIDGE_PUBLIC_URL: '' } })).complained).toContain(
      'BRIDGE_PUBLIC_URL is missing',
    );
    expect(writes(it.port)).toEqual([]);
  });
});

test('a portal that is away, or fails in between, is a failure; the next run goes on', async () => {
  const it = await machine();
  it.port.faults.add({ kind: '500', match: 'POST /v1/actions', times: 1 });
  const broken = await it.run(SET_UP);
  expect(broken.code).toBe(1);
  expect(broken.said).toContain('Made: blueprint deployment');
  expect(broken.said).toMatch(/Failed: action \w+\. Port answered POST \/actions with 500/);
  expect(writes(it.port)).toHaveLength(4);
  expect((await it.run(SET_UP)).code).toBe(0);
  expect((await it.run('setup port --dry-run')).code).toBe(0);
});

test('scripts read it as JSON', async () => {
  const it = await machine();
  const schema = z.object({
    exitCode: z.number(),
    definitions: z.array(z.looseObject({ kind: z.string(), identifier: z.string(), outcome: z.string() })),
    warnings: z.array(z.string()),
    missingRights: z.array(z.string()),
  });
  const dry = await it.run('setup port --dry-run --json');
  const told = schema.parse(JSON.parse(dry.said));
  expect(told.exitCode).toBe(2);
  expect(told.definitions).toContainEqual(
    expect.objectContaining({ kind: 'blueprint', identifier: CHANGE, outcome: 'create' }),
  );
  const done = schema.parse(JSON.parse((await it.run(`${SET_UP} --json`)).said));
  expect(done.definitions).toContainEqual(expect.objectContaining({ identifier: APPROVE, applied: true }));
  expect((await it.run('setup port --json')).code).toBe(0);
});

test('a wrong command line is a failure that says what is possible; help is none', async () => {
  const it = await machine();
  expect(await it.run('setup port --nothing')).toMatchObject({
    code: 1,
    complained: expect.stringContaining('--help'),
  });
  expect(await it.run('nothing')).toMatchObject({ code: 1 });
  const help = await it.run('setup port --help');
  expect(help.code).toBe(0);
  expect(help.said).toContain('--dry-run');
});

test('the approve action that was set up is not offered on a change that is decided', async () => {
  const it = await setUp();
  const identifier = 'a'.repeat(32);
  const put = (properties: Record<string, unknown>) =>
    it.port.putEntity(CHANGE, { identifier, title: 'Deploy', properties: { isActive: true, ...properties } });
  const decide = () =>
    it.port.startRun(APPROVE, {
      by: 'petra@example.com',
      entity: identifier,
      properties: { approval_status: 'approved' },
    });
  for (const properties of [
    { approval: 'approved' },
    { approval: 'rejected' },
    { approval: 'requested', isActive: false },
  ]) {
    put(properties);
    expect(decide).toThrow('is not available for the entity');
  }
  put({ approval: 'requested' });
  expect(decide().status).toBe('IN_PROGRESS');
  expect(() =>
    it.port.startRun(APPROVE, {
      by: 'dana@example.com',
      entity: identifier,
      properties: { approval_status: 'approved' },
    }),
  ).toThrow('not allowed');
});
