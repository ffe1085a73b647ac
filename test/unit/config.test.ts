import { describe, expect, test } from 'vitest';
import { ConfigError, hashToken, parseConfig } from '../../bridge/config.ts';

const WHSEC = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const GOOD = {
  SERVICENOW_INSTANCE_URL: 'https://example.service-now.com/',
  SERVICENOW_API_TOKEN: Buffer.from('ci:secret').toString('base64'),
  SERVICENOW_WEBHOOK_SECRETS: WHSEC,
  PORT_CLIENT_ID: 'id',
  PORT_CLIENT_SECRET: 'secret',
  GITLAB_PROJECT_ID: '42',
  GITLAB_TRIGGER_TOKEN: 'glptt-1',
};

function noFile(): string {
  throw new Error('ENOENT');
}

function naming(path: string): string {
  return `from ${path}\r\n`;
}

function complaint(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string = noFile,
): string {
  try {
    parseConfig(env, readFile);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

function withGood(more: Readonly<Record<string, string | undefined>>) {
  return { ...GOOD, ...more };
}

test('the needed names alone make a configuration, with the documented defaults', () => {
  const config = parseConfig(GOOD, noFile);
  expect(config).toMatchObject({
    BRIDGE_HOST: '0.0.0.0',
    BRIDGE_PORT: 8080,
    BRIDGE_ROLE: 'all',
    SERVICENOW_INSTANCE_URL: 'https://example.service-now.com',
    SERVICENOW_TAGS_FIELD: 'u_external_tags',
    SERVICENOW_CHANGE_QUERY: '',
    SERVICENOW_APPROVAL_MODE: 'field',
    PORT_API_URL: 'https://api.port.io/v1',
    PORT_CHANGE_BLUEPRINT: 'servicenowChangeRequest',
    PORT_APPROVE_ACTION: 'approve_and_deploy_service',
    GITLAB_URL: 'https://gitlab.com',
    GITLAB_REF: 'main',
    GITLAB_WEBHOOK_SECRETS: [],
    GITLAB_OIDC_ISSUER: 'https://gitlab.com',
    PIPELINE_TOKENS: [],
    PORT_DEPLOY_ACTIONS: ['deploy_service_to_cluster'],
    PORT_AGENT: 'off',
    CHANGE_WINDOW: 'honour',
    OPERATOR_TOKENS: [],
    APPROVAL_SELF_APPROVAL: 'refuse',
    RECONCILE_EVERY_SECONDS: 300,
    servicenowAuth: { kind: 'basic', token: GOOD.SERVICENOW_API_TOKEN },
  });
  expect(config.REDIS_URL).toBeUndefined();
});

test('an empty value counts as not set, so a default stands', () => {
  const config = parseConfig(withGood({ GITLAB_REF: '', BRIDGE_PORT: '', REDIS_URL: '' }), noFile);
  expect(config).toMatchObject({ GITLAB_REF: 'main', BRIDGE_PORT: 8080 });
  expect(config.REDIS_URL).toBeUndefined();
});

test('claiming the portal’s runs needs the address by which the bridge knows its own', () => {
  expect(complaint({ ...GOOD, PORT_AGENT: 'poll' })).toContain(
    'BRIDGE_PUBLIC_URL is needed where PORT_AGENT',
  );
  expect(complaint({ ...GOOD, PORT_AGENT: 'on' })).toContain('PORT_AGENT must be off or poll');
  const env = { ...GOOD, PORT_AGENT: 'poll', BRIDGE_PUBLIC_URL: 'https://bridge.example.com/' };
  expect(parseConfig(env, noFile)).toMatchObject({ PORT_AGENT: 'poll' });
});

test('one message names every missing and every bad value', () => {
  const message = complaint({
    BRIDGE_PORT: '99999',
    BRIDGE_ROLE: 'both',
    BRIDGE_LOG_LEVEL: 'loud',
    REDIS_URL: 'http://redis',
    SERVICENOW_INSTANCE_URL: 'http://example.service-now.com',
    SERVICENOW_WEBHOOK_SECRETS: 'whsec_short',
    SERVICENOW_TAGS_FIELD: 'Tags!',
    SERVICENOW_CHANGE_QUERY: 'active=true^NQactive=false',
    SERVICENOW_APPROVAL_MODE: 'guess',
    PORT_API_URL: 'api.port.io',
    GITLAB_PROJECT_ID: 'checkout',
    GITLAB_TRIGGER_TOKENS: 'glptt-1',
    OPERATOR_TOKENS: 'ann:root:0123456789abcdef',
    APPROVAL_SELF_APPROVAL: 'maybe',
    RECONCILE_EVERY_SECONDS: '-1',
  });
  const named = [...message.matchAll(/^ {2}(\w+) /gm)].map((match) => match[1]);
  expect(new Set(named)).toEqual(
    new Set([
      'BRIDGE_PORT',
      'BRIDGE_ROLE',
      'BRIDGE_LOG_LEVEL',
      'REDIS_URL',
      'SERVICENOW_INSTANCE_URL',
      'SERVICENOW_API_TOKEN',
      'SERVICENOW_WEBHOOK_SECRETS',
      'SERVICENOW_TAGS_FIELD',
      'SERVICENOW_CHANGE_QUERY',
      'SERVICENOW_APPROVAL_MODE',
      'PORT_API_URL',
      'PORT_CLIENT_ID',
      'PORT_CLIENT_SECRET',
      'GITLAB_PROJECT_ID',
      'GITLAB_TRIGGER_TOKEN',
      'GITLAB_TRIGGER_TOKENS',
      'OPERATOR_TOKENS',
      'APPROVAL_SELF_APPROVAL',
      'RECONCILE_EVERY_SECONDS',
    ]),
  );
  expect(message).toContain('PORT_CLIENT_ID is missing');
  expect(message).toMatch(/^The configuration has \d+ problems:/);
});

test('no message repeats a value, for it may be a secret', () => {
  const message = complaint({
    SERVICENOW_API_TOKEN: 'canary-one!',
    SERVICENOW_WEBHOOK_SECRETS: 'canary-two',
    OPERATOR_TOKENS: 'ann:root:canary-three-canary',
    GITLAB_TRIGGER_TOKENS: 'canary-four',
    REDIS_URL: 'http://user:canary-five@redis',
    SERVICENOW_INSTANCE_URL: 'https://user:canary-six@example.com',
  });
  expect(message).toContain('SERVICENOW_API_TOKEN');
  expect(message).not.toContain('canary');
});

describe('addresses', () => {
  const refused = [
    'http://example.com',
    'ftp://example.com',
    'https://user@example.com',
    'https://:password@example.com',
    'https://example.com?x=1',
    'https://example.com#part',
    'example.com',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
  ];
  test.each(refused)('%s is refused', (url) => {
    expect(complaint(withGood({ SERVICENOW_INSTANCE_URL: url }))).toContain('SERVICENOW_INSTANCE_URL must');
  });
  test.each(['http://localhost:8080', 'http://127.0.0.1:1', 'http://[::1]:1', 'https://example.com/base//'])(
    '%s is taken, without its last slashes',
    (url) => {
      const config = parseConfig(withGood({ GITLAB_URL: url }), noFile);
      expect(config.GITLAB_URL).toBe(url.replace(/\/+$/, ''));
    },
  );
  test.each(['redis://r', 'rediss://u:p@r:1', 'redis+sentinel://a:1,b:2/main', 'redis+cluster://a:1,b:2'])(
    'REDIS_URL %s is taken',
    (url) => expect(parseConfig(withGood({ REDIS_URL: url }), noFile).REDIS_URL).toBe(url),
  );
});

describe('NAME_FILE', () => {
  test('holds the value of any name, less the line end that editors add', () => {
    const { PORT_CLIENT_SECRET: _gone, ...rest } = GOOD;
    const config = parseConfig({ ...rest, PORT_CLIENT_SECRET_FILE: '/run/secrets/port' }, naming);
    expect(config.PORT_CLIENT_SECRET).toBe('from /run/secrets/port');
  });
  test('and the name itself together are refused: nobody could tell which counts', () => {
    const message = complaint(withGood({ PORT_CLIENT_SECRET_FILE: '/run/secrets/port' }), () => 'x');
    expect(message).toContain('PORT_CLIENT_SECRET and PORT_CLIENT_SECRET_FILE are both set');
  });
  test('that cannot be read is told with its path', () => {
    const message = complaint(withGood({ PORT_CLIENT_SECRET: undefined, PORT_CLIENT_SECRET_FILE: '/none' }));
    expect(message).toContain('PORT_CLIENT_SECRET_FILE names a file that cannot be read: /none');
  });
  test('that is empty is told as such', () => {
    const message = complaint(withGood({ GITLAB_REF_FILE: '/empty' }), () => '\n');
    expect(message).toContain('GITLAB_REF_FILE names an empty file: /empty');
  });
});

describe('lists', () => {
  test('are separated by commas, blanks and empty places ignored', () => {
    const config = parseConfig(
      withGood({
        SERVICENOW_WEBHOOK_SECRETS: ` ${WHSEC} ,, ${WHSEC}`,
        GITLAB_WEBHOOK_SECRETS: 'hook-token-a, hook-token-b ',
      }),
      noFile,
    );
    expect(config.SERVICENOW_WEBHOOK_SECRETS).toEqual([WHSEC, WHSEC]);
    expect(config.GITLAB_WEBHOOK_SECRETS).toEqual(['hook-token-a', 'hook-token-b']);
  });
  test('that hold nothing are refused where something is needed', () => {
    expect(complaint(withGood({ SERVICENOW_WEBHOOK_SECRETS: ' , ' }))).toContain(
      'SERVICENOW_WEBHOOK_SECRETS is empty',
    );
  });
});

test('an operator’s token is kept as its SHA-256 only, and may hold colons', () => {
  const config = parseConfig(withGood({ OPERATOR_TOKENS: 'ann:operate:aaaa:bbbb:cccc:dddd' }), noFile);
  expect(config.OPERATOR_TOKENS).toEqual([
    { name: 'ann', role: 'operate', tokenHash: hashToken('aaaa:bbbb:cccc:dddd') },
  ]);
  expect(JSON.stringify(config)).not.toContain('aaaa:bbbb');
});

test('an operator’s token of fewer than 16 characters is refused', () => {
  const message = complaint(withGood({ OPERATOR_TOKENS: 'ann:read:123456789012345' }));
  expect(message).toContain('at least 16 characters');
  expect(complaint(withGood({ OPERATOR_TOKENS: 'ann:read:1234567890123456' }))).toBe('');
});

test('OAuth credentials win over the basic token, and count only as a pair', () => {
  const oauth = { SERVICENOW_CLIENT_ID: 'c', SERVICENOW_CLIENT_SECRET: 's' };
  expect(parseConfig(withGood(oauth), noFile).servicenowAuth).toEqual({
    kind: 'oauth',
    clientId: 'c',
    clientSecret: 's',
  });
  const half = { SERVICENOW_API_TOKEN: undefined, SERVICENOW_CLIENT_ID: 'c' };
  expect(complaint(withGood(half))).toContain('SERVICENOW_CLIENT_ID and SERVICENOW_CLIENT_SECRET together');
});

test.each(['api', 'worker'])('the role %s needs a Redis that it can share', (role) => {
  expect(complaint(withGood({ BRIDGE_ROLE: role }))).toContain('REDIS_URL is needed');
  expect(complaint(withGood({ BRIDGE_ROLE: role, REDIS_URL: 'redis://r' }))).toBe('');
});

test.each(['platform/checkout', 'checkout', '0', '-1', '42 ', '4.2'])(
  'GITLAB_PROJECT_ID %j is no project number, and the message says where to find it',
  (id) => {
    const message = complaint(withGood({ GITLAB_PROJECT_ID: id }));
    expect(message).toContain('GITLAB_PROJECT_ID must be the project number');
    expect(message).toContain('Copy project ID');
  },
);

test.each(['whsec_', 'whsec_=', 'whsec_short', `${WHSEC}!`, `hook-token-1,whsec_`])(
  'GITLAB_WEBHOOK_SECRETS %j holds a signing token whose key could be guessed',
  (secrets) => {
    const message = complaint(withGood({ GITLAB_WEBHOOK_SECRETS: secrets }));
    expect(message).toContain('GITLAB_WEBHOOK_SECRETS must be whsec_ and at least 24 bytes in Base64');
  },
);

test('plain hook tokens need eight characters, signing tokens and plain ones may stand side by side', () => {
  expect(complaint(withGood({ GITLAB_WEBHOOK_SECRETS: '1234567' }))).toContain('at least 8 characters');
  const config = parseConfig(withGood({ GITLAB_WEBHOOK_SECRETS: `12345678,${WHSEC}` }), noFile);
  expect(config.GITLAB_WEBHOOK_SECRETS).toEqual(['12345678', WHSEC]);
});

describe('pipelines', () => {
  test('id_tokens come from GITLAB_URL and are made for BRIDGE_PUBLIC_URL, unless something else is said', () => {
    const told = {
      GITLAB_URL: 'https://gitlab.example.com/',
      BRIDGE_PUBLIC_URL: 'https://bridge.example.com',
    };
    expect(parseConfig(withGood(told), noFile)).toMatchObject({
      GITLAB_OIDC_ISSUER: 'https://gitlab.example.com',
      GITLAB_OIDC_AUDIENCE: 'https://bridge.example.com',
    });
    const other = { GITLAB_OIDC_ISSUER: 'https://id.example.com', GITLAB_OIDC_AUDIENCE: 'changebridge' };
    expect(parseConfig(withGood({ ...told, ...other }), noFile)).toMatchObject(other);
    expect(parseConfig(GOOD, noFile).GITLAB_OIDC_AUDIENCE).toBeUndefined();
  });

  test.each([
    ['no JSON', 'Change Management', /^  SERVICENOW_CHANGE_DEFAULTS must be a JSON object such as/m],
    ['a list', '["x"]', /^  SERVICENOW_CHANGE_DEFAULTS /m],
    [
      'a field of the bridge',
      '{"approval":"approved"}',
      /SERVICENOW_CHANGE_DEFAULTS approval: is a field that the bridge/,
    ],
    ['a value that is no text', '{"priority":1}', /SERVICENOW_CHANGE_DEFAULTS priority: /],
  ])('SERVICENOW_CHANGE_DEFAULTS that is %s stops the start', (_what, value, message) => {
    expect(() => parseConfig(withGood({ SERVICENOW_CHANGE_DEFAULTS: value }), noFile)).toThrow(message);
  });

  test('without PIPELINE_RULES the projects that have a trigger token are let in', () => {
    const config = parseConfig(withGood({ GITLAB_TRIGGER_TOKENS: '43:glptt-2,42:glptt-3' }), noFile);
    expect(config.PIPELINE_RULES.map((rule) => rule.project)).toEqual(['42', '43']);
  });

  test.each<[string, string, string]>([
    ['no JSON', 'platform/*', 'PIPELINE_RULES must be a JSON list'],
    ['an empty list', '[]', 'PIPELINE_RULES must be a JSON list with at least one rule'],
    ['no project', '[{"project":42},{"refs":["main"]}]', 'PIPELINE_RULES rule 2: project:'],
    ['a misspelt name', '[{"project":42,"mod":"play"}]', 'PIPELINE_RULES rule 1: Unrecognized key: "mod"'],
    [
      'an unknown mode',
      '[{"project":42,"mode":"retry"}]',
      'PIPELINE_RULES rule 1: mode: must be one of retrigger, play, wait',
    ],
    [
      'mode play, without a token that may start a job',
      '[{"project":42,"mode":"wait"},{"project":43,"mode":"play"}]',
      'PIPELINE_RULES rule 2: mode play needs GITLAB_API_TOKEN, of scope api',
    ],
    ['an unknown right', '[{"project":42,"may":["deploy"]}]', 'PIPELINE_RULES rule 1: may.0:'],
    ['no refs', '[{"project":42,"refs":[]}]', 'PIPELINE_RULES rule 1: refs: must name at least one'],
    ['a group alone', '[{"project":"platform"}]', 'PIPELINE_RULES rule 1: project: must be a project number'],
    ['its own approval', '[{"project":42,"change":{"approval":"approved"}}]', 'rule 1: change.approval:'],
  ])('PIPELINE_RULES with %s stops the start, and says in which rule', (_, rules, message) => {
    expect(complaint(withGood({ PIPELINE_RULES: rules }))).toContain(message);
  });

  test('mode play is taken with a token that may start a job, and mode wait needs none', () => {
    const PIPELINE_RULES = '[{"project":42,"mode":"wait"},{"project":43,"mode":"play"}]';
    const config = parseConfig(withGood({ PIPELINE_RULES, GITLAB_API_TOKEN: 'glpat-1' }), noFile);
    expect(config.PIPELINE_RULES.map((rule) => rule.mode)).toEqual(['wait', 'play']);
    expect(complaint(withGood({ PIPELINE_RULES: '[{"project":42,"mode":"wait"}]' }))).toBe('');
  });

  test('a pipeline token is kept as its hash, and may be no operator’s', () => {
    const config = parseConfig(withGood({ PIPELINE_TOKENS: '42:aaaa:bbbb:cccc:dddd' }), noFile);
    expect(config.PIPELINE_TOKENS).toEqual([
      { projectId: '42', tokenHash: hashToken('aaaa:bbbb:cccc:dddd') },
    ]);
    expect(config.secrets.reveal()).toContain('aaaa:bbbb:cccc:dddd');
    expect(complaint(withGood({ PIPELINE_TOKENS: '42:short' }))).toContain('at least 16 characters');
    const shared = { PIPELINE_TOKENS: '42:0123456789abcdef', OPERATOR_TOKENS: 'ann:read:0123456789abcdef' };
    expect(complaint(withGood(shared))).toContain('give pipelines tokens of their own');
  });
});
