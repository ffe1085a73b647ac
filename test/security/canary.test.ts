import { randomUUID } from 'node:crypto';
import { inject, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { PEOPLE, SERVICE, type Stage } from '../../stage/stage.ts';
import { createLog } from '../../bridge/log.ts';
import { connectFast } from '../../queue/connection.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';

/** The bridge's secrets as this stage has them, in each form in which they could leak. */
function secretsOf(stage: Stage): Map<string, string> {
  const { env } = stage;
  const basic = Buffer.from(env['SERVICENOW_API_TOKEN'] ?? '', 'base64').toString('utf8');
  const secrets = new Map([
    ['ServiceNow’s basic token', env['SERVICENOW_API_TOKEN'] ?? ''],
    ['ServiceNow’s password', basic.slice(basic.indexOf(':') + 1)],
    ['the webhook secret', (env['SERVICENOW_WEBHOOK_SECRETS'] ?? '').slice('whsec_'.length)],
    ['the portal’s client secret', env['PORT_CLIENT_SECRET'] ?? ''],
    ['the trigger token', env['GITLAB_TRIGGER_TOKEN'] ?? ''],
    ['GitLab’s read token', env['GITLAB_API_TOKEN'] ?? ''],
    ['the hook token', env['GITLAB_WEBHOOK_SECRETS'] ?? ''],
    ['the operator’s token', stage.operatorToken],
  ]);
  for (const [name, value] of secrets) expect(value.length, name).toBeGreaterThan(15);
  return secrets;
}

/** The access token that the bridge works with: the portal gives the same one until it ends. */
async function portTokenOf(stage: Stage): Promise<string> {
  const answer = await fetch(`${stage.port.url}/auth/access_token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      clientId: stage.env['PORT_CLIENT_ID'],
      clientSecret: stage.env['PORT_CLIENT_SECRET'],
    }),
  });
  return z.looseObject({ accessToken: z.string().min(16) }).parse(await answer.json()).accessToken;
}

/** Every key whose prefix begins so, with its whole content, jobs and events included. */
async function dumpRedis(prefix: string): Promise<string> {
  const redis = await connectFast(inject('redisUrl'), 5_000);
  onTestFinished(() => redis.disconnect());
  const found = await Promise.all(
    (await redis.keys(`{${prefix}*`)).map(async (key) => {
      const read: Readonly<Record<string, () => Promise<unknown>>> = {
        string: () => redis.get(key),
        hash: () => redis.hgetall(key),
        list: () => redis.lrange(key, 0, -1),
        set: () => redis.smembers(key),
        zset: () => redis.zrangebyscore(key, '-inf', '+inf'),
        stream: () => redis.xrange(key, '-', '+'),
      };
      return [key, await read[await redis.type(key)]?.()];
    }),
  );
  return JSON.stringify(found);
}

async function answersOf(stage: Stage, sysId: string): Promise<string> {
  const paths = [
    '/health',
    '/metrics',
    '/readyz?verbose',
    '/livez',
    '/v1/changes',
    `/v1/changes/${sysId}`,
    `/v1/changes/${sysId}/timeline`,
    '/v1/decisions',
    '/v1/dead-letters',
    '/v1/audit',
  ];
  const headers = { authorization: `Bearer ${stage.operatorToken}` };
  const texts = await Promise.all(
    paths.map(async (path) => {
      const answer = await fetch(`${stage.bridgeUrl()}${path}`, { headers });
      return `${JSON.stringify([...answer.headers])} ${await answer.text()}`;
    }),
  );
  return texts.join('\n');
}

/** The story with its troubles: a deployment that is approved in the portal while the three systems fail at times. */
async function playStory(stage: Stage): Promise<string> {
  const run = stage.port.startRun('deploy_service_to_cluster', {
    by: PEOPLE.developer,
    entity: SERVICE,
    properties: { environment: 'Production' },
  });
  const change = await until('a change request', () =>
    stage.servicenow
      .rows('change_request')
      .find((row) => row['u_external_tags']?.includes(run.id) && row['approval'] === 'requested'),
  );
  const sysId = change['sys_id'] ?? '';
  await until('the change in the portal', () =>
    stage.port.entities('servicenowChangeRequest').some((entity) => entity.identifier === sysId),
  );
  stage.port.startRun('approve_and_deploy_service', {
    by: PEOPLE.engineer,
    entity: sysId,
    properties: { approval_status: 'approved', reason: 'Looks fine' },
  });
  await until('the run ends', () => stage.port.runs().find((r) => r.id === run.id)?.status === 'SUCCESS');
  return sysId;
}

test('no secret is in the log at debug, in Redis, or in any answer, after the story and its troubles', async () => {
  const lines: string[] = [];
  const prefix = `canary-${randomUUID().slice(0, 8)}`;
  const stage = await stageForTest({
    prefix,
    log: createLog('debug', { write: (line) => void lines.push(line) }),
  });
  const sysId = await playStory(stage);
  // A caller whose proof is wrong, and systems that refuse ours, are the moments at which secrets slip out.
  await fetch(`${stage.bridgeUrl()}/webhooks/gitlab`, {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json', 'x-gitlab-token': `${stage.operatorToken}x` },
  });
  const wrong = await stage.startBridge({
    REDIS_PREFIX: `${prefix}-wrong`,
    PORT_CLIENT_SECRET: 'wrong-canary-secret-0123456789',
  });
  await stage.gitlab.close();
  await fetch(`${wrong.url}/v1/syncs`, {
    method: 'POST',
    body: '{"mode":"full"}',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${stage.operatorToken}` },
  });
  await until('the refused credentials are told', () =>
    lines.some((line) => line.includes('CREDENTIALS') || line.includes('PORT_CLIENT_SECRET')),
  );
  const outputs = new Map([
    ['the log', lines.join('')],
    ['Redis', await dumpRedis(prefix)],
    ['the answers', await answersOf(stage, sysId)],
  ]);
  const secrets = secretsOf(stage)
    .set('a wrong client secret', 'wrong-canary-secret-0123456789')
    .set('the portal’s access token', await portTokenOf(stage));
  for (const [where, text] of outputs) {
    expect(text, `${where} holds the change`).toContain(sysId);
    for (const [what, secret] of secrets) {
      expect(text.includes(secret), `${what} in ${where}`).toBe(false);
      const encoded = Buffer.from(secret).toString('base64');
      expect(text.includes(encoded), `${what} in Base64 in ${where}`).toBe(false);
    }
  }
});

