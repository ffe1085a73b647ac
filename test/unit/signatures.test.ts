import { createHmac, randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import * as signatures from '../../bridge/inbound/signatures.ts';

const NOW = 1_800_000_000_000;
const AT = String(NOW / 1000);

function verifyStandard(
  secrets: readonly string[],
  parts: signatures.SignedParts,
  body: Buffer,
  now: number,
): signatures.Match {
  return signatures.verifyStandard(signatures.signingKeys(secrets), parts, body, now);
}

function verifyPort(
  secret: string,
  parts: Omit<signatures.SignedParts, 'id'>,
  body: Buffer,
  now: number,
): boolean {
  return signatures.verifyPort(signatures.portKey(secret), parts, body, now);
}

function verifyToken(secrets: readonly string[], token: string | undefined): signatures.Match {
  return signatures.verifyToken(signatures.plainTokens(secrets), token);
}

function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** Signs as the reference implementation of Standard Webhooks does. */
function sign(secret: string, id: string, body: string, at = NOW) {
  const signature = new Webhook(secret).sign(id, new Date(at), body);
  return { id, timestamp: String(Math.floor(at / 1000)), signature };
}

describe('Standard Webhooks', () => {
  test('whatever the reference implementation signs is verified, to the last byte', () => {
    const secret = newSecret();
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ unit: 'grapheme' }), (id, body) => {
        const parts = sign(secret, id, body);
        expect(verifyStandard([secret], parts, Buffer.from(body), NOW)).toBe(0);
        expect(verifyStandard([secret], parts, Buffer.from(`${body} `), NOW)).toBeUndefined();
        expect(verifyStandard([secret], { ...parts, id: `${id}x` }, Buffer.from(body), NOW)).toBeUndefined();
      }),
    );
  });
  test('during a rotation either secret is taken, and the answer tells which', () => {
    const [old, next] = [newSecret(), newSecret()];
    const body = Buffer.from('{}');
    expect(verifyStandard([next, old], sign(next, 'm', '{}'), body, NOW)).toBe(0);
    expect(verifyStandard([next, old], sign(old, 'm', '{}'), body, NOW)).toBe(1);
    expect(verifyStandard([next], sign(old, 'm', '{}'), body, NOW)).toBeUndefined();
  });
  test('one good signature among several is enough; other schemes are passed over', () => {
    const secret = newSecret();
    const good = sign(secret, 'm', '{}');
    const listed = { ...good, signature: `v1a,AAAA v1,AAAA ${good.signature} v2,BBBB` };
    expect(verifyStandard([secret], listed, Buffer.from('{}'), NOW)).toBe(0);
    const other = { ...good, signature: good.signature.replace('v1,', 'v2,') };
    expect(verifyStandard([secret], other, Buffer.from('{}'), NOW)).toBeUndefined();
  });
  test('a timestamp may be five minutes off, in either direction, and no second more', () => {
    const secret = newSecret();
    const body = Buffer.from('{}');
    for (const offset of [-300_000, 300_000]) {
      expect(verifyStandard([secret], sign(secret, 'm', '{}', NOW + offset), body, NOW)).toBe(0);
      const further = NOW + offset + Math.sign(offset) * 1000;
      expect(verifyStandard([secret], sign(secret, 'm', '{}', further), body, NOW)).toBeUndefined();
    }
  });
  test.each(['', ' ', '1e9', '-1', `${AT}.0`, `0x${NOW.toString(16)}`, 'NaN', `+${AT}`, ` ${AT}`])(
    'the timestamp %j is refused even where it is signed',
    (timestamp) => {
      const secret = newSecret();
      const key = Buffer.from(secret.slice(6), 'base64');
      const signature = `v1,${createHmac('sha256', key).update(`m.${timestamp}.{}`).digest('base64')}`;
      const parts = { id: 'm', timestamp, signature };
      expect(verifyStandard([secret], parts, Buffer.from('{}'), NOW)).toBeUndefined();
    },
  );
  test('a missing header, an empty signature and no secret at all are refused', () => {
    const secret = newSecret();
    const good = sign(secret, 'm', '{}');
    const body = Buffer.from('{}');
    for (const name of ['id', 'timestamp', 'signature'] as const) {
      expect(verifyStandard([secret], { ...good, [name]: undefined }, body, NOW)).toBeUndefined();
    }
    for (const signature of ['', 'v1,', 'v1', good.signature.slice(0, -4)]) {
      expect(verifyStandard([secret], { ...good, signature }, body, NOW)).toBeUndefined();
    }
    expect(verifyStandard([], good, body, NOW)).toBeUndefined();
  });
});

/** The same with characters in place of their escapes. */
function plain(text: string): string {
  return text.replace(String.raw`\u00e9\u007f\ud83d\ude00`, '\u00e9\u007f\u{1f600}');
}

/** JSON with everything outside printable ASCII (DEL too) as \\uXXXX, as Python writes it. */
function escape(text: string): string {
  return [...Array(text.length).keys()]
    .map((at) => {
      const code = text.charCodeAt(at);
      return code < 127 ? text.charAt(at) : `\\u${code.toString(16).padStart(4, '0')}`;
    })
    .join('');
}

