import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parsePortalSettings } from '../../bridge/config.ts';
import { type Definition, isKept } from '../../bridge/cli/port-setup/definition.ts';
import { differences } from '../../bridge/cli/port-setup/differences.ts';
import { readDefinitions } from '../../bridge/cli/port-setup/files.ts';
import { isOldForm, translated } from '../../bridge/cli/port-setup/old-form.ts';
import { approversOf, filledIn, gitlabProjectOf, valuesFrom } from '../../bridge/cli/port-setup/values.ts';
import { ROOT } from './support.ts';

const SETTINGS = parsePortalSettings(
  {
    BRIDGE_PUBLIC_URL: 'https://bridge.example.com',
    PORT_CLIENT_ID: 'client',
    PORT_CLIENT_SECRET: 'secret',
    PORT_DEPLOY_ACTIONS: 'deploy_service_to_cluster,run_gitlab_pipeline',
    GITLAB_TRIGGER_TOKENS: 'platform/checkout:glptt-1',
  },
  () => '',
);

describe('the files of the portal’s side', () => {
  const { wanted, leftOut } = readDefinitions(path.join(ROOT, 'portal'), SETTINGS, valuesFrom(SETTINGS), '');

  test('are all applied, those first that others need', () => {
    expect(leftOut).toEqual([]);
    expect(wanted).toHaveLength(10);
    const made = wanted.map(({ kind, identifier }) => (kind === 'permissions' ? '' : identifier));
    for (const [at, { needs }] of wanted.entries())
      for (const each of needs) expect(made.slice(0, at)).toContain(each);
    // Anybody may run an action until its permissions are set.
    const approve = made.indexOf('approve_and_deploy_service');
    expect(wanted[approve + 1]).toMatchObject({ kind: 'permissions', identifier: made[approve] });
  });

  test('say of themselves that Changebridge keeps them, in a text that Port takes', () => {
    for (const { kind, identifier, body } of wanted) {
      if (kind === 'permissions') continue;
      expect([identifier, isKept(kind, body)]).toEqual([identifier, true]);
      if (kind === 'blueprint') expect(body['description']).toSatisfy(isShort);
    }
  });

  test('are filled in completely', () => {
    expect(JSON.stringify(wanted)).not.toContain('${');
  });
});

/** The most that Port takes as a blueprint's description. */
const isShort = (text: unknown): boolean => typeof text === 'string' && text.length <= 200;

const open = (): boolean => true;
const closed = (): boolean => false;

describe('a difference', () => {
  const cases: readonly (readonly [name: string, wanted: Definition, actual: Definition, paths: string[]])[] =
    [
      ['is none where both say the same', { a: { b: [1, 'x'] } }, { a: { b: [1, 'x'] } }, []],
      ['is none between false, empty and left out', { a: false, b: [], c: '' }, { d: null, e: {} }, []],
      ['is another value', { a: { b: 1 } }, { a: { b: 2 } }, ['a.b']],
      ['is a missing member', { a: 1 }, {}, ['a']],
      ['is a member too many', { a: 1 }, { a: 1, b: 2 }, ['b']],
      ['is none in the order of words', { a: ['x', 'y'] }, { a: ['y', 'x'] }, []],
      [
        'is found inside a list of objects',
        { a: [{ b: 1 }, { b: 2 }] },
        { a: [{ b: 1 }, { b: 3 }] },
        ['a.1.b'],
      ],
      [
        'is the order of a list of objects',
        { a: [{ b: 1 }, { b: 2 }] },
        { a: [{ b: 2 }, { b: 1 }] },
        ['a.0.b', 'a.1.b'],
      ],
      ['is the length of a list', { a: [{ b: 1 }] }, { a: [{ b: 1 }, { b: 2 }] }, ['a']],
      ['is another type', { a: { b: 1 } }, { a: 'text' }, ['a']],
      ['is true against nothing', { a: true }, {}, ['a']],
    ];
  test.each(cases)('%s', (_name, wanted, actual, paths) => {
    expect(differences(wanted, actual, closed).map((each) => each.path)).toEqual(paths);
  });

  test('is no member of others where they may have their own; what is ours counts there too', () => {
    expect(differences({ a: 1, b: [] }, { a: 1, b: ['theirs'], c: 2 }, open)).toEqual([]);
    expect(differences({ a: 1 }, { a: 2, c: 2 }, open).map(({ path: at }) => at)).toEqual(['a']);
    expect(differences({ a: false }, { a: true }, open).map(({ path: at }) => at)).toEqual(['a']);
  });
});

