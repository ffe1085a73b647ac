import { createPublicKey, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { control, ended, gitlab, receiver, triggered } from './helpers.ts';

const discovery = z.object({ issuer: z.string(), jwks_uri: z.string() });
const keySet = z.object({
  keys: z.array(
    z.object({ kty: z.string(), n: z.string(), e: z.string(), kid: z.string(), alg: z.string() }),
  ),
});
const decode = (part = ''): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());

test('a job’s id_token is signed with the published key and carries the job’s claims as strings', async () => {
  await using lab = await gitlab();
  const id = await triggered(lab, {});
  const token = lab.idToken(id, 'https://bridge.example.com');
  const config = discovery.parse(await (await fetch(`${lab.url}/.well-known/openid-configuration`)).json());
  const { keys } = keySet.parse(await (await fetch(config.jwks_uri)).json());
  const [head, claims, signature = ''] = token.split('.');
  const { kid, alg } = z.object({ kid: z.string(), alg: z.string() }).parse(decode(head));
  const jwk = keys.find((key) => key.kid === kid);
  const key = createPublicKey({ key: jwk ?? {}, format: 'jwk' });
  const signed = Buffer.from(`${head}.${claims}`);
  expect(alg).toBe('RS256');
  expect(verify('RSA-SHA256', signed, key, Buffer.from(signature, 'base64url'))).toBe(true);
  expect(verify('RSA-SHA256', Buffer.from(`${head}.x`), key, Buffer.from(signature, 'base64url'))).toBe(
    false,
  );
  expect(decode(claims)).toMatchObject({
    iss: lab.url,
    aud: 'https://bridge.example.com',
    sub: 'project_path:shop/cart:ref_type:branch:ref:main',
    project_id: '42',
    project_path: 'shop/cart',
    namespace_path: 'shop',
    pipeline_id: String(id),
    pipeline_source: 'trigger',
    ref: 'main',
    ref_protected: 'true',
  });
});

test('only a protected ref says so', async () => {
  await using lab = await gitlab({ project: { refs: ['main', 'topic'] } });
  const id = await triggered(lab, { ref: 'topic' });
  expect(decode(lab.idToken(id, 'x').split('.')[1])).toMatchObject({ ref: 'topic', ref_protected: 'false' });
});

test('its deploy job claims with its own id_token, and says nothing of itself', async () => {
  await using bridge = await receiver(() => ({ status: 200, body: { claimed: true } }));
  await using lab = await gitlab({ bridge: { url: bridge.url, audience: 'https://bridge.example.com' } });
  await ended(lab, await triggered(lab, { approval_status: 'approved', decision_id: 'd1' }));
  const bearer = bridge.calls[0]?.headers['authorization']?.replace('Bearer ', '') ?? '';
  expect(decode(bearer.split('.')[1])).toMatchObject({
    aud: 'https://bridge.example.com',
    pipeline_id: '1',
    job_id: String(lab.pipelines()[0]?.jobs.find((job) => job.name === 'deploy: [production]')?.id),
    environment: 'production',
  });
  expect(bridge.calls[0]?.json).toEqual({});
  expect(lab.deployments()).toHaveLength(1);
});

async function publishedKeys(lab: { url: string }): Promise<string[]> {
  const answer = await fetch(`${lab.url}/oauth/discovery/keys`);
  return keySet.parse(await answer.json()).keys.map((key) => key.kid);
}

const kidOf = (token: string) => z.object({ kid: z.string() }).parse(decode(token.split('.')[0])).kid;

test('a rotated key signs from then on; the old one stays published until it is dropped', async () => {
  await using lab = await gitlab();
  const id = await triggered(lab, {});
  const old = kidOf(lab.idToken(id, 'x'));
  await control(lab, '/keys/rotate', { old: 'keep' });
  const fresh = kidOf(lab.idToken(id, 'x'));
  expect(fresh).not.toBe(old);
  expect(await publishedKeys(lab)).toEqual([fresh, old]);
  await fetch(`${lab.url}/_sandbox/keys/old`, { method: 'DELETE' });
  expect(await publishedKeys(lab)).toEqual([fresh]);
  await control(lab, '/keys/rotate', { old: 'drop' });
  expect(await publishedKeys(lab)).not.toContain(fresh);
});

test('a token lives as long as its job may, and each has an id of its own', async () => {
  await using lab = await gitlab({ project: { jobTimeoutSeconds: 600 } });
  const id = await triggered(lab, {});
  const claims = z.object({ iat: z.number(), nbf: z.number(), exp: z.number(), jti: z.string() });
  const [one, two] = [1, 2].map(() => claims.parse(decode(lab.idToken(id, 'x').split('.')[1])));
  expect(one?.exp).toBe((one?.iat ?? 0) + 600);
  expect(one?.nbf).toBe((one?.iat ?? 0) - 5);
  expect(one?.jti).not.toBe(two?.jti);
});

test('over HTTP a test gets the token of any job, and can make it expired or for somebody else', async () => {
  await using lab = await gitlab({
    project: { environments: ['staging'], protectedEnvironments: ['staging'] },
  });
  const id = await triggered(lab, {});
  const answer = await control(lab, `/pipelines/${id}/id-token`, {
    audience: 'https://elsewhere.example.com',
    job: 'deploy: [staging]',
    claims: { exp: 1000 },
  });
  const token = z.object({ id_token: z.string() }).parse(await answer.json()).id_token;
  expect(decode(token.split('.')[1])).toMatchObject({
    aud: 'https://elsewhere.example.com',
    exp: 1000,
    environment: 'staging',
    environment_protected: 'true',
    deployment_tier: 'staging',
    sha: lab.pipelines()[0]?.sha,
  });
});

test('all claims of GitLab’s documentation are there, of the same types', async () => {
  await using lab = await gitlab();
  const id = await triggered(lab, {});
  const token = lab.idToken(id, 'https://bridge.example.com', {}, 'deploy: [production]');
  const claims = z.record(z.string(), z.unknown()).parse(decode(token.split('.')[1]));
  const numbers = ['runner_id', 'iat', 'nbf', 'exp'];
  const lists = ['user_identities', 'groups_direct'];
  for (const name of DOCUMENTED) {
    if (numbers.includes(name)) expect(claims[name], name).toBeTypeOf('number');
    else if (lists.includes(name)) expect(claims[name], name).toBeInstanceOf(Array);
    else expect(claims[name], name).toBeTypeOf('string');
  }
});

const DOCUMENTED =
  `namespace_id namespace_path project_id project_path user_id user_login user_email user_identities
  pipeline_id pipeline_source job_id ref ref_type ref_path ref_protected groups_direct environment
  environment_protected deployment_tier environment_action runner_id runner_environment sha project_visibility
  ci_config_ref_uri ci_config_sha jti iss iat nbf exp sub aud`.split(/\s+/);
