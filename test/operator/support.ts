import { randomUUID } from 'node:crypto';
import { createServer, type Socket, connect } from 'node:net';
import { pino } from 'pino';
import { inject, onTestFinished } from 'vitest';
import { z } from 'zod';
import { parseConfig } from '../../bridge/config.ts';
import { createLedger, type Ledger } from '../../bridge/ledger/ledger.ts';
import type { ChangeRecord } from '../../bridge/model/change.ts';
import { startBridge, type BridgeOptions } from '../../bridge/service.ts';
import { type Connection, connectFast } from '../../queue/connection.ts';
import { FLOWS } from '../../bridge/flows/index.ts';
import { MAX_ATTEMPTS } from '../../bridge/model/retry.ts';
import { openQueues, type Queues } from '../../queue/queues.ts';
import { type RedisAddress, redisAddressSchema } from '../../queue/redis-address.ts';

export const TOKENS = {
  read: 'reader-token-0123456789',
  operate: 'operator-token-0123456789',
  admin: 'admin-token-0123456789',
} as const;
export type Role = keyof typeof TOKENS;

export const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
export const PORT_SECRET = 'portal-client-secret';
export const PIPELINE_TOKEN = 'pipeline-token-0123456789';
export const GITLAB_TOKEN = 'gitlab-hook-token';

/** A bridge whose three systems are away: enough for whatever is answered from the ledger. */
export function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    BRIDGE_HOST: '127.0.0.1',
    BRIDGE_PORT: '0',
    BRIDGE_ROLE: 'api',
    SERVICENOW_INSTANCE_URL: 'http://127.0.0.1:9',
    SERVICENOW_API_TOKEN: Buffer.from('ci:secret').toString('base64'),
    SERVICENOW_WEBHOOK_SECRETS: WEBHOOK_SECRET,
    PORT_API_URL: 'http://127.0.0.1:9/v1',
    PORT_CLIENT_ID: 'id',
    PORT_CLIENT_SECRET: PORT_SECRET,
    GITLAB_URL: 'http://127.0.0.1:9',
    GITLAB_PROJECT_ID: '42',
    GITLAB_TRIGGER_TOKEN: 'trigger',
    GITLAB_WEBHOOK_SECRETS: GITLAB_TOKEN,
    OPERATOR_TOKENS: `rita:read:${TOKENS.read},otto:operate:${TOKENS.operate},ada:admin:${TOKENS.admin}`,
    PIPELINE_TOKENS: `42:${PIPELINE_TOKEN}`,
    RECONCILE_EVERY_SECONDS: '0',
    ...more,
  };
}

/** A bridge of one test, and the ledger and the queues behind it. */
export type OperatedBridge = {
  readonly url: string;
  readonly ledger: Ledger;
  readonly queues: Queues;
  readonly redis: Connection;
  readonly prefix: string;
  readonly get: (path: string, role?: Role) => Promise<Answer>;
  readonly post: (path: string, body: unknown, role?: Role) => Promise<Answer>;
};

/** An answer with its body as JSON where it is some. */
export type Answer = { readonly status: number; readonly type: string; readonly body: unknown };

export type OperatedOptions = {
  readonly env?: Readonly<Record<string, string>>;
  /** Where the bridge finds Redis, if not where the ledger of the test does. */
  readonly redisUrl?: string;
  readonly timings?: BridgeOptions['timings'];
  readonly log?: BridgeOptions['log'];
  readonly clock?: BridgeOptions['clock'];
};

export async function operatedBridge(options: OperatedOptions = {}): Promise<OperatedBridge> {
  const prefix = `o-${randomUUID().slice(0, 13)}`;
  const redisUrl = options.redisUrl ?? inject('redisUrl');
  const env = { ...environment(options.env), REDIS_URL: redisUrl, REDIS_PREFIX: prefix };
  const bridge = await startBridge({
    config: parseConfig(env, () => ''),
    redisUrl,
    clock: options.clock ?? Date.now,
    random: () => 0.5,
    log: options.log ?? pino({ level: 'silent' }),
    ...(options.timings === undefined ? {} : { timings: options.timings }),
  });
  onTestFinished(() => bridge.stop(1_000));
  const redis = await connectFast(inject('redisUrl'), 5_000);
  const queues = openQueues(
    redis,
    prefix,
    FLOWS.map((flow) => flow.name),
    MAX_ATTEMPTS,
  );
  onTestFinished(async () => {
    await queues.close();
    redis.disconnect();
  });
  const ask = async (path: string, role: Role | undefined, init: RequestInit): Promise<Answer> => {
    const authorization = role === undefined ? {} : { authorization: `Bearer ${TOKENS[role]}` };
    const answer = await fetch(`${bridge.url}${path}`, {
      ...init,
      headers: { 'content-type': 'application/json', ...authorization },
    });
    const type = answer.headers.get('content-type') ?? '';
    const text = await answer.text();
    return { status: answer.status, type, body: /\bjson\b/.test(type) ? JSON.parse(text) : text };
  };
  return {
    url: bridge.url,
    ledger: createLedger(redis, prefix),
    queues,
    redis,
    prefix,
    get: (path, role = 'read') => ask(path, role, {}),
    post: (path, body, role = 'operate') => ask(path, role, { method: 'POST', body: JSON.stringify(body) }),
  };
}

/** One version of a change, as the ledger keeps it. */
export function changeRecord(
  version: number,
  fields: Readonly<Record<string, string>> = {},
  sysId = randomUUID().replaceAll('-', ''),
): ChangeRecord {
  const told = { sys_id: sysId, sys_mod_count: String(version), ...fields };
  return { sysId, version, fields: told };
}

/** The entries of the audit log, as an operator sees them. */
export async function auditOf(bridge: OperatedBridge) {
  const schema = z.object({
    entries: z.array(
      z.looseObject({ actor: z.string(), action: z.string(), subject: z.string(), reason: z.string() }),
    ),
    intact: z.boolean(),
    next: z.string().nullable(),
  });
  return schema.parse((await bridge.get('/v1/audit')).body);
}

/** A way to Redis that can be cut and mended, as a network is. */
export async function cuttableRedis(): Promise<{ url: string; cut: () => void; mend: () => void }> {
  const target = redisAddressSchema.parse(inject('redisUrl'));
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((socket) => {
    if (isCut) {
      socket.destroy();
      return;
    }
    const onward = target.kind === 'socket' ? connect(target.path) : connect(placeOf(target));
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = new URL(target.kind === 'socket' ? 'redis://127.0.0.1' : inject('redisUrl'));
  url.hostname = '127.0.0.1';
  url.port = String(typeof address === 'object' && address !== null ? address.port : 0);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const cut = (): void => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  return { url: url.toString(), cut, mend: () => void (isCut = false) };
}

function placeOf(address: RedisAddress): { host: string; port: number } {
  if (address.kind !== 'server') throw new Error('Only a way to one Redis can be cut.');
  return { host: address.host, port: address.port };
}
