import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { asciiJson, asciiWidth } from '../src/server/ascii-json.ts';
import { MAC_VECTOR } from '../src/server/health.ts';
import { macOf } from '../src/server/mac.ts';
import { changeBody, LONGEST_BODY } from '../src/server/payload.ts';
import { keyOfSecret, signatureHeader } from '../src/server/signature.ts';
import { fromGlideTime, toGlideTime, toIso } from '../src/server/time.ts';

const NOW = Date.UTC(2026, 10, 21, 10, 0, 0);

function mac(keyBase64: string, text: string): string {
  return createHmac('sha256', Buffer.from(keyBase64, 'base64')).update(text, 'latin1').digest('base64');
}

function give(key: string, algorithm: string, text: string): string {
  return `${algorithm} ${key} ${text}`;
}

function readerOf(record: Record<string, string>) {
  return (name: string): string | undefined => record[name];
}

describe('JSON', () => {
  test('any value is written in ASCII and read back unchanged', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
        const json = asciiJson([value, text]);
        expect(json).toMatch(/^[\u0020-\u007e]*$/);
        expect(JSON.stringify(JSON.parse(json))).toBe(JSON.stringify([value, text]));
      }),
      { numRuns: 20 },
    );
  });
});

test('the width of every character is the one that the JSON has', () => {
  for (let unit = 0; unit <= 0xffff; unit += unit < 0x100 ? 1 : 97) {
    expect(asciiWidth(unit)).toBe(asciiJson(String.fromCharCode(unit)).length - 2);
  }
});

describe('the signature', () => {
  test('the published Standard Webhooks example gives the published signature', () => {
    const [id = '', timestamp = '', body = ''] = MAC_VECTOR.text.split(/\.(?=\d|\{)/);
    const secret = `whsec_${MAC_VECTOR.key}`;
    const header = signatureHeader({ id, timestamp: Number(timestamp), body }, [secret], mac);
    expect(header).toBe(`v1,${MAC_VECTOR.mac}`);
  });

  test('any message is accepted by the reference receiver under each of two secrets and under no third', () => {
    const secretBytes = fc.uint8Array({ minLength: 24, maxLength: 64 });
    fc.assert(
      fc.property(secretBytes, secretBytes, fc.string({ unit: 'binary' }), (first, second, text) => {
        fc.pre(Buffer.compare(first, second) !== 0);
        const secrets = [first, second].map((bytes) => `whsec_${Buffer.from(bytes).toString('base64')}`);
        const timestamp = Math.floor(Date.now() / 1000);
        const body = asciiJson({ text });
        const headers = {
          'webhook-id': 'row',
          'webhook-timestamp': String(timestamp),
          'webhook-signature': signatureHeader({ id: 'row', timestamp, body }, secrets, mac),
        };
        for (const secret of secrets) expect(new Webhook(secret).verify(body, headers)).toEqual({ text });
        const other = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
        fc.pre(!secrets.includes(other));
        expect(() => new Webhook(other).verify(body, headers)).toThrow('No matching signature');
      }),
      { numRuns: 50 },
    );
  });

  test('a key without its padding is padded, because the platform decodes strictly', () => {
    const bytes = Buffer.alloc(32, 1);
    const unpadded = bytes.toString('base64').replace(/=+$/, '');
    expect(keyOfSecret(`whsec_${unpadded}`)).toBe(bytes.toString('base64'));
  });

  test.each(['', 'whsec_', 'whsec_c2hvcnQ=', 'secret', `whsec_${'!'.repeat(40)}`, `whsec_${'A'.repeat(33)}`])(
    'the text %j is no secret',
    (text) => {
      expect(keyOfSecret(text)).toBeUndefined();
    },
  );
});

describe("the platform's MAC", () => {
  test('it is used when the class offers it', () => {
    class OnClass {
      static generateMac = give;
      generateMac = undefined;
    }
    expect(macOf(OnClass)('key', 'text')).toBe('HmacSHA256 key text');
  });

  test('it is used when only an instance offers it', () => {
    class OnInstance {
      generateMac = give;
    }
    expect(macOf(OnInstance)('key', 'text')).toBe('HmacSHA256 key text');
  });

  test('it is used when the look-up on the class throws', () => {
    class Strict {
      static get generateMac(): never {
        throw new Error('no such member');
      }
      generateMac = give;
    }
    expect(macOf(Strict)('key', 'text')).toBe('HmacSHA256 key text');
  });

  test('its absence is told', () => {
    class Neither {
      generateMac = undefined;
    }
    expect(() => macOf(Neither)('key', 'text')).toThrow('offers no CertificateEncryption.generateMac');
  });
});

describe('the body', () => {
  test('it names the event, the time, and every field as a string', () => {
    const record = {
      sys_id: 'a',
      sys_mod_count: '2',
      active: '1',
      business_service: 'ref',
      u_external_tags: 'r_1',
    };
    expect(JSON.parse(changeBody('change.updated', NOW, readerOf(record), 'u_external_tags'))).toEqual({
      event: 'change.updated',
      occurred_at: '2026-11-21T10:00:00Z',
      record: { ...record, active: 'true' },
    });
  });

  test('tags from another column travel under both names', () => {
    const body = changeBody('change.updated', NOW, readerOf({ x_tags: 'r_1' }), 'x_tags');
    expect(JSON.parse(body).record).toEqual({ u_external_tags: 'r_1', x_tags: 'r_1' });
  });

  test('a missing column is left out, an empty one is sent empty', () => {
    const read = readerOf({ u_external_tags: '', category: '' });
    expect(JSON.parse(changeBody('change.updated', NOW, read, 'u_external_tags')).record).toEqual({
      u_external_tags: '',
      category: '',
    });
    expect(JSON.parse(changeBody('change.updated', NOW, readerOf({}), 'u_external_tags')).record).toEqual({});
  });

  test('texts of any length and script fit into 60,000 bytes, and the id and version survive', () => {
    const long = fc
      .tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), fc.nat({ max: 4000 }))
      .map(([text, times]) => text.repeat(times));
    fc.assert(
      fc.property(long, long, (description, summary) => {
        const record = { sys_id: 'a', sys_mod_count: '2', description, short_description: summary };
        const body = changeBody('change.updated', NOW, readerOf(record), 'u_external_tags');
        expect(body.length).toBeLessThanOrEqual(LONGEST_BODY);
        expect(JSON.parse(body).record).toMatchObject({ sys_id: 'a', sys_mod_count: '2' });
      }),
      { numRuns: 15 },
    );
  });

  test('a text that is cut ends in an ellipsis and never in half a character', () => {
    const description = `${'x'.repeat(20)}${'🚀'.repeat(10_000)}`;
    const body = changeBody('change.updated', NOW, readerOf({ description }), 'u_external_tags');
    const sent: string = JSON.parse(body).record.description;
    expect(sent.endsWith('🚀…')).toBe(true);
    expect(body.length).toBeGreaterThan(LONGEST_BODY - 20);
  });
});

describe('times', () => {
  test('a stored time is read back to the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
        expect(fromGlideTime(toGlideTime(seconds * 1000))).toBe(seconds * 1000);
      }),
    );
  });

  test.each(['', '2026-11-21', 'yesterday', '2026-13-41 10:00:00'])('the text %j is no time', (text) => {
    expect(fromGlideTime(text)).toBeUndefined();
  });

  test('a time is written in UTC with a Z', () => {
    expect(toIso(NOW)).toBe('2026-11-21T10:00:00Z');
  });
});
