import { createPublicKey, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ended, gitlab, receiver, triggered } from './helpers.ts';

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

test('without an operator token the pipeline claims with its own id_token', async () => {
  await using bridge = await receiver(() => ({ status: 200 }));
  await using lab = await gitlab({ bridge: { url: bridge.url, audience: 'https://bridge.example.com' } });
  await ended(lab, await triggered(lab, { approval_status: 'approved', decision_id: 'd1' }));
  const bearer = bridge.calls[0]?.headers['authorization']?.replace('Bearer ', '') ?? '';
  expect(decode(bearer.split('.')[1])).toMatchObject({
    aud: 'https://bridge.example.com',
    pipeline_id: '1',
    job_id: String(lab.pipelines()[0]?.jobs[0]?.id),
  });
});
