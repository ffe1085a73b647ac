import { createHmac, type KeyObject } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  portKey,
  signingKeys,
  verifyPort,
  verifyStandard,
  type Hmac,
} from '../../bridge/inbound/signatures.ts';
import { operatedBridge } from '../operator/support.ts';
import { signServiceNow } from './signed.ts';

const NOW = 1_800_000_000_000;
const timestamp = String(NOW / 1000);
const SECRETS = [1, 2].map((byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`);
const KEYS = signingKeys(SECRETS);
const PORT_KEY = portKey('client-secret');

/** A signature of the right form that fits nothing. */
function forged(index: number): string {
  const bytes = Buffer.alloc(32);
  bytes.writeUInt32BE(index);
  return `v1,${bytes.toString('base64')}`;
}

/** As the verifiers compute it, and counted. */
function counted(): { hmac: Hmac; count: () => number } {
  let count = 0;
  const hmac = (key: KeyObject, head: string, body: Buffer): Buffer => {
    count += 1;
    return createHmac('sha256', key).update(head).update(body).digest();
  };
  return { hmac, count: () => count };
}

const MANY = Array.from({ length: 3_900 }, (_, index) => forged(index)).join(' ');

test('3,900 signatures in one header cost one HMAC for each active secret', () => {
  const { hmac, count } = counted();
  const parts = { id: 'm', timestamp, signature: MANY };
  expect(verifyStandard(KEYS, parts, Buffer.from('{}'), NOW, hmac)).toBeUndefined();
  expect(count()).toBe(SECRETS.length);
});

test('3,900 signatures in the portal’s header cost one HMAC for each form of the body', () => {
  const { hmac, count } = counted();
  const body = Buffer.from('{ "who": "José" }');
  expect(verifyPort(PORT_KEY, { timestamp, signature: MANY }, body, NOW, hmac)).toBe(false);
  expect(count()).toBe(3);
  expect(verifyPort(PORT_KEY, { timestamp, signature: MANY }, Buffer.from('{}'), NOW, hmac)).toBe(false);
  expect(count()).toBe(4);
});

test.each([
  '',
  'v1,',
  'v1,AAAA',
  `v2,${Buffer.alloc(32).toString('base64')}`,
  `v1,${Buffer.alloc(31).toString('base64')}`,
  `v1,${Buffer.alloc(33).toString('base64')}`,
  Array.from({ length: 3_900 }, () => 'v1,AAAA').join(' '),
  'x'.repeat(16_000),
])('a header without a signature that could fit (%#) costs nothing', (signature) => {
  const { hmac, count } = counted();
  expect(verifyStandard(KEYS, { id: 'm', timestamp, signature }, Buffer.from('{}'), NOW, hmac)).toBe(
    undefined,
  );
  expect(verifyPort(PORT_KEY, { timestamp, signature }, Buffer.from('{}'), NOW, hmac)).toBe(false);
  expect(count()).toBe(0);
});

test('an old timestamp costs nothing', () => {
  const { hmac, count } = counted();
  const old = String(NOW / 1000 - 301);
  const parts = { id: 'm', timestamp: old, signature: forged(1) };
  expect(verifyStandard(KEYS, parts, Buffer.from('{}'), NOW, hmac)).toBeUndefined();
  expect(verifyPort(PORT_KEY, parts, Buffer.from('{}'), NOW, hmac)).toBe(false);
  expect(count()).toBe(0);
});

test('the right signature counts among the first five, and no further back', async () => {
  const { url } = await operatedBridge();
  const body =
    '{"event":"change.updated","record":{"sys_id":"0123456789abcdef0123456789abcdef","sys_mod_count":"1"}}';
  const send = async (before: number): Promise<number> => {
    const headers = signServiceNow(body);
    const wrong = Array.from({ length: before }, (_, index) => forged(index));
    const signature = [...wrong, headers['webhook-signature']].join(' ');
    const sent = { 'content-type': 'application/json', ...headers, 'webhook-signature': signature };
    return (await fetch(`${url}/webhooks/servicenow`, { method: 'POST', body, headers: sent })).status;
  };
  expect(await send(4)).toBe(202);
  expect(await send(5)).toBe(401);
});

/** What Port sends, and what it signed: directly, or through its agent, which is written in Python. */
const WIRE_FORMS: readonly (readonly [what: string, wire: string, signed: string])[] = [
  ['raw bytes, spaced as they are', '{ "a" :\t"José"\n}', '{ "a" :\t"José"\n}'],
  ['spaced, over the compact text', '{"a": [1, 2], "b": "x, y: z"}', '{"a":[1,2],"b":"x, y: z"}'],
  ['escaped and spaced, over the compact text', '{"a": "Jos\\u00e9"}', '{"a":"Jos\\u00e9"}'],
  ['spaced, over compact text with escapes', '{"a": "José 😀"}', '{"a":"Jos\\u00e9 \\ud83d\\ude00"}'],
  ['a float that JavaScript writes otherwise', '{"a": 1e-07, "b": 1.0}', '{"a":1e-07,"b":1.0}'],
  ['a DEL character and quotes', '{"a": "\u007f \\"x\\" \\\\"}', '{"a":"\\u007f \\"x\\" \\\\"}'],
];

test.each(WIRE_FORMS)('the portal’s signature is verified: %s', (_what, wire, signed) => {
  const sign = (text: string): string =>
    `v1,${createHmac('sha256', 'client-secret').update(`${timestamp}.${text}`).digest('base64')}`;
  const parts = { timestamp, signature: sign(signed) };
  expect(verifyPort(PORT_KEY, parts, Buffer.from(wire), NOW)).toBe(true);
  const altered = Buffer.from(wire.replace('"a"', '"A"'));
  expect(verifyPort(PORT_KEY, parts, altered, NOW)).toBe(false);
});
