import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '../bridge/config.ts';
import type { Log } from '../bridge/log.ts';
import type { Clock } from '../bridge/model/jobs.ts';
import { type Bridge, startBridge, type Timings } from '../bridge/service.ts';
import { type GitLabStandIn, type ProjectOptions, startGitLab } from '../sandbox/gitlab/server.ts';
import { type PortOptions, type PortStandIn, startPort } from '../sandbox/port/server.ts';
import { builtAppDirectory } from '../sandbox/servicenow/engine/built-app.ts';
import type { ServiceNowOptions } from '../sandbox/servicenow/options.ts';
import { type ServiceNowStandIn, startServiceNow } from '../sandbox/servicenow/server.ts';
import { openFront } from './front.ts';

/** The people of the story, by what they do. */
export const PEOPLE = {
  developer: 'dana@example.com',
  engineer: 'petra@example.com',
  approver: 'ann',
} as const;

export const PROJECT = 42;
export const SERVICE = 'checkout';
/** What the id_tokens of pipelines are made for: one name for all bridges of a stage, whatever their ports are. */
export const PUBLIC_URL = 'https://bridge.example.com';

export type StageOptions = {
  readonly redisUrl: string;
  /** Keeps several stages apart in one Redis. */
  readonly prefix: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly timings?: Partial<Timings>;
  /** Rows that a sync reads from ServiceNow in one request. */
  readonly pageRows?: number;
  /** Overrides of the bridge's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly servicenow?: Partial<ServiceNowOptions>;
  readonly port?: Partial<PortOptions>;
  /** Further projects of GitLab. */
  readonly projects?: readonly ProjectOptions[];
  readonly stageMs?: number;
  /** What GitLab lets the bridge's API token do. */
  readonly apiScope?: 'read_api' | 'api';
  /**
   * `component`: pipelines wait for `runJobs`, which runs the component's own. Its jobs know one address of the bridge,
   * which is the audience of their id_tokens too. Without it the stand-in runs them in words of its own.
   */
  readonly pipelines?: 'component';
  /** False: no bridge is started; the environment is there to start one elsewhere. */
  readonly bridge?: boolean;
};

/** The three systems with the bridge between them, all on free ports of this machine. */
export type Stage = {
  readonly servicenow: ServiceNowStandIn;
  readonly port: PortStandIn;
  readonly gitlab: GitLabStandIn;
  /** What a bridge needs to join this stage. */
  readonly env: Readonly<Record<string, string>>;
  readonly operatorToken: string;
  /** Where the three systems send their calls: the bridge they are connected to, or the front before it. */
  readonly bridgeUrl: () => string;
  /** Starts another bridge process inside this one. */
  readonly startBridge: (env?: Readonly<Record<string, string>>) => Promise<Bridge>;
  /** Points the three systems at a bridge. */
  readonly connect: (bridgeUrl: string) => void;
  readonly close: () => Promise<void>;
};

type Systems = Pick<Stage, 'servicenow' | 'port' | 'gitlab'>;

function secret(): string {
  return randomBytes(24).toString('hex');
}

/** The secrets that the systems and the bridge share, made anew for each stage. */
function makeSecrets() {
  return {
    integration: secret(),
    client: secret(),
    trigger: secret(),
    hook: secret(),
    api: secret(),
    operator: secret(),
    pipeline: secret(),
    webhook: `whsec_${randomBytes(32).toString('base64')}`,
  };
}
type Secrets = ReturnType<typeof makeSecrets>;

