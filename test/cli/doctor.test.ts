import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { pino } from 'pino';
import { z } from 'zod';
import { openStage, type Stage } from '../../stage/stage.ts';
import { type Ended, runOn } from './support.ts';

type Env = Readonly<Record<string, string>>;

// Nothing here changes the stage: one serves every case.
let stage: Stage;
beforeAll(async () => {
  stage = await openStage({
    redisUrl: inject('redisUrl'),
    prefix: 'doctor',
    clock: Date.now,
    log: pino({ level: 'silent' }),
    apiScope: 'api',
  });
  stage.servicenow.createChange({ short_description: 'To look at' });
  await stage.servicenow.settle();
});
afterAll(() => stage.close());

function doctor(env: Env = {}, line = 'doctor'): Promise<Ended> {
  const settings = Object.fromEntries(
    Object.entries({ ...stage.env, CHANGEBRIDGE_URL: stage.bridgeUrl(), ...env }).filter(
      ([, value]) => value !== '',
    ),
  );
  return runOn(settings, line);
}

/** A setting of the stage with other credentials in it. */
const basic = (user: string, password: string): string =>
  Buffer.from(`${user}:${password}`).toString('base64');

test('where all is well it finds nothing to mend, and ends with 0', async () => {
  const ended = await doctor();
  expect(ended.said.split('\n').filter((line) => line.startsWith('✘'))).toEqual([]);
  expect(ended.code).toBe(0);
  expect(ended.said).toContain('✔ ServiceNow account: It may read changes.');
  expect(ended.said).toContain('✔ GitLab     trigger token of 42: It is accepted.');
  expect(ended.said).toMatch(/✔ bridge {5}ready: The bridge at http:\S+ is ready\./);
  expect(stage.gitlab.pipelines()).toEqual([]);
});

const AWAY = 'http://127.0.0.1:9';