test('a job carries its key, and no content of any webhook', async () => {
  const prefix = `canary-${randomUUID().slice(0, 8)}`;
  const stage = await stageForTest({ prefix, env: { BRIDGE_ROLE: 'api' } });
  stage.port.startRun('deploy_service_to_cluster', {
    by: PEOPLE.developer,
    entity: SERVICE,
    properties: { environment: 'Staging' },
  });
  const redis = await connectFast(inject('redisUrl'), 5_000);
  onTestFinished(() => redis.disconnect());
  const [key] = await until('a job', async () => {
    const keys = await redis.keys(`{${prefix}}:queue:pipeline-trigger:[0-9]*`);
    return keys.length > 0 && keys;
  });
  const job = await redis.hgetall(key ?? '');
  expect(Object.keys(JSON.parse(job['data'] ?? ''))).toEqual(['key']);
  expect(JSON.stringify(job)).not.toContain('Staging');
  expect(JSON.stringify(job)).not.toContain(PEOPLE.developer);
});

test('the log masks what stands under the name of a secret, however deep', () => {
  const lines: string[] = [];
  const log = createLog('debug', { write: (line) => void lines.push(line) });
  const canary = 'canary-secret';
  log.info({ token: canary, headers: { authorization: canary, cookie: canary } }, 'one');
  log.child({ request: { headers: { 'private-token': canary } } }).warn({ a: { b: { password: canary } } });
  log.error({ config: { clientSecret: canary, secrets: [canary] }, secret: { deep: canary } });
  expect(lines).toHaveLength(3);
  expect(lines.join('')).not.toContain(canary);
  expect(lines.join('')).toContain('[redacted]');
});
