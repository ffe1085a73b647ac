import { z } from 'zod';
import { redisUrlSchema } from '../queue/redis-address.ts';
import { changeDefaultsSchema } from './config/change-defaults.ts';
import { defaultRules, needsOfRules, pipelineRulesSchema } from './config/pipeline-rules.ts';
import { type ProjectToken, projectTokens } from './config/project-tokens.ts';
import { operatorSchema, pipelineTokenSchema } from './config/tokens.ts';
import type { PipelineRule } from './model/pipeline-rules.ts';
import { secretsOf, type SecretValues } from './secrets.ts';

export { hashToken, type Operator, type OperatorRole, type PipelineToken } from './config/tokens.ts';

/** A Standard Webhooks secret: a shorter key, or none, could be guessed. */
const standardSecret = z
  .string()
  .regex(
    /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/,
    'must be whsec_ and at least 24 bytes in Base64 (make one: openssl rand -base64 32)',
  );
const plainToken = z
  .string()
  .min(8, 'must be whsec_… signing tokens, or plain secret tokens of at least 8 characters');
const standardSecrets = list(standardSecret);
/** Whichever GitLab uses: a signing token or a plain one. */
const hookSecrets = list(
  z.string().superRefine((text, c) => {
    const schema = text.startsWith('whsec_') ? standardSecret : plainToken;
    for (const issue of schema.safeParse(text).error?.issues ?? [])
      c.addIssue({ code: 'custom', message: issue.message });
  }),
);
const schema = z.object({
  BRIDGE_HOST: z.string().default('0.0.0.0'),
  BRIDGE_PORT: integer(0, 65_535).default(8080),
  BRIDGE_PUBLIC_URL: baseUrl().optional(),
  BRIDGE_ROLE: z.enum(['all', 'api', 'worker'], 'must be all, api or worker').default('all'),
  BRIDGE_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error')
    .default('info'),
  REDIS_URL: redisUrlSchema.optional(),
  REDIS_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,40}$/, 'may hold letters, digits, _ and -')
    .default('changebridge'),
  SERVICENOW_INSTANCE_URL: baseUrl(),
  SERVICENOW_API_TOKEN: z
    .string()
    .regex(/^[A-Za-z0-9+/]+={0,2}$/, 'must be the Base64 of user:password')
    .refine(
      (text) => Buffer.from(text, 'base64').toString('utf8').includes(':'),
      'must be the Base64 of user:password',
    )
    .optional(),
  SERVICENOW_CLIENT_ID: z.string().min(1).optional(),
  SERVICENOW_CLIENT_SECRET: z.string().min(1).optional(),
  SERVICENOW_WEBHOOK_SECRETS: standardSecrets,
  SERVICENOW_TAGS_FIELD: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,79}$/, 'must be a column name')
    .default('u_external_tags'),
  SERVICENOW_CHANGE_QUERY: z
    .string()
    .refine(
      (query) => !/\^NQ|ORDERBY|GROUPBY/.test(query),
      'may not contain ^NQ, ORDERBY or GROUPBY: it becomes part of a larger query',
    )
    .default(''),
  SERVICENOW_CHANGE_DEFAULTS: changeDefaultsSchema.default({}),
  SERVICENOW_REQUEST_APPROVAL: z
    .enum(['state', 'field', 'none'], 'must be state, field or none')
    .default('state'),
  SERVICENOW_APPROVAL_MODE: z
    .enum(['field', 'approver', 'change-api'], 'must be field, approver or change-api')
    .default('field'),
  PORT_API_URL: baseUrl().default('https://api.port.io/v1'),
  PORT_CLIENT_ID: z.string().min(1, 'is empty'),
  PORT_CLIENT_SECRET: z.string().min(1, 'is empty'),
  PORT_CHANGE_BLUEPRINT: z.string().min(1).default('servicenowChangeRequest'),
  PORT_APPROVE_ACTION: z.string().min(1).default('approve_and_deploy_service'),
  PORT_DEPLOYMENT_BLUEPRINT: z.string().min(1).default('deployment'),
  PORT_SERVICE_BLUEPRINT: z.string().min(1).default('service'),
  PORT_APPROVERS: list(z.string().min(1)).default([]),
  GITLAB_URL: baseUrl().default('https://gitlab.com'),
  GITLAB_PROJECT_ID: z
    .string()
    .regex(
      /^[1-9]\d{0,17}$/,
      'must be the project number: on the project’s page in GitLab, open the menu ⋮ beside its name and choose "Copy project ID"',
    ),
  GITLAB_REF: z.string().min(1).default('main'),
  GITLAB_TRIGGER_TOKEN: z.string().min(1, 'is empty'),
  GITLAB_TRIGGER_TOKENS: list(
    z
      .string()
      .regex(
        /^(\d+|[\w.-]+(\/[\w.-]+)+):\S+$/,
        'must be project number:trigger token, or group/project:trigger token',
      ),
  ).default([]),
  GITLAB_API_TOKEN: z.string().min(1).optional(),
  GITLAB_WEBHOOK_SECRETS: hookSecrets.default([]),
  GITLAB_OIDC_ISSUER: baseUrl().optional(),
  GITLAB_OIDC_AUDIENCE: z.string().min(1).optional(),
  PIPELINE_RULES: pipelineRulesSchema.optional(),
  PIPELINE_TOKENS: list(pipelineTokenSchema).default([]),
  PORT_DEPLOY_ACTIONS: list(z.string().min(1)).default(['deploy_service_to_cluster']),
  PORT_AGENT: z.enum(['off', 'poll'], 'must be off or poll').default('off'),
  OPERATOR_TOKENS: list(operatorSchema).default([]),
  AUDIT_KEY: list(
    z.string().min(32, 'must have at least 32 characters (make one: openssl rand -hex 32)'),
  ).default([]),
  CHANGE_LIFECYCLE: z.enum(['off', 'notes', 'full'], 'must be off, notes or full').default('notes'),
  CHANGE_WINDOW: z.enum(['honour', 'ignore'], 'must be honour or ignore').default('honour'),
  APPROVAL_SELF_APPROVAL: z.enum(['refuse', 'allow'], 'must be refuse or allow').default('refuse'),
  RECONCILE_EVERY_SECONDS: integer(0, 86_400).default(300),
});