describe('a value', () => {
  test('of its own kind stands in for a text that is nothing else', () => {
    expect(
      filledIn('{"a":"${LIST}","b":"${FLAG}","c":"x/${TEXT}"}', { LIST: ['p'], FLAG: false, TEXT: 'q"r' }),
    ).toEqual({
      a: ['p'],
      b: false,
      c: 'x/q"r',
    });
    expect(filledIn('{"a":"${GONE}"}', {})).toBeUndefined();
  });

  test('of PORT_APPROVERS is a person, a team or a role; without any it is the administrators', () => {
    expect(approversOf([])).toEqual({ users: [], roles: ['Admin'], teams: [] });
    expect(approversOf(['petra@example.com', 'Release managers', 'role:Moderator'])).toEqual({
      users: ['petra@example.com'],
      roles: ['Moderator'],
      teams: ['Release managers'],
    });
  });

  test('of the GitLab project is the first that has a token by its path', () => {
    expect(gitlabProjectOf({ GITLAB_TRIGGER_TOKENS: ['42:t', 'a/b/c:t:u', 'd/e:t'] })).toEqual({
      group: 'a/b',
      project: 'c',
    });
    expect(gitlabProjectOf({ GITLAB_TRIGGER_TOKENS: ['42:t'] })).toBeUndefined();
  });
});

describe('an old form', () => {
  const method = { type: 'GITLAB', projectName: 'p', groupName: 'g', defaultRef: 'main' };
  const today = {
    identifier: 'x',
    trigger: { type: 'self-service', operation: 'CREATE', userInputs: { properties: {} } },
  };

  test.each<readonly [string, Definition, boolean]>([
    ['a trigger in one word', { trigger: 'CREATE', invocationMethod: method }, true],
    ['the agent in the method', { ...today, invocationMethod: { ...method, agent: true } }, true],
    ['nothing of it', { ...today, invocationMethod: method }, false],
    [
      'a webhook with its agent',
      { ...today, invocationMethod: { type: 'WEBHOOK', url: 'x', agent: true } },
      false,
    ],
  ])('is known by %s', (_name, action, isOld) => {
    expect(isOldForm(action)).toBe(isOld);
  });

  test('keeps what it says of inputs: all of them as variables, or none', () => {
    const action = { identifier: 'x', trigger: 'DAY-2', blueprint: 'service', invocationMethod: method };
    expect(translated(action)).toMatchObject({
      body: {
        trigger: { operation: 'DAY-2', blueprintIdentifier: 'service', userInputs: { properties: {} } },
        invocationMethod: { ...method, pipelineVariables: { '{{ spreadValue() }}': '{{ .inputs }}' } },
      },
    });
    const silent = { ...action, invocationMethod: { ...method, omitUserInputs: true, omitPayload: true } };
    expect(translated(silent)).toMatchObject({
      body: { invocationMethod: { pipelineVariables: {} } },
      notes: [expect.any(String), expect.stringContaining('omitPayload is no more')],
    });
  });

  test('of another kind of backend is left to its owner', () => {
    expect(translated({ trigger: 'CREATE', invocationMethod: { type: 'GITHUB' } })).toMatch(
      /only actions that start a GitLab/,
    );
    expect(translated({ trigger: 'CREATE', invocationMethod: { type: 'GITLAB' } })).toMatch(
      /does not name its group/,
    );
  });
});
