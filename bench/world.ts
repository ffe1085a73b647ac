import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { Bridge } from './processes/bridge.ts';
import { Child } from './processes/child.ts';
import { type PrivateRedis, startRedis } from './processes/redis.ts';
import type { Scope } from './scope.ts';

/** How long (ms) each system takes over a request besides its own work. */
export type Latency = { readonly servicenow: number; readonly port: number };
export const NO_LATENCY: Latency = { servicenow: 0, port: 0 };
export const USUAL_LATENCY: Latency = { servicenow: 150, port: 100 };

/** `at no latency`, `at 150/100 ms`. */
export function latencyName({ servicenow, port }: Latency): string {
  return servicenow === 0 && port === 0 ? 'at no latency' : `at ${servicenow}/${port} ms`;
}

/** The three systems, each a process, and a private Redis; everything a bridge needs to join them. */
export type World = {
  readonly servicenow: Child;
  readonly port: Child;
  readonly gitlab: Child;
  readonly redis: PrivateRedis;
  readonly urls: { readonly servicenow: string; readonly port: string; readonly gitlab: string };
  readonly secrets: Secrets;
  /** The environment of a bridge in this world. */
  readonly env: Readonly<Record<string, string>>;
  /** Starts a bridge with this role; the systems send to it unless they have another one already. */
  readonly startBridge: (role: 'all' | 'api' | 'worker') => Promise<Bridge>;
};

type Secrets = Readonly<
  Record<'servicenow' | 'port' | 'trigger' | 'read' | 'hook' | 'operator' | 'webhook', string>
>;

const started = z.object({ url: z.string() });

export async function openWorld(scope: Scope, latency: Latency = NO_LATENCY): Promise<World> {
  const secrets = makeSecrets();
  const servicenow = Child.start(scope, 'stand-ins/servicenow.ts');
  const port = Child.start(scope, 'stand-ins/port.ts');
  const gitlab = Child.start(scope, 'stand-ins/gitlab.ts');
  const [one, two, three, redis] = await Promise.all([
    servicenow.call('start', { password: secrets.servicenow, latencyMs: latency.servicenow }, started),
    port.call('start', { clientSecret: secrets.port, latencyMs: latency.port }, started),
    gitlab.call('start', { triggerToken: secrets.trigger, readToken: secrets.read }, started),
    startRedis(scope),
  ]);
  const urls = { servicenow: one.url, port: two.url, gitlab: three.url };
  const env = environment(urls, secrets, redis.url);
  let isConnected = false;
  return {
    servicenow,
    port,
    gitlab,
    redis,
    urls,
    secrets,
    env,
    async startBridge(role) {
      const bridge = await Bridge.start(scope, { ...env, BRIDGE_ROLE: role });
      if (isConnected || role === 'worker') return bridge;
      isConnected = true;
      await servicenow.tell('connect', { bridgeUrl: bridge.url, secret: secrets.webhook });
      await port.tell('connect', { bridgeUrl: bridge.url });
      await gitlab.tell('connect', { bridgeUrl: bridge.url, hookToken: secrets.hook });
      return bridge;
    },
  };
}

function secret(): string {
  return randomBytes(24).toString('hex');
}

function makeSecrets(): Secrets {
  return {
    servicenow: secret(),
    port: secret(),
    trigger: secret(),
    read: secret(),
    hook: secret(),
    operator: secret(),
    webhook: `whsec_${randomBytes(32).toString('base64')}`,
  };
}

function environment(urls: World['urls'], secrets: Secrets, redisUrl: string): Record<string, string> {
  const user = `changebridge.integration:${secrets.servicenow}`;
  return {
    REDIS_URL: redisUrl,
    SERVICENOW_INSTANCE_URL: urls.servicenow,
    SERVICENOW_API_TOKEN: Buffer.from(user).toString('base64'),
    SERVICENOW_WEBHOOK_SECRETS: secrets.webhook,
    PORT_API_URL: urls.port,
    PORT_CLIENT_ID: 'bench',
    PORT_CLIENT_SECRET: secrets.port,
    GITLAB_URL: urls.gitlab,
    GITLAB_PROJECT_ID: '42',
    GITLAB_TRIGGER_TOKEN: secrets.trigger,
    GITLAB_API_TOKEN: secrets.read,
    GITLAB_WEBHOOK_SECRETS: secrets.hook,
    OPERATOR_TOKENS: `bench:admin:${secrets.operator}`,
    RECONCILE_EVERY_SECONDS: '0',
  };
}