/** Every setting that the bridge knows by this name. */
export const SETTING_NAMES: readonly string[] = Object.keys(schema.shape);

type Settings = z.output<typeof schema>;
export type Config = Omit<
  Settings,
  | 'SERVICENOW_API_TOKEN'
  | 'SERVICENOW_CLIENT_ID'
  | 'SERVICENOW_CLIENT_SECRET'
  | 'GITLAB_OIDC_ISSUER'
  | 'GITLAB_OIDC_AUDIENCE'
  | 'PIPELINE_RULES'
> & {
  readonly GITLAB_OIDC_ISSUER: string;
  /** Undefined where neither GITLAB_OIDC_AUDIENCE nor BRIDGE_PUBLIC_URL is set: then no id_token is for us. */
  readonly GITLAB_OIDC_AUDIENCE: string | undefined;
  readonly PIPELINE_RULES: readonly PipelineRule[];
  /** Trigger tokens that stand in the environment under their project's name. */
  readonly projectToken: ProjectToken;
  readonly servicenowAuth:
    | { readonly kind: 'basic'; readonly token: string }
    | { readonly kind: 'oauth'; readonly clientId: string; readonly clientSecret: string };
  /** Every secret value, so that it can be kept out of what is stored and shown. */
  readonly secrets: SecretValues;
};

/** The configuration cannot be used; the message lists every bad name and says how to mend it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(problems: readonly string[]) {
    super(
      `The configuration has ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n${problems.map((each) => `  ${each}`).join('\n')}`,
    );
  }
}

/**
 * Parses the environment. Every name may be given as NAME_FILE, the path of a file that holds the value
 * (`readFile` reads it). Throws ConfigError.
 */
export function parseConfig(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): Config {
  const problems: string[] = [];
  const values = collect(env, readFile, problems, Object.keys(schema.shape));
  const result = schema.safeParse(values);
  if (!result.success) {
    for (const issue of result.error.issues)
      problems.push(describe(String(issue.path[0]), issue.message, values));
  }
  const auth = authOf(values, problems);
  if (values.BRIDGE_ROLE !== undefined && values.BRIDGE_ROLE !== 'all' && values.REDIS_URL === undefined) {
    problems.push('REDIS_URL is needed where BRIDGE_ROLE is api or worker: they meet in one Redis');
  }
  if (values.PORT_AGENT === 'poll' && values.BRIDGE_PUBLIC_URL === undefined) {
    problems.push(
      'BRIDGE_PUBLIC_URL is needed where PORT_AGENT is poll: runs whose action calls this address are the bridge’s',
    );
  }
  if (result.success) problems.push(...sharedTokens(result.data), ...unmetNeeds(result.data));
  if (!result.success || auth === undefined || problems.length > 0) throw new ConfigError(problems);
  const {
    SERVICENOW_API_TOKEN: _token,
    SERVICENOW_CLIENT_ID: _id,
    SERVICENOW_CLIENT_SECRET: _secret,
    ...rest
  } = result.data;
  return {
    ...rest,
    GITLAB_OIDC_ISSUER: rest.GITLAB_OIDC_ISSUER ?? rest.GITLAB_URL,
    GITLAB_OIDC_AUDIENCE: rest.GITLAB_OIDC_AUDIENCE ?? rest.BRIDGE_PUBLIC_URL,
    PIPELINE_RULES: rest.PIPELINE_RULES ?? defaultRules(triggeredProjects(rest)),
    projectToken: projectTokens(env, readFile),
    servicenowAuth: auth,
    secrets: secretsOf(values),
  };
}

