import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { localServer } from '../unit/local-server.ts';

/** A GitLab of one test that only publishes keys and signs id_tokens, honest ones and others. */
export type Issuer = {
  readonly url: string;
  /** How often the keys were asked for. */
  readonly requests: () => number;
  /** How the keys are answered from now on; undefined: as they should be. */
  readonly answerWith: (answer: ((response: ServerResponse) => void) | undefined) => void;
  /** Adds a key, and from now on signs with it; `forget` takes the earlier ones from the list. */
  readonly rotate: (how?: { readonly forget?: boolean }) => void;
  /** A job's id_token. `claims` replaces what it says, and undefined leaves a claim out. */
  readonly token: (claims?: object, head?: object) => string;
  /** The claims of an honest token. */
  readonly claims: (claims?: object) => Readonly<Record<string, unknown>>;
  readonly publicKey: () => KeyObject;
};

export const AUDIENCE = 'https://bridge.example.com';
export const SHA = '914910410d2e9b9f0e8d6f4b3a5c7e1d2f3a4b5c';

type Pair = { readonly kid: string; readonly publicKey: KeyObject; readonly privateKey: KeyObject };

function makePair(number: number): Pair {
  return { kid: `key-${number}`, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) };
}

export function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

export async function startIssuer(): Promise<Issuer> {
  let current = makePair(1);
  let listed: Pair[] = [current];
  let odd: ((response: ServerResponse) => void) | undefined;
  const server = await localServer((request, response) => {
    if (odd !== undefined) return odd(response);
    if (request.url !== '/oauth/discovery/keys') return void response.writeHead(404).end();
    const keys = listed.map(({ kid, publicKey }) => ({
      ...publicKey.export({ format: 'jwk' }),
      kid,
      use: 'sig',
      alg: 'RS256',
    }));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }));
  });
  const claims = (more: object = {}) => {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: server.url,
      aud: AUDIENCE,
      iat: now,
      nbf: now - 5,
      exp: now + 3600,
      project_id: '42',
      project_path: 'platform/checkout',
      pipeline_id: '7',
      pipeline_source: 'trigger',
      job_id: '70',
      ref: 'main',
      ref_type: 'branch',
      ref_protected: 'true',
      sha: SHA,
      user_login: 'dana',
      user_email: 'dana@example.com',
      ...more,
    };
  };
  return {
    url: server.url,
    requests: server.requests,
    claims,
    publicKey: () => current.publicKey,
    answerWith: (answer) => void (odd = answer),
    rotate({ forget = false } = {}) {
      current = makePair(listed.length + 1);
      listed = forget ? [current] : [...listed, current];
    },
    token(more = {}, head = {}) {
      const input = `${encode({ typ: 'JWT', alg: 'RS256', kid: current.kid, ...head })}.${encode(claims(more))}`;
      return `${input}.${sign('RSA-SHA256', Buffer.from(input), current.privateKey).toString('base64url')}`;
    },
  };
}
