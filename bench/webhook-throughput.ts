import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';
import { median } from './statistics.ts';

const ROUNDS = 5;
const REQUESTS = 6_000;
const CONNECTIONS = 64;
const SECRET = randomBytes(32);

/**
 * Acknowledged events a second at the ServiceNow webhook, against a bare Hono route, in turn: verified, parsed,
 * stored and enqueued in a Redis that syncs every write to disk, each event new.
 */
export async function webhookThroughput(redisUrl: string, print: (text: string) => void): Promise<void> {
  const bare = await start('bare-server.ts', {});
  const bridge = await start('../bridge/main.ts', bridgeEnvironment(redisUrl));
  try {
    const ratios: number[] = [];
    const rates: number[] = [];
    await load(bare.url);
    await load(bridge.url);
    for (let round = 0; round < ROUNDS; round += 1) {
      const yardstick = await load(bare.url);
      const rate = await load(bridge.url);
      rates.push(rate);
      ratios.push(rate / yardstick);
    }
    print(`webhook throughput, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${REQUESTS} new events each`);
    print(
      `  acknowledged events a second, against a bare Hono route   ${median(ratios).toFixed(2)} (median of ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')})`,
    );
    print(
      `  in absolute terms on this machine                         ${Math.round(median(rates))} a second`,
    );
  } finally {
    bare.child.kill('SIGTERM');
    bridge.child.kill('SIGTERM');
  }
}

async function load(url: string): Promise<number> {
  const pool = new Pool(url, { connections: CONNECTIONS });
  const requests = Array.from({ length: REQUESTS }, (_, index) => signedEvent(index));
  let next = 0;
  const started = performance.now();
  const client = async (): Promise<void> => {
    for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
      const answer = await pool.request({ path: '/webhooks/servicenow', method: 'POST', ...request });
      await answer.body.dump();
      if (answer.statusCode !== 202) throw new Error(`An event was answered with ${answer.statusCode}.`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  const seconds = (performance.now() - started) / 1000;
  await pool.close();
  return REQUESTS / seconds;
}

function signedEvent(index: number): { headers: Record<string, string>; body: string } {
  const sysId = (index % 1_000).toString(16).padStart(32, '0');
  const body = JSON.stringify({
    event: 'change.updated',
    occurred_at: new Date().toISOString(),
    record: {
      sys_id: sysId,
      number: `CHG${String(index % 1_000).padStart(7, '0')}`,
      sys_mod_count: String(Math.floor(performance.now() * 10)),
      sys_updated_on: '2026-11-21 10:00:00',
      sys_updated_by: 'ann',
      approval: 'requested',
      state: '-3',
      short_description: 'Deploy checkout to Production',
      description: 'x'.repeat(1_500),
      priority: '1',
      category: 'software',
      active: 'true',
      business_service: '',
      requested_by: '',
      sys_created_on: '2026-11-21 09:00:00',
      sys_created_by: 'ci',
      u_external_tags: 'deploy_run:r_bench',
    },
  });
  const id = randomUUID();
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', SECRET).update(`${id}.${timestamp}.${body}`).digest('base64');
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
  return { headers, body };
}

function bridgeEnvironment(redisUrl: string): Record<string, string> {
  return {
    BRIDGE_HOST: '127.0.0.1',
    BRIDGE_PORT: '0',
    BRIDGE_ROLE: 'api',
    REDIS_URL: redisUrl,
    REDIS_PREFIX: 'bench-throughput',
    SERVICENOW_INSTANCE_URL: 'http://127.0.0.1:1',
    SERVICENOW_API_TOKEN: Buffer.from('nobody:nothing').toString('base64'),
    SERVICENOW_WEBHOOK_SECRETS: `whsec_${SECRET.toString('base64')}`,
    PORT_API_URL: 'http://127.0.0.1:1',
    PORT_CLIENT_ID: 'bench',
    PORT_CLIENT_SECRET: 'bench',
    GITLAB_PROJECT_ID: '42',
    GITLAB_TRIGGER_TOKEN: 'bench',
  };
}

/** Starts a server in a process of its own and waits for the address that it prints. */
async function start(
  file: string,
  env: Record<string, string>,
): Promise<{ child: ChildProcess; url: string }> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, [path], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}.`)));
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text);
      if (found !== null) resolve(found[0]);
    });
  });
  return { child, url };
}