const portalSchema = schema.pick({
  BRIDGE_PUBLIC_URL: true,
  PORT_API_URL: true,
  PORT_CLIENT_ID: true,
  PORT_CLIENT_SECRET: true,
  PORT_CHANGE_BLUEPRINT: true,
  PORT_APPROVE_ACTION: true,
  PORT_DEPLOYMENT_BLUEPRINT: true,
  PORT_SERVICE_BLUEPRINT: true,
  PORT_APPROVERS: true,
  PORT_DEPLOY_ACTIONS: true,
  PORT_AGENT: true,
  GITLAB_REF: true,
  GITLAB_TRIGGER_TOKENS: true,
});
/** The settings that the portal's side is set up by. */
export type PortalSettings = z.output<typeof portalSchema> & { readonly secrets: SecretValues };

/** Parses those settings alone: the other systems need not be set up yet. Throws ConfigError. */
export function parsePortalSettings(env: Values, readFile: (path: string) => string): PortalSettings {
  const problems: string[] = [];
  const values = collect(env, readFile, problems, Object.keys(portalSchema.shape));
  const result = portalSchema.safeParse(values);
  for (const issue of result.error?.issues ?? [])
    problems.push(describe(String(issue.path[0]), issue.message, values));
  if (!result.success || problems.length > 0) throw new ConfigError(problems);
  return { ...result.data, secrets: secretsOf(values) };
}

/** The projects that have a trigger token. */
function triggeredProjects(
  settings: Pick<Settings, 'GITLAB_PROJECT_ID' | 'GITLAB_TRIGGER_TOKENS'>,
): string[] {
  const others = settings.GITLAB_TRIGGER_TOKENS.map((text) => text.slice(0, text.indexOf(':')));
  return [settings.GITLAB_PROJECT_ID, ...others];
}

/** A token that opens both doors would make every pipeline an operator. */
function sharedTokens({ PIPELINE_TOKENS: pipelines, OPERATOR_TOKENS: operators }: Settings): string[] {
  const hashes = new Set(operators.map((operator) => operator.tokenHash));
  if (!pipelines.some((token) => hashes.has(token.tokenHash))) return [];
  return ['PIPELINE_TOKENS holds a token of OPERATOR_TOKENS too: give pipelines tokens of their own'];
}

function unmetNeeds({ PIPELINE_RULES: rules = [], GITLAB_API_TOKEN: token }: Settings): string[] {
  return needsOfRules(rules, token);
}

type Values = Readonly<Record<string, string | undefined>>;

function collect(
  env: Values,
  readFile: (path: string) => string,
  problems: string[],
  names: readonly string[],
): Values {
  const values: Record<string, string> = {};
  for (const name of names) {
    const path = env[`${name}_FILE`];
    const value = env[name];
    if (value !== undefined && value !== '') {
      if (path !== undefined) problems.push(`${name} and ${name}_FILE are both set: keep one`);
      values[name] = value;
    } else if (path !== undefined && path !== '') {
      try {
        const content = readFile(path).trim();
        if (content === '') problems.push(`${name}_FILE names an empty file: ${path}`);
        else values[name] = content;
      } catch {
        problems.push(`${name}_FILE names a file that cannot be read: ${path}`);
      }
    }
  }
  return values;
}

function describe(name: string, message: string, values: Values): string {
  return values[name] === undefined ? `${name} is missing` : `${name} ${message}`;
}

function authOf(values: Values, problems: string[]): Config['servicenowAuth'] | undefined {
  const {
    SERVICENOW_API_TOKEN: token,
    SERVICENOW_CLIENT_ID: clientId,
    SERVICENOW_CLIENT_SECRET: clientSecret,
  } = values;
  if (clientId !== undefined && clientSecret !== undefined) return { kind: 'oauth', clientId, clientSecret };
  if (token !== undefined) return { kind: 'basic', token };
  problems.push(
    'SERVICENOW_API_TOKEN is missing (or SERVICENOW_CLIENT_ID and SERVICENOW_CLIENT_SECRET together)',
  );
  return undefined;
}

function integer(min: number, max: number) {
  return z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);
}

function list<T extends z.ZodType<unknown, string>>(item: T) {
  return z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(z.array(item).min(1, 'is empty'));
}

/** An https address (http only on the loopback interface), without its trailing slash. */
function baseUrl() {
  return z
    .string()
    .refine((text) => URL.canParse(text), 'must be an address such as https://example.com')
    .refine(
      (text) => !URL.canParse(text) || isSafe(new URL(text)),
      'must use https (http only for localhost), and carry no user, query or fragment',
    )
    .transform((text) => text.replace(/\/+$/, ''));
}

function isSafe(url: URL): boolean {
  if (`${url.username}${url.password}${url.search}${url.hash}` !== '') return false;
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
}
