import { createHash, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { RefusalCause } from '../http/refusals.ts';
import { compactJson, escapedJson } from './json-forms.ts';

/** How far (ms) a signed timestamp may be from our clock (Standard Webhooks: five minutes). */
const TOLERANCE_MS = 300_000;
/** How many signatures of one header are read: a rotation needs two. */
const MOST_SIGNATURES = 5;
const SIGNING_PREFIX = 'whsec_';

/** Which of the active secrets matched, counted from 0; undefined where none did. */
export type Match = number | undefined;

/** A signing secret, made ready once, and its place among the active secrets. */
export type SigningKey = { readonly place: number; readonly key: KeyObject };
/** The SHA-256 of a plain token, and its place among the active secrets. */
export type PlainToken = { readonly place: number; readonly digest: Buffer };

export type SignedParts = {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
};

/** HMAC-SHA256 of head and body. */
export type Hmac = (key: KeyObject, head: string, body: Buffer) => Buffer;

/** The keys of the `whsec_` secrets: the Base64 after the prefix (standardwebhooks.com, "Signature scheme"). */
export function signingKeys(secrets: readonly string[]): SigningKey[] {
  return secrets.flatMap((secret, place) => {
    if (!secret.startsWith(SIGNING_PREFIX)) return [];
    return [{ place, key: createSecretKey(Buffer.from(secret.slice(SIGNING_PREFIX.length), 'base64')) }];
  });
}

/** The secrets that are plain tokens. A `whsec_` secret signs; it is never shown, so it is never accepted as one. */
export function plainTokens(secrets: readonly string[]): PlainToken[] {
  return secrets.flatMap((secret, place) =>
    secret.startsWith(SIGNING_PREFIX) ? [] : [{ place, digest: digest(secret) }],
  );
}

/** The key of the portal's signatures: the client secret as it stands. */
export function portKey(secret: string): KeyObject {
  return createSecretKey(Buffer.from(secret));
}

/**
 * Verifies a Standard Webhooks signature: HMAC-SHA256 over `id.timestamp.body`; the header may list several. Costs
 * one HMAC for each key, whatever the header holds, and none where it holds no signature.
 */
export function verifyStandard(
  keys: readonly SigningKey[],
  parts: SignedParts,
  body: Buffer,
  now: number,
  hmac: Hmac = hmacSha256,
): Match {
  const { id, timestamp, signature } = parts;
  if (id === undefined || timestamp === undefined || signature === undefined) return undefined;
  if (!isRecent(timestamp, now)) return undefined;
  const given = signaturesIn(signature);
  if (given.length === 0) return undefined;
  const head = `${id}.${timestamp}.`;
  return firstMatch(keys, ({ key }) => isAmong(given, hmac(key, head, body)));
}

/**
 * Verifies the portal's signature: HMAC-SHA256 with the client secret over `timestamp.body`. A request that passed
 * through Port's agent was signed over compact JSON, with or without escapes for what is not ASCII.
 */
export function verifyPort(
  key: KeyObject,
  parts: { readonly timestamp: string | undefined; readonly signature: string | undefined },
  body: Buffer,
  now: number,
  hmac: Hmac = hmacSha256,
): boolean {
  const { timestamp, signature } = parts;
  if (timestamp === undefined || signature === undefined || !isRecent(timestamp, now)) return false;
  const given = signaturesIn(signature);
  if (given.length === 0) return false;
  const head = `${timestamp}.`;
  for (const form of bodyForms(body)) {
    if (isAmong(given, hmac(key, head, form))) return true;
  }
  return false;
}

/** Compares a plain token (X-Gitlab-Token) in constant time. */
export function verifyToken(tokens: readonly PlainToken[], token: string | undefined): Match {
  if (token === undefined) return undefined;
  const given = digest(token);
  return firstMatch(tokens, (each) => timingSafeEqual(each.digest, given));
}

/** Why a signed request was refused, for those who look after the secrets. */
export function whyRefused(parts: Omit<SignedParts, 'id'>, now: number): RefusalCause {
  const { timestamp, signature } = parts;
  if (timestamp === undefined || signature === undefined || signature === '') return 'no-proof';
  return isRecent(timestamp, now) ? 'wrong-signature' : 'old-timestamp';
}

// Every secret is tried, so that the time taken does not tell which one matched.
function firstMatch<T extends { readonly place: number }>(
  secrets: readonly T[],
  matches: (secret: T) => boolean,
): Match {
  const [first] = secrets.filter(matches);
  return first?.place;
}

function isRecent(timestamp: string, now: number): boolean {
  return /^\d{1,12}$/.test(timestamp) && Math.abs(now - Number(timestamp) * 1000) <= TOLERANCE_MS;
}

/** The first few `v1` signatures that have the form of an HMAC-SHA256: 32 bytes in Base64. */
function signaturesIn(header: string): Buffer[] {
  const found: Buffer[] = [];
  for (const [, text = ''] of header.matchAll(/(?<!\S)v1,([A-Za-z0-9+/]{43}=)(?!\S)/g)) {
    found.push(Buffer.from(text, 'base64'));
    if (found.length === MOST_SIGNATURES) break;
  }
  return found;
}

/** The body as it came, then in the forms that a sender may have signed instead. */
function* bodyForms(body: Buffer): Generator<Buffer> {
  yield body;
  const compact = compactJson(body);
  if (compact.length !== body.length) yield compact;
  const escaped = escapedJson(compact);
  if (escaped.length !== compact.length) yield escaped;
}

function isAmong(given: readonly Buffer[], expected: Buffer): boolean {
  return given.some((each) => timingSafeEqual(each, expected));
}

function hmacSha256(key: KeyObject, head: string, body: Buffer): Buffer {
  return createHmac('sha256', key).update(head).update(body).digest();
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