describe('the portal’s signature', () => {
  const SECRET = 'client-secret';
  const hmac = (text: string): string => `v1,${createHmac('sha256', SECRET).update(text).digest('base64')}`;
  const parts = (signed: string, timestamp = AT) => ({
    timestamp,
    signature: hmac(`${timestamp}.${signed}`),
  });

  test('is verified over the bytes as they came, however they are spaced', () => {
    const body = '{ "runId" :  "r_1" }';
    expect(verifyPort(SECRET, parts(body), Buffer.from(body), NOW)).toBe(true);
    expect(verifyPort(SECRET, parts(body), Buffer.from(`${body} `), NOW)).toBe(false);
  });
  test('is verified over the compact form, plain or escaped, for any JSON', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'binary' }), (json) => {
        const value: unknown = JSON.parse(json);
        const wire = Buffer.from(JSON.stringify(value, null, 2));
        const compact = JSON.stringify(value);
        expect(verifyPort(SECRET, parts(compact), wire, NOW)).toBe(true);
        expect(verifyPort(SECRET, parts(escape(compact)), wire, NOW)).toBe(true);
      }),
    );
  });
  // What Python's json.dumps writes of it, as Port's agent does: with blanks on the wire, without in what it signs.
  const SPACED = String.raw`{"f": 1.0, "g": 1e-07, "h": 1e+16, "n": -0.0, "big": 12345678901234567890123, "s": "a: b, \"c\" \\", "u": "\u00e9\u007f\ud83d\ude00", "l": [ ], "slash": "a/b"}`;
  const COMPACT = String.raw`{"f":1.0,"g":1e-07,"h":1e+16,"n":-0.0,"big":12345678901234567890123,"s":"a: b, \"c\" \\","u":"\u00e9\u007f\ud83d\ude00","l":[],"slash":"a/b"}`;

  test.each([
    ['with blanks and escapes, over itself', SPACED, SPACED],
    ['with blanks and escapes, over the compact text', SPACED, COMPACT],
    ['with blanks alone, over itself', plain(SPACED), plain(SPACED)],
    ['with blanks alone, over the compact text', plain(SPACED), plain(COMPACT)],
    ['with blanks alone, over the compact text with escapes', plain(SPACED), COMPACT],
    ['compact with escapes, over itself', COMPACT, COMPACT],
    ['compact, over itself', plain(COMPACT), plain(COMPACT)],
    ['compact, over the text with escapes', plain(COMPACT), COMPACT],
    ['over several lines, with tabs', SPACED.replaceAll(', "', ',\r\n\t"'), COMPACT],
  ])('of a body %s is verified, whatever its numbers look like', (_, wire, signed) => {
    expect(verifyPort(SECRET, parts(signed), Buffer.from(wire), NOW)).toBe(true);
  });
  test.each([
    ['1.0', '1'],
    ['1e-07', '1e-7'],
    ['1e-07', '0.0000001'],
    ['1e+16', '10000000000000000'],
    ['-0.0', '0'],
    ['-0.0', '-0'],
    ['12345678901234567890123', '12345678901234567890124'],
    ['12345678901234567890123', '1.2345678901234568e+22'],
    ['a: b', 'a:b'],
    [String.raw`\u00e9`, String.raw`\u00E9`],
    [String.raw`\u00e9`, String.raw`e\u0301`],
    ['a/b', String.raw`a\/b`],
    ['"f"', '"f "'],
    [String.raw`\"c\"`, 'c'],
  ])('of a body that says %s is not taken for one that says %s', (said, forged) => {
    const wire = SPACED.replace(said, forged);
    expect(wire).not.toBe(SPACED);
    expect(verifyPort(SECRET, parts(COMPACT), Buffer.from(wire), NOW)).toBe(false);
  });
  test('over another content is refused in every form', () => {
    const wire = Buffer.from(JSON.stringify({ approval_status: 'approved', who: 'José' }, null, 1));
    const other = JSON.stringify({ approval_status: 'declined', who: 'José' });
    for (const signed of [other, escape(other), '', '{}']) {
      expect(verifyPort(SECRET, parts(signed), wire, NOW)).toBe(false);
    }
  });
  test('over a body that is no JSON is verified over the bytes alone', () => {
    expect(verifyPort(SECRET, parts('no json'), Buffer.from('no json'), NOW)).toBe(true);
    expect(verifyPort(SECRET, parts('other'), Buffer.from('no json'), NOW)).toBe(false);
  });
  test('is refused without its headers, when it is old, or under another secret', () => {
    const body = Buffer.from('{}');
    expect(verifyPort(SECRET, { ...parts('{}'), timestamp: undefined }, body, NOW)).toBe(false);
    expect(verifyPort(SECRET, { ...parts('{}'), signature: undefined }, body, NOW)).toBe(false);
    expect(verifyPort(SECRET, parts('{}', String(NOW / 1000 - 301)), body, NOW)).toBe(false);
    expect(verifyPort('other', parts('{}'), body, NOW)).toBe(false);
  });
});

test('a plain token matches one of the active ones exactly, and never when there are none', () => {
  expect(verifyToken(['one', 'two'], 'two')).toBe(1);
  expect(verifyToken(['one', 'two'], 'tw')).toBeUndefined();
  expect(verifyToken(['one'], undefined)).toBeUndefined();
  expect(verifyToken([], '')).toBeUndefined();
});
