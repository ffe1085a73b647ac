import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** How far (ms) a signed timestamp may be from our clock (Standard Webhooks: five minutes). */
const TOLERANCE_MS = 300_000;

/** Which of the active secrets matched, counted from 0; undefined where none did. */
export type Match = number | undefined;

export type SignedParts = {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
};

/**
 * Verifies a Standard Webhooks signature: HMAC-SHA256 over `id.timestamp.body`, the key being the Base64 after
 * `whsec_`; the header may list several signatures. (standardwebhooks.com, "Signature scheme")
 */
export function verifyStandard(
  secrets: readonly string[],
  parts: SignedParts,
  body: Buffer,
  now: number,
): Match {
  const { id, timestamp, signature } = parts;
  if (id === undefined || timestamp === undefined || signature === undefined) return undefined;
  if (!isRecent(timestamp, now)) return undefined;
  const head = Buffer.from(`${id}.${timestamp}.`);
  const given = signatures(signature);
  return firstMatch(secrets, (secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return given.some((each) => same(each, hmac(key, head, body)));
  });
}

/**
 * Verifies the portal's signature: HMAC-SHA256 with the client secret over `timestamp.body`. A request that
 * passed through Port's agent was signed over the compact JSON, with or without escaped non-ASCII characters.
 */
export function verifyPort(
  secret: string,
  parts: { readonly timestamp: string | undefined; readonly signature: string | undefined },
  body: Buffer,
  now: number,
): boolean {
  const { timestamp, signature } = parts;
  if (timestamp === undefined || signature === undefined || !isRecent(timestamp, now)) return false;
  const head = Buffer.from(`${timestamp}.`);
  const key = Buffer.from(secret);
  const given = signatures(signature);
  return bodyForms(body).some((form) => given.some((each) => same(each, hmac(key, head, form))));
}

/** Compares a plain token (X-Gitlab-Token) in constant time. */
export function verifyToken(secrets: readonly string[], token: string | undefined): Match {
  if (token === undefined) return undefined;
  return firstMatch(secrets, (secret) => same(digest(secret), digest(token)));
}

// Every secret is tried, so that the time taken does not tell which one matched.
function firstMatch(secrets: readonly string[], matches: (secret: string) => boolean): Match {
  const found = secrets.map(matches).indexOf(true);
  return found < 0 ? undefined : found;
}

function isRecent(timestamp: string, now: number): boolean {
  return /^\d{1,12}$/.test(timestamp) && Math.abs(now - Number(timestamp) * 1000) <= TOLERANCE_MS;
}

function signatures(header: string): Buffer[] {
  return header
    .split(' ')
    .filter((part) => part.startsWith('v1,'))
    .map((part) => Buffer.from(part.slice(3), 'base64'));
}

function* compactForms(body: Buffer): Generator<Buffer> {
  const compact = JSON.stringify(JSON.parse(body.toString('utf8')));
  yield Buffer.from(compact);
  yield Buffer.from(
    compact.replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

function bodyForms(body: Buffer): Buffer[] {
  try {
    return [body, ...compactForms(body)];
  } catch {
    return [body];
  }
}

function hmac(key: Buffer, head: Buffer, body: Buffer): Buffer {
  return createHmac('sha256', key).update(head).update(body).digest();
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function same(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
