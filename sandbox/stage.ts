import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '../bridge/config.ts';
import type { Log } from '../bridge/log.ts';
import type { Clock } from '../bridge/model/jobs.ts';
import { type Bridge, startBridge, type Timings } from '../bridge/service.ts';
import { type GitLabStandIn, startGitLab } from './gitlab/server.ts';
import { type PortStandIn, startPort } from './port/server.ts';
import { builtAppDirectory } from './servicenow/built-app.ts';
import type { ServiceNowOptions } from './servicenow/options.ts';
import { type ServiceNowStandIn, startServiceNow } from './servicenow/server.ts';

/** The people of the story, by what they do. */
export const PEOPLE = {
  developer: 'dana@example.com',
  engineer: 'petra@example.com',
  approver: 'ann',
} as const;

export const PROJECT = 42;
export const SERVICE = 'checkout';

export type StageOptions = {
  readonly redisUrl: string;
  /** Keeps several stages apart in one Redis. */
  readonly prefix: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly timings?: Partial<Timings>;
  /** Overrides of the bridge's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly servicenow?: Partial<ServiceNowOptions>;
  readonly stageMs?: number;
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
  /** Where the three systems send their calls: the first bridge that was started. */
  readonly bridgeUrl: () => string;
  /** Starts another bridge process inside this one. */
  readonly startBridge: (env?: Readonly<Record<string, string>>) => Promise<Bridge>;
  /** Points the three systems at a bridge. */
  readonly connect: (bridgeUrl: string) => void;
  readonly close: () => Promise<void>;
};

/** Starts the stand-ins, the bridge, and makes them known to each other. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const secret = (): string => randomBytes(24).toString('hex');
  const [integration, clientSecret, triggerToken, hookToken, readToken, operatorToken] = [
    1, 2, 3, 4, 5, 6,
  ].map(secret);
  const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`;
  const servicenow = await startServiceNow({
    appDir: builtAppDirectory(),
    integrationPassword: integration ?? '',
    ...options.servicenow,
  });
  const port = await startPort({ clientId: 'sandbox', clientSecret: clientSecret ?? '' });
  const gitlab = await startGitLab({
    projects: [
      {
        id: PROJECT,
        path: 'platform/checkout',
        triggerTokens: [triggerToken ?? ''],
        coverage: 65,
        threshold: 70,
        stageMs: options.stageMs ?? 20,
      },
    ],
    apiTokens: [{ token: readToken ?? '', scopes: ['read_api'] }],
  });
  const env: Record<string, string> = {
    BRIDGE_HOST: '127.0.0.1',
    BRIDGE_PORT: '0',
    REDIS_PREFIX: options.prefix,
    REDIS_URL: options.redisUrl,
    SERVICENOW_INSTANCE_URL: servicenow.url,
    SERVICENOW_API_TOKEN: Buffer.from(`changebridge.integration:${integration ?? ''}`).toString('base64'),
    SERVICENOW_WEBHOOK_SECRETS: webhookSecret,
    PORT_API_URL: port.url,
    PORT_CLIENT_ID: 'sandbox',
    PORT_CLIENT_SECRET: clientSecret ?? '',
    GITLAB_URL: gitlab.url,
    GITLAB_PROJECT_ID: String(PROJECT),
    GITLAB_TRIGGER_TOKEN: triggerToken ?? '',
    GITLAB_API_TOKEN: readToken ?? '',
    GITLAB_WEBHOOK_SECRETS: hookToken ?? '',
    OPERATOR_TOKENS: `sandbox:admin:${operatorToken ?? ''}`,
    RECONCILE_EVERY_SECONDS: '0',
    ...options.env,
  };
  const bridges: Bridge[] = [];
  let bridgeUrl = '';

  const connect = (url: string): void => {
    bridgeUrl = url;
    servicenow.setProperty('x_chb_changebridge.bridge_url', url);
    servicenow.setProperty('x_chb_changebridge.secret_primary', webhookSecret);
    servicenow.setProperty('x_chb_changebridge.enabled', 'true');
    port.applyPortal(fileURLToPath(new URL('../portal', import.meta.url)), { BRIDGE_PUBLIC_URL: url });
    port.putEntity('service', { identifier: SERVICE, title: 'Checkout' });
    gitlab.setBridge({ url, token: operatorToken ?? '' });
    gitlab.setHook({ url: `${url}/webhooks/gitlab`, token: hookToken ?? '' });
  };
  const start = async (more: Readonly<Record<string, string>> = {}): Promise<Bridge> => {
    const config = parseConfig({ ...env, ...more }, () => '');
    const bridge = await startBridge({
      config,
      redisUrl: options.redisUrl,
      clock: options.clock,
      random: Math.random,
      log: options.log,
      ...(options.timings === undefined ? {} : { timings: options.timings }),
    });
    bridges.push(bridge);
    return bridge;
  };
  if (options.bridge !== false) connect((await start()).url);

  return {
    servicenow,
    port,
    gitlab,
    env,
    operatorToken: operatorToken ?? '',
    bridgeUrl: () => bridgeUrl,
    startBridge: start,
    connect,
    async close() {
      await Promise.all([gitlab.close(), port.close(), servicenow.close()]);
      await Promise.all(bridges.map((bridge) => bridge.stop(2_000)));
    },
  };
}