/** Starts the stand-ins, the bridge, and makes them known to each other. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const secrets = makeSecrets();
  const systems = await startSystems(options, secrets);
  const front = options.pipelines === 'component' ? await openFront() : undefined;
  const publicUrl = front?.url ?? PUBLIC_URL;
  const env = { ...environment(options, systems, secrets), BRIDGE_PUBLIC_URL: publicUrl, ...options.env };
  const bridges: Bridge[] = [];
  let bridgeUrl = '';
  const connect = (url: string): void => {
    front?.to(url);
    bridgeUrl = front?.url ?? url;
    introduce(systems, secrets, bridgeUrl, publicUrl);
  };
  const start = async (more: Readonly<Record<string, string>> = {}): Promise<Bridge> => {
    const { redisUrl, clock, log, timings = {}, pageRows } = options;
    const config = parseConfig({ ...env, ...more }, () => '');
    const bridge = await startBridge({
      config,
      redisUrl,
      clock,
      random: Math.random,
      log,
      timings,
      ...(pageRows === undefined ? {} : { pageRows }),
    });
    bridges.push(bridge);
    return bridge;
  };
  if (options.bridge !== false) connect((await start()).url);
  return {
    ...systems,
    env,
    operatorToken: secrets.operator,
    bridgeUrl: () => bridgeUrl,
    startBridge: start,
    connect,
    async close() {
      await Promise.all([systems.gitlab.close(), systems.port.close(), systems.servicenow.close()]);
      await Promise.all(bridges.map((bridge) => bridge.stop(2_000)));
      await front?.close();
    },
  };
}

async function startSystems(options: StageOptions, secrets: Secrets): Promise<Systems> {
  const servicenow = await startServiceNow({
    appDir: builtAppDirectory(),
    integrationPassword: secrets.integration,
    approvalsNeeded: 'one',
    ...options.servicenow,
  });
  const port = await startPort({ clientId: 'sandbox', clientSecret: secrets.client, ...options.port });
  const project = { id: PROJECT, path: 'platform/checkout', triggerTokens: [secrets.trigger] };
  const elsewhere = { runner: 'none' as const, environments: ['production', 'staging'] };
  const gitlab = await startGitLab({
    projects: [
      {
        ...project,
        coverage: 65,
        threshold: 70,
        stageMs: options.stageMs ?? 20,
        ...(options.pipelines === 'component' ? elsewhere : {}),
      },
      ...(options.projects ?? []),
    ],
    apiTokens: [{ token: secrets.api, scopes: [options.apiScope ?? 'read_api'] }],
    // Its tokens carry the time, and the bridge's clock may be set by a test.
    clock: options.clock,
  });
  return { servicenow, port, gitlab };
}

function environment(options: StageOptions, systems: Systems, secrets: Secrets): Record<string, string> {
  return {
    BRIDGE_HOST: '127.0.0.1',
    BRIDGE_PORT: '0',
    REDIS_PREFIX: options.prefix,
    REDIS_URL: options.redisUrl,
    SERVICENOW_INSTANCE_URL: systems.servicenow.url,
    SERVICENOW_API_TOKEN: Buffer.from(`changebridge.integration:${secrets.integration}`).toString('base64'),
    SERVICENOW_WEBHOOK_SECRETS: secrets.webhook,
    PORT_API_URL: systems.port.url,
    PORT_CLIENT_ID: 'sandbox',
    PORT_CLIENT_SECRET: secrets.client,
    GITLAB_URL: systems.gitlab.url,
    GITLAB_OIDC_ISSUER: systems.gitlab.url,
    GITLAB_PROJECT_ID: String(PROJECT),
    GITLAB_TRIGGER_TOKEN: secrets.trigger,
    GITLAB_API_TOKEN: secrets.api,
    GITLAB_WEBHOOK_SECRETS: secrets.hook,
    PIPELINE_TOKENS: `${PROJECT}:${secrets.pipeline}`,
    OPERATOR_TOKENS: `sandbox:admin:${secrets.operator}`,
    RECONCILE_EVERY_SECONDS: '0',
    SERVICENOW_CHANGE_DEFAULTS: JSON.stringify({ assignment_group: 'Change Management' }),
  };
}

/** What an administrator of each system would set up to point it at the bridge. */
function introduce(
  { servicenow, port, gitlab }: Systems,
  secrets: Secrets,
  url: string,
  audience: string,
): void {
  servicenow.setProperty('x_chb_changebridge.bridge_url', url);
  servicenow.setProperty('x_chb_changebridge.secret_primary', secrets.webhook);
  servicenow.setProperty('x_chb_changebridge.enabled', 'true');
  port.applyPortal(fileURLToPath(new URL('../portal', import.meta.url)), { BRIDGE_PUBLIC_URL: url });
  port.putEntity('service', { identifier: SERVICE, title: 'Checkout' });
  gitlab.setBridge({ url, audience });
  gitlab.setHook({ url: `${url}/webhooks/gitlab`, token: secrets.hook });
}
