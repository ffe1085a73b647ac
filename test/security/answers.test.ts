import { expect, test } from 'vitest';
import { operatedBridge, TOKENS } from '../operator/support.ts';
import { signGitLab, signServiceNow, WEBHOOKS } from './signed.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const HOOK_SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;

test('every answer says nosniff and no-store, whatever its status', async () => {
  const { url } = await operatedBridge();
  const authorization = `Bearer ${TOKENS.admin}`;
  const body = JSON.stringify(WEBHOOKS[0]?.body);
  const answers = await Promise.all([
    fetch(`${url}/livez`),
    fetch(`${url}/readyz`),
    fetch(`${url}/health`),
    fetch(`${url}/metrics`),
    fetch(`${url}/docs/problems`),
    fetch(`${url}/nothing`),
    fetch(`${url}/v1/changes`),
    fetch(`${url}/v1/changes`, { headers: { authorization } }),
    fetch(`${url}/v1/syncs`, { method: 'POST', body: '{', headers: { ...JSON_TYPE, authorization } }),
    fetch(`${url}/webhooks/servicenow`, { method: 'POST', body, headers: JSON_TYPE }),
    fetch(`${url}/webhooks/servicenow`, {
      method: 'POST',
      body,
      headers: { ...JSON_TYPE, ...signServiceNow(body) },
    }),
  ]);
  expect(answers.map((answer) => answer.status)).toEqual([
    200, 200, 200, 200, 200, 404, 401, 200, 400, 401, 202,
  ]);
  for (const answer of answers) {
    expect(answer.headers.get('x-content-type-options'), answer.url).toBe('nosniff');
    expect(answer.headers.get('cache-control'), answer.url).toBe('no-store');
  }
});

test('a signing secret is never accepted as a plain token, only what it signs', async () => {
  const { url } = await operatedBridge({
    env: { GITLAB_WEBHOOK_SECRETS: `${HOOK_SECRET},plain-hook-token` },
  });
  const body = '{"object_kind":"push"}';
  const send = async (headers: Readonly<Record<string, string>>): Promise<number> =>
    (await fetch(`${url}/webhooks/gitlab`, { method: 'POST', body, headers: { ...JSON_TYPE, ...headers } }))
      .status;
  expect(await send({ 'x-gitlab-token': HOOK_SECRET })).toBe(401);
  expect(await send({ 'x-gitlab-token': HOOK_SECRET.slice('whsec_'.length) })).toBe(401);
  expect(await send({ 'x-gitlab-token': 'plain-hook-token' })).toBe(202);
  expect(await send(signServiceNow(body, Date.now(), HOOK_SECRET))).toBe(202);
  // A plain token is no key either.
  const asKey = `whsec_${Buffer.from('plain-hook-token').toString('base64')}`;
  expect(await send(signServiceNow(body, Date.now(), asKey))).toBe(401);
});

test('a wrong signature is not made good by a valid plain token beside it', async () => {
  const { url } = await operatedBridge();
  const body = '{"object_kind":"push"}';
  const headers = { ...JSON_TYPE, ...signServiceNow(body), ...signGitLab() };
  expect((await fetch(`${url}/webhooks/gitlab`, { method: 'POST', body, headers })).status).toBe(401);
});

test.each([
  { event_name: 'user_add_to_group', group_id: 7, user_username: 'ann' },
  { event_name: 'subgroup_create', name: 'checkout', group_id: 9 },
  { event_name: 'project_create', project_id: 3 },
  { object_kind: 'access_token', event_name: 'expiring_access_token' },
  { object_kind: 'deployment', status: 'success', deployment_id: 5 },
  { something: 'that a later GitLab sends' },
  { object_kind: null, event_name: null },
])('a valid hook that means nothing here (%j) is accepted, and starts nothing', async (hook) => {
  const bridge = await operatedBridge();
  const answer = await fetch(`${bridge.url}/webhooks/gitlab`, {
    method: 'POST',
    body: JSON.stringify(hook),
    headers: { ...JSON_TYPE, ...signGitLab() },
  });
  expect(answer.status).toBe(202);
  expect((await bridge.queues.counts('pipeline-result')).waiting).toBe(0);
});