const BROKEN: readonly [what: string, env: Env, sign: '✘' | '!', line: RegExp][] = [
  ['a missing setting', { PORT_CLIENT_ID: '' }, '✘', /PORT_CLIENT_ID is missing/],
  ['a bad value', { CHANGE_WINDOW: 'sometimes' }, '✘', /CHANGE_WINDOW must be honour or ignore/],
  [
    'a misspelt setting',
    { SERVICENOW_APROVAL_MODE: 'field' },
    '!',
    /no setting SERVICENOW_APROVAL_MODE. Is SERVICENOW_APPROVAL_MODE meant\?/,
  ],
  [
    'a setting of nobody',
    { GITLAB_FAVOURITE_COLOUR: 'red' },
    '!',
    /no setting GITLAB_FAVOURITE_COLOUR. Take it out/,
  ],
  [
    'a wrong password of ServiceNow',
    { SERVICENOW_API_TOKEN: basic('ann', 'wrong') },
    '✘',
    /ServiceNow account: .*401.*SERVICENOW_API_TOKEN/,
  ],
  [
    'an instance that is away',
    { SERVICENOW_INSTANCE_URL: AWAY },
    '✘',
    /ServiceNow account: .*Check SERVICENOW_INSTANCE_URL/,
  ],
  [
    'no tags column',
    { SERVICENOW_TAGS_FIELD: 'u_not_there' },
    '✘',
    /tags column: .*no column u_not_there.*SERVICENOW_TAGS_FIELD/,
  ],
  [
    'no group that is asked',
    { SERVICENOW_CHANGE_DEFAULTS: '{}' },
    '!',
    /assignment group: No group is asked.*SERVICENOW_CHANGE_DEFAULTS/,
  ],
  [
    'an unknown group',
    { SERVICENOW_CHANGE_DEFAULTS: '{"assignment_group":"Payments"}' },
    '✘',
    /no one group "Payments" \(unknown\)/,
  ],
  [
    'an unknown group of a rule',
    { PIPELINE_RULES: '[{"project":"platform/*","change":{"assignment_group":"Nope"}}]' },
    '✘',
    /no one group "Nope".*PIPELINE_RULES/,
  ],
  ['a wrong secret of Port', { PORT_CLIENT_SECRET: 'wrong' }, '✘', /Port +credentials: .*PORT_CLIENT_SECRET/],
  ['a Port that is away', { PORT_API_URL: `${AWAY}/v1` }, '✘', /Port +credentials: .*Check PORT_API_URL/],
  [
    'no blueprint of changes',
    { PORT_CHANGE_BLUEPRINT: 'nothing' },
    '✘',
    /blueprint nothing: .*setup port.*PORT_CHANGE_BLUEPRINT/,
  ],
  [
    'a blueprint of another thing',
    { PORT_CHANGE_BLUEPRINT: 'service' },
    '✘',
    /blueprint service: It lacks number, .*setup port/,
  ],
  [
    'no blueprint of deployments',
    { PORT_DEPLOYMENT_BLUEPRINT: 'nowhere' },
    '✘',
    /blueprint nowhere: .*PORT_DEPLOYMENT_BLUEPRINT/,
  ],
  [
    'no approve action',
    { PORT_APPROVE_ACTION: 'decide_it' },
    '✘',
    /action decide_it: There is no such action.*PORT_APPROVE_ACTION/,
  ],
  [
    'no deploy action',
    { PORT_DEPLOY_ACTIONS: 'ship_it' },
    '✘',
    /action ship_it: There is no such action.*PORT_DEPLOY_ACTIONS/,
  ],
  [
    'actions that call elsewhere',
    { BRIDGE_PUBLIC_URL: 'https://elsewhere.example.com' },
    '!',
    /action approve_and_deploy_service: It calls http.*not at BRIDGE_PUBLIC_URL/,
  ],
  [
    'a wrong trigger token',
    { GITLAB_TRIGGER_TOKEN: 'wrong' },
    '✘',
    /trigger token of 42: .*set GITLAB_TRIGGER_TOKEN/,
  ],
  [
    'another project’s trigger token',
    { GITLAB_TRIGGER_TOKENS: '99:whatever' },
    '✘',
    /trigger token of 99: .*set GITLAB_TRIGGER_TOKENS/,
  ],
  ['no API token', { GITLAB_API_TOKEN: '' }, '!', /API token: GITLAB_API_TOKEN is not set/],
  ['a wrong API token', { GITLAB_API_TOKEN: 'wrong' }, '✘', /API token: .*401.*set GITLAB_API_TOKEN/],
  ['keys that nobody publishes', { GITLAB_OIDC_ISSUER: AWAY }, '✘', /id_token keys: .*GITLAB_OIDC_ISSUER/],
  [
    'no audience',
    { BRIDGE_PUBLIC_URL: '', GITLAB_OIDC_AUDIENCE: '' },
    '✘',
    /id_token audience: .*set BRIDGE_PUBLIC_URL/,
  ],
  [
    'a bridge that is away',
    { CHANGEBRIDGE_URL: AWAY },
    '✘',
    /bridge +ready: No bridge answers at .*CHANGEBRIDGE_URL/,
  ],
];

test.each(BROKEN)('%s is found, with the setting and what to do', async (_what, env, sign, line) => {
  const ended = await doctor(env);
  const found = ended.said.split(/\n(?=[✔!✘])/).find((each) => line.test(each.replaceAll('\n', ' ')));
  expect(found, ended.said).toBeDefined();
  expect(found?.slice(0, 1)).toBe(sign);
  expect(ended.code).toBe(ended.said.includes('✘') ? 1 : 0);
});

test('for scripts it tells the same as JSON', async () => {
  const ended = await doctor({ GITLAB_TRIGGER_TOKEN: 'wrong' }, 'doctor --json');
  const checks = z.array(
    z.object({ system: z.string(), what: z.string(), state: z.string(), text: z.string() }),
  );
  const found = checks.parse(JSON.parse(ended.said));
  expect(found.filter(({ state }) => state === 'failed').map(({ what }) => what)).toEqual([
    'trigger token of 42',
  ]);
  expect(ended.code).toBe(1);
});

test('no credential is ever shown', async () => {
  const { said } = await doctor({
    GITLAB_TRIGGER_TOKEN: 'a-wrong-trigger-token',
    GITLAB_API_TOKEN: 'a-wrong-api-token',
  });
  for (const secret of ['a-wrong-trigger-token', 'a-wrong-api-token', stage.env['PORT_CLIENT_SECRET'] ?? '?'])
    expect(said).not.toContain(secret);
});
