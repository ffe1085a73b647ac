import { expect, test } from 'vitest';
import { secretsOf } from '../../bridge/secrets.ts';
import { KEPT_CHARS, Redactor } from '../../bridge/outbound/redactor.ts';

const SECRET = 'pä55/"w+rd\\& 0123456789';
const redactor = (): Redactor => new Redactor([SECRET]);
const base64 = (text: string): string => Buffer.from(text).toString('base64');

test.each([
  ['as it is', SECRET],
  ['percent-encoded', encodeURIComponent(SECRET)],
  ['percent-encoded in lower case', encodeURIComponent(SECRET).toLowerCase()],
  ['as a form field', new URLSearchParams({ a: SECRET }).toString()],
  ['percent-encoded twice', encodeURIComponent(encodeURIComponent(SECRET))],
  ['every byte percent-encoded', [...Buffer.from(SECRET)].map((b) => `%${b.toString(16)}`).join('')],
  ['as a JSON string', JSON.stringify(SECRET)],
  ['as JSON within JSON', JSON.stringify(JSON.stringify({ a: SECRET }))],
  [
    'as JSON in ASCII',
    Array.from(SECRET, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  ],
  ['in HTML', SECRET.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('ä', '&#228;')],
  ['in HTML, in hexadecimal', Array.from(SECRET, (c) => `&#x${c.charCodeAt(0).toString(16)};`).join('')],
  ['broken over lines', `${SECRET.slice(0, 15)}\r\n  ${SECRET.slice(15)}`],
  ['with a tab for its space', SECRET.replace(' ', '\t')],
])('a secret %s is masked', (_how, text) => {
  for (const sentence of [text, `before ${text} after`, `${text}${text}`]) {
    const clean = redactor().clean(sentence);
    expect(clean).toContain('***');
    expect(clean).not.toContain('0123456789');
    expect(clean).not.toContain('55');
  }
});

test.each([0, 1, 2, 3, 4, 5])('a secret in Base64 after %i other bytes is masked', (before) => {
  const whole = base64(`${'u'.repeat(before)}${SECRET}tail`);
  for (const text of [whole, whole.replaceAll('+', '-').replaceAll('/', '_'), encodeURIComponent(whole)]) {
    const left = redactor().clean(text).replaceAll('***', '');
    // At most the digits that the secret's outermost bytes share with their neighbours are left.
    expect(left.length).toBeLessThan(whole.length - base64(SECRET).length + 6);
    expect(whole.length - left.length).toBeGreaterThanOrEqual(28);
  }
});

test('Base64 that is broken into lines is masked too', () => {
  const broken = base64(`user:${SECRET}`).replace(/.{10}/g, '$&\r\n');
  expect(redactor().clean(broken)).toContain('***');
});

test('the longer of two secrets that begin alike is masked whole', () => {
  const clean = new Redactor(['token-12', 'token-12-and-more']).clean('is token-12-and-more');
  expect(clean).toBe('is ***');
});

test('a text stays on one line, without control and invisible characters', () => {
  expect(new Redactor([]).clean('  a\r\nb\u0000\u001b[31mc\u2028d\u202ee\t\tf ')).toBe('a b [31mc d e f');
});

test('at most 500 characters are kept, and no half of an emoji', () => {
  expect(new Redactor([]).clean('a'.repeat(KEPT_CHARS))).toBe('a'.repeat(KEPT_CHARS));
  const long = new Redactor([]).clean('a'.repeat(KEPT_CHARS + 1));
  expect(long).toBe(`${'a'.repeat(KEPT_CHARS - 1)}…`);
  const emoji = new Redactor([]).clean(`${'a'.repeat(KEPT_CHARS - 2)}😀😀`);
  expect(emoji.isWellFormed()).toBe(true);
  expect(emoji.length).toBeLessThanOrEqual(KEPT_CHARS);
});

test('no part of a secret is kept, wherever in a long text it stands', () => {
  const secret = `${'s3cr3t-'.repeat(40)}end`;
  const long = new Redactor([secret]);
  for (let before = 0; before < 7_000; before += 83) {
    const spaced = `${' '.repeat(before)}${secret}${'x'.repeat(9_000)}`;
    expect(long.clean(spaced)).not.toContain('s3cr3t');
    expect(long.clean(`${'x'.repeat(before)}${secret}`)).not.toContain('s3cr3t');
    expect(long.clean(`${'%20'.repeat(before)}${encodeURIComponent(secret)}%20`)).not.toContain('s3cr3t');
  }
});

test('ordinary words are kept as they are', () => {
  const words = 'Operation Failed (ACL Exception: “100% sure” \\n &amp; %41)';
  expect(redactor().clean(words)).toBe(words);
  expect(new Redactor(['', 'a', 'abc']).clean('abc')).toBe('abc');
});

test('an access token is masked from when it is known, and the one before it still is', () => {
  const known = new Redactor([]);
  expect(known.clean('token-one')).toBe('token-one');
  known.learn('Port', 'token-one');
  known.learn('ServiceNow', 'token-two');
  known.learn('Port', 'token-three');
  known.learn('Port', 'token-three');
  expect(known.clean('token-one token-two token-three')).toBe('*** *** ***');
});

test('a secret whose mark could hold it does not multiply', () => {
  expect(new Redactor(['secret', '****']).clean('secret')).toBe('***');
});

test('7 MB of escapes cost no more than a small part of them', () => {
  const started = performance.now();
  new Redactor(Array.from({ length: 40 }, (_, index) => `secret-${index}-`.repeat(5))).clean(
    '%41\\u0041 '.repeat(700_000),
  );
  expect(performance.now() - started).toBeLessThan(1_000);
});

test('every secret setting is known in each form in which it is used, and none shows in JSON', () => {
  const secrets = secretsOf({
    SERVICENOW_API_TOKEN: base64('ci:pass:word'),
    SERVICENOW_CLIENT_SECRET: 'a,b',
    PORT_CLIENT_SECRET: 'port-secret',
    PORT_CLIENT_ID: 'port-id',
    SERVICENOW_WEBHOOK_SECRETS: 'whsec_one, whsec_two',
    GITLAB_WEBHOOK_SECRETS: 'hook-token',
    GITLAB_TRIGGER_TOKEN: 'glptt-1',
    GITLAB_TRIGGER_TOKENS: '42:glptt-2,43:glptt:3',
    GITLAB_API_TOKEN: 'glpat-1',
    PIPELINE_TOKENS: '42:pipeline-token',
    OPERATOR_TOKENS: 'ann:read:aaaa:bbbb,ben:admin:cccc',
  });
  expect(secrets.reveal().toSorted()).toEqual(
    [
      base64('ci:pass:word'),
      'ci:pass:word',
      'pass:word',
      'a,b',
      'port-secret',
      'whsec_one',
      'one',
      'whsec_two',
      'two',
      'hook-token',
      'glptt-1',
      'glptt-2',
      'glptt:3',
      'glpat-1',
      'pipeline-token',
      'aaaa:bbbb',
      'cccc',
    ].toSorted(),
  );
  expect(JSON.stringify({ secrets })).toBe('{"secrets":{}}');
});
