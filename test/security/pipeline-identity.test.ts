import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { type OperatedBridge, type OperatedOptions, operatedBridge, TOKENS } from '../operator/support.ts';
import { AUDIENCE, encode, type Issuer, startIssuer } from '../support/issuer.ts';

const PIPELINE_TOKEN = 'project-token-0123456789';
const LIMIT = 256 * 1024;

type Door = OperatedBridge & { readonly issuer: Issuer; readonly status: (token: string) => Promise<number> };

/** A bridge that trusts an issuer of its own. A gate that is not there tells whether the caller was let in: 404. */
async function door(
  env: Readonly<Record<string, string>> = {},
  options: Pick<OperatedOptions, 'timings' | 'clock'> = {},
): Promise<Door> {
  const issuer = await startIssuer();
  const oidc = { GITLAB_OIDC_ISSUER: issuer.url, GITLAB_OIDC_AUDIENCE: AUDIENCE };
  const bridge = await operatedBridge({ ...options, env: { ...oidc, ...env } });
  const status = async (token: string): Promise<number> => (await ask(bridge, '/v1/gates/g', token)).status;
  return { ...bridge, issuer, status };
}

function ask(bridge: OperatedBridge, path: string, token: string, method = 'GET'): Promise<Response> {
  return fetch(`${bridge.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(method === 'GET' ? {} : { body: '{}' }),
  });
}

function signedWith(
  issuer: Issuer,
  head: object,
  mac: (input: string) => string,
  claims: object = {},
): string {
  const input = `${encode({ typ: 'JWT', kid: 'key-1', ...head })}.${encode(issuer.claims(claims))}`;
  return `${input}.${mac(input)}`;
}

test('a pipeline is let in with the id_token of its job, without any shared token', async () => {
  const { issuer, status } = await door();
  expect(await status(issuer.token())).toBe(404);
  expect(await status(issuer.token({ aud: ['https://other.example.com', AUDIENCE] }))).toBe(404);
});

function now(): number {
  return Math.floor(Date.now() / 1000);
}

describe('an id_token lets nobody in', () => {
  test.each<[string, (issuer: Issuer) => string]>([
    ['unsigned', (issuer) => signedWith(issuer, { alg: 'none' }, () => '')],
    ['unsigned, said in capitals', (issuer) => signedWith(issuer, { alg: 'NONE' }, () => '')],
    [
      'signed with the public key as an HMAC secret',
      (issuer) => {
        const pem = issuer.publicKey().export({ format: 'pem', type: 'spki' });
        return signedWith(issuer, { alg: 'HS256' }, (input) =>
          createHmac('sha256', pem).update(input).digest('base64url'),
        );
      },
    ],
    [
      'signed with a key of its own that it brings along',
      (issuer) => {
        const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
        const jwk = publicKey.export({ format: 'jwk' });
        return signedWith(issuer, { alg: 'RS256', jwk }, (input) =>
          sign('RSA-SHA256', Buffer.from(input), privateKey).toString('base64url'),
        );
      },
    ],
    ['that asks for another algorithm', (issuer) => issuer.token({}, { alg: 'RS512' })],
    ['with an extension that must be understood', (issuer) => issuer.token({}, { crit: ['x'], x: 1 })],
    ['made for somebody else', (issuer) => issuer.token({ aud: 'https://vault.example.com' })],
    ['made for nobody', (issuer) => issuer.token({ aud: undefined })],
    [
      'made for an address that only begins like ours',
      (issuer) => issuer.token({ aud: `${AUDIENCE}.evil.com` }),
    ],
    ['of another GitLab', (issuer) => issuer.token({ iss: 'https://gitlab.evil.com' })],
    ['that expired 61 s ago', (issuer) => issuer.token({ exp: now() - 61 })],
    ['without an end', (issuer) => issuer.token({ exp: undefined })],
    ['that is not valid yet', (issuer) => issuer.token({ nbf: now() + 90 })],
    ['without a project', (issuer) => issuer.token({ project_id: undefined })],
    ['with a project that is no number', (issuer) => issuer.token({ project_id: '42/../43' })],
    ['without a pipeline', (issuer) => issuer.token({ pipeline_id: undefined })],
    ['with a commit that is none', (issuer) => issuer.token({ sha: 'main' })],
    [
      'whose payload was changed',
      (issuer) => issuer.token().replace(/\.[^.]+\./, `.${encode(issuer.claims())}x.`),
    ],
    ['cut off', (issuer) => issuer.token().slice(0, -10)],
    ['of three dots', () => '...'],
  ])('%s', async (_, forge) => {
    const bridge = await door();
    expect(await bridge.status(forge(bridge.issuer))).toBe(401);
    expect(await bridge.status(bridge.issuer.token())).toBe(404);
  });

  test('where nobody said what it must be made for', async () => {
    const bridge = await door({ GITLAB_OIDC_AUDIENCE: '' });
    expect(await bridge.status(bridge.issuer.token())).toBe(401);
    expect(await bridge.status(bridge.issuer.token({ aud: undefined }))).toBe(401);
  });
});

test('clocks may differ by 60 s', async () => {
  const { issuer, status } = await door();
  expect(await status(issuer.token({ exp: now() - 50, nbf: now() - 100 }))).toBe(404);
  expect(await status(issuer.token({ nbf: now() + 50 }))).toBe(404);
});

test('an unsigned or an HMAC token never makes the bridge ask for the keys', async () => {
  const { issuer, status } = await door();
  await status(signedWith(issuer, { alg: 'none' }, () => ''));
  await status(signedWith(issuer, { alg: 'HS256' }, () => 'x'));
  await status('not-even-a-token');
  expect(issuer.requests()).toBe(0);
});

describe('the keys of GitLab', () => {
  test('are fetched once, also for many pipelines at the same time', async () => {
    const { issuer, status } = await door();
    const answers = await Promise.all(Array.from({ length: 20 }, () => status(issuer.token())));
    expect(new Set(answers)).toEqual(new Set([404]));
    expect(issuer.requests()).toBe(1);
  });

  test('are fetched again for a key that is new, and one that was taken back is refused ten minutes later', async () => {
    let ahead = 0;
    const { issuer, status } = await door({}, { clock: () => Date.now() + ahead });
    const old = issuer.token({ exp: Math.floor(Date.now() / 1000) + 7_200 });
    expect(await status(old)).toBe(404);
    issuer.rotate({ forget: true });
    ahead = 6_000;
    expect(await status(issuer.token())).toBe(404);
    expect(issuer.requests()).toBe(2);
    expect(await status(old)).toBe(401);
    ahead = 11 * 60_000;
    expect(await status(old)).toBe(401);
    expect(await status(issuer.token())).toBe(404);
  });

  test('a flood of unknown keys makes the bridge ask once in 5 s at most', async () => {
    let ahead = 0;
    const { issuer, status } = await door({}, { clock: () => Date.now() + ahead });
    await status(issuer.token());
    ahead = 6_000;
    for (let number = 0; number < 20; number += 1) {
      expect([401, 429]).toContain(await status(issuer.token({}, { kid: `made-up-${number}` })));
    }
    expect(issuer.requests()).toBe(2);
    expect(await status(issuer.token())).toBe(404);
  });

  test.each<[string, Parameters<Issuer['answerWith']>[0]]>([
    ['an error', (response) => void response.writeHead(500).end()],
    [
      'a redirect to somewhere else',
      (response) => void response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
    ],
    ['a web page', (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
    [
      'no key set',
      (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('[]'),
    ],
    [
      'too much',
      (response) =>
        void response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ keys: [], padding: 'x'.repeat(LIMIT) })),
    ],
    ['nothing', (response) => void response.destroy()],
    ['nothing in time', () => undefined],
  ])('that cannot be fetched, because GitLab answers %s, are a 503 and never a pass', async (_, answer) => {
    const { issuer, ...bridge } = await door({}, { timings: { callMs: 500 } });
    issuer.answerWith(answer);
    const refused = await ask(bridge, '/v1/gates/g', issuer.token());
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await refused.json()).toMatchObject({ type: '/docs/problems#identity-unavailable' });
  });

  test('that could not be fetched are asked for again once GitLab is back, after a pause for everybody', async () => {
    let ahead = 0;
    const { issuer, status } = await door({}, { clock: () => Date.now() + ahead });
    issuer.answerWith((response) => void response.writeHead(502).end());
    for (let number = 0; number < 10; number += 1) expect(await status(issuer.token())).toBe(503);
    expect(issuer.requests()).toBeLessThanOrEqual(2);
    issuer.answerWith(undefined);
    ahead = 1_500;
    expect(await status(issuer.token())).toBe(404);
  });
});

describe('each kind of token opens its own routes alone', () => {
  test('an operator’s opens no pipeline route, whatever the role', async () => {
    const bridge = await door({ PIPELINE_TOKENS: `42:${PIPELINE_TOKEN}` });
    for (const token of Object.values(TOKENS)) {
      expect((await ask(bridge, '/v1/gates', token, 'POST')).status).toBe(401);
      expect((await ask(bridge, '/v1/gates/g', token)).status).toBe(401);
      expect((await ask(bridge, '/v1/decisions/d/claim', token, 'POST')).status).toBe(401);
    }
  });

  test('a pipeline’s opens no operator route', async () => {
    const bridge = await door({ PIPELINE_TOKENS: `42:${PIPELINE_TOKEN}` });
    expect(await bridge.status(PIPELINE_TOKEN)).toBe(404);
    for (const token of [PIPELINE_TOKEN, bridge.issuer.token()]) {
      for (const path of ['/v1/changes', '/v1/decisions', '/v1/audit', '/v1/dead-letters']) {
        expect([401, 429], path).toContain((await ask(bridge, path, token)).status);
      }
      for (const path of ['/v1/decisions/d/resolve', '/v1/syncs', '/v1/flows/gate/pause', '/v1/replays']) {
        expect([401, 429], path).toContain((await ask(bridge, path, token, 'POST')).status);
      }
    }
  });
});

test('every refusal of a pipeline has one answer; the log tells the operator which', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const issuer = await startIssuer();
  const env = { GITLAB_OIDC_ISSUER: issuer.url, GITLAB_OIDC_AUDIENCE: AUDIENCE };
  const bridge = await operatedBridge({ env, log });
  const wrong = issuer.token({ aud: 'https://vault.example.com' });
  const answers = await Promise.all(
    [wrong, issuer.token({ exp: 1 }), 'x'].map(async (token) =>
      (await ask(bridge, '/v1/gates/g', token)).text(),
    ),
  );
  expect(new Set(answers).size).toBe(1);
  const metrics = await (await fetch(`${bridge.url}/metrics`)).text();
  for (const cause of ['wrong-audience', 'wrong-time', 'wrong-token'])
    expect(metrics).toContain(`cause="${cause}"`);
  expect(lines.join()).toContain('A request was refused.');
  expect(lines.join()).not.toContain(wrong.slice(0, 40));
});
