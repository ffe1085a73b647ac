import type { IncomingMessage } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { messageOf } from '../../bridge/model/errors.ts';
import { GitLab } from '../../bridge/outbound/gitlab.ts';
import { Port } from '../../bridge/outbound/port.ts';
import { KEPT_CHARS, Redactor } from '../../bridge/outbound/redactor.ts';
import { ServiceNow } from '../../bridge/outbound/servicenow.ts';
import { secretsOf } from '../../bridge/secrets.ts';
import { answering, localServer } from '../unit/local-server.ts';

const PASSWORD = 'Corr3ct-h0rse/battery+staple';
const SETTINGS = {
  SERVICENOW_API_TOKEN: Buffer.from(`changebridge.integration:${PASSWORD}`).toString('base64'),
  SERVICENOW_CLIENT_SECRET: 'sn-client-secret-0123456789',
  PORT_CLIENT_SECRET: 'port-client-secret-0123456789',
  GITLAB_TRIGGER_TOKEN: 'glptt-0123456789abcdef',
  GITLAB_API_TOKEN: 'glpat-0123456789abcdef',
  OPERATOR_TOKENS: 'ann:operate:operator-token-0123456789',
};
const PORT_TOKEN = `eyJ${'p'.repeat(900)}.port-access-token`;
const SERVICENOW_TOKEN = 'sn-access-token-0123456789';
const CHANGE = 'a'.repeat(32);
const ENTITY = { identifier: CHANGE, title: 'Deploy', properties: {} };
const ROUTE = { project: '42', ref: 'main', token: SETTINGS.GITLAB_TRIGGER_TOKEN };
const CONFIGURED = secretsOf(SETTINGS).reveal();
const SECRETS = [
  ...CONFIGURED,
  PORT_TOKEN,
  SERVICENOW_TOKEN,
  // Telling pieces: no encoding of a secret may leave them readable.
  'h0rse',
  'glptt-0123',
  'glpat-0123',
  'port-access-token',
  'operator-token',
];
/** Our own words around what a system said. */
const OWN_WORDS = 300;

/** What the system was given: its headers and its body, as it would show them in an error. */
async function given(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return `${request.headers.authorization ?? ''} ${String(request.headers['private-token'] ?? '')} ${body}`;
}

type Shape = { readonly type: string; readonly write: (words: string) => string };
const JSON_TYPE = 'application/json';
const SHAPES: readonly (readonly [string, Shape])[] = [
  [
    'as JSON',
    {
      type: JSON_TYPE,
      write: (words) =>
        JSON.stringify({ ok: false, error: { message: words, detail: words }, message: words, errors: [] }),
    },
  ],
  ['as GitLab’s JSON', { type: JSON_TYPE, write: (words) => JSON.stringify({ message: { base: [words] } }) }],
  ['as Port’s JSON', { type: JSON_TYPE, write: (words) => JSON.stringify({ error: 'no', message: words }) }],
  ['as JSON keys', { type: JSON_TYPE, write: (words) => JSON.stringify({ result: { [words]: [1] } }) }],
  ['as a web page', { type: 'text/html', write: (words) => `<html><p>${encodeURIComponent(words)}</html>` }],
];
const DRESSES: readonly (readonly [string, (words: string) => string])[] = [
  ['plain', (words) => words],
  ['percent-encoded', encodeURIComponent],
  ['in Base64', (words) => Buffer.from(words).toString('base64')],
  ['escaped as JSON', JSON.stringify],
];
const MEGABYTES = 7 * 1024 * 1024;
const LONG: typeof DRESSES = [
  ['7 MB long', (words) => `${words} `.repeat(Math.ceil(MEGABYTES / (words.length + 1)))],
  ['after 7 MB of white space', (words) => `${' '.repeat(MEGABYTES)}${words}`],
];
const CASES = [
  ...SHAPES.flatMap(([shape, how]) =>
    DRESSES.flatMap(([dress, wear]) =>
      [200, 401, 422].map((status) => ({ shape, how, dress, wear, status })),
    ),
  ),
  ...SHAPES.slice(1).flatMap(([shape, how]) =>
    LONG.map(([dress, wear]) => ({ shape, how, dress, wear, status: 422 })),
  ),
  ...SHAPES.slice(0, 1).flatMap(([shape, how]) =>
    DRESSES.slice(0, 1).flatMap(([dress, wear]) =>
      [207, 400, 403, 500].map((status) => ({ shape, how, dress, wear, status })),
    ),
  ),
];

/** One system that hands out tokens and echoes every secret that it could know in each other answer. */
async function clients({ how, wear, status }: (typeof CASES)[number]) {
  const server = await localServer((request, response) => {
    const isToken = /access_token|oauth_token/.test(request.url ?? '');
    const tokens = {
      accessToken: PORT_TOKEN,
      expiresIn: 9_000,
      access_token: SERVICENOW_TOKEN,
      expires_in: 900,
    };
    if (isToken)
      return answering(200, { 'content-type': JSON_TYPE }, JSON.stringify(tokens))(request, response);
    void given(request).then((echo) => {
      const words = `Rejected ${echo} and user changebridge.integration:${PASSWORD}, ${CONFIGURED.join(' ')}`;
      answering(status, { 'content-type': how.type }, how.write(wear(words)))(request, response);
    });
  });
  const redactor = new Redactor(secretsOf(SETTINGS).reveal());
  const common = { clock: Date.now, timeoutMs: 10_000, redactor };
  const instance = { ...common, instanceUrl: server.url, tagsField: 'u_external_tags' };
  const made = {
    basic: new ServiceNow({ ...instance, auth: { kind: 'basic', token: SETTINGS.SERVICENOW_API_TOKEN } }),
    oauth: new ServiceNow({
      ...instance,
      auth: { kind: 'oauth', clientId: 'id', clientSecret: SETTINGS.SERVICENOW_CLIENT_SECRET },
    }),
    port: new Port({
      ...common,
      apiUrl: server.url,
      clientId: 'id',
      clientSecret: SETTINGS.PORT_CLIENT_SECRET,
      blueprint: 'change',
    }),
    gitlab: new GitLab({ ...common, url: server.url, apiToken: SETTINGS.GITLAB_API_TOKEN }),
  };
  onTestFinished(async () => {
    await Promise.all(Object.values(made).map((client) => client.close()));
  });
  return made;
}

test.each(CASES)(
  'no secret is kept of an answer $status that echoes them all $shape, $dress',
  async (way) => {
    const { basic, oauth, port, gitlab } = await clients(way);
    const attempts: Promise<unknown>[] = [
      basic.patchChange(CHANGE, { work_notes: 'x' }),
      oauth.patchChange(CHANGE, { work_notes: 'x' }),
      port.upsert(ENTITY),
      port.logRun('r_1', { message: 'x' }),
      gitlab.trigger(ROUTE, {}),
      gitlab.findTriggered(ROUTE, () => true, 0),
    ];
    const kept: string[] = [];
    for (const attempt of await Promise.allSettled(attempts)) {
      if (attempt.status === 'rejected') kept.push(messageOf(attempt.reason));
    }
    for (const outcome of await port.upsertMany([ENTITY])) if (outcome !== true) kept.push(outcome.message);
    for (const client of [basic, oauth, port, gitlab]) kept.push(client.state.message);
    if (way.status >= 400) expect(kept.length).toBeGreaterThan(9);
    for (const message of kept) {
      expect(message.length).toBeLessThanOrEqual(KEPT_CHARS + OWN_WORDS);
      expect(message).not.toMatch(/\p{C}/u);
      for (const secret of SECRETS) {
        for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]) {
          expect(message.includes(form), `${message} holds ${form}`).toBe(false);
        }
      }
    }
  },
);

test('what a row that makes no sense holds is cleaned as well', async () => {
  const row = { sys_id: `x ${PASSWORD}`, [`k-${PASSWORD}`]: [1], sys_mod_count: '1' };
  const server = await localServer(
    answering(200, { 'content-type': JSON_TYPE }, JSON.stringify({ result: [row] })),
  );
  const client = new ServiceNow({
    instanceUrl: server.url,
    auth: { kind: 'basic', token: SETTINGS.SERVICENOW_API_TOKEN },
    tagsField: 'u_external_tags',
    clock: Date.now,
    timeoutMs: 5_000,
    redactor: new Redactor(secretsOf(SETTINGS).reveal()),
  });
  onTestFinished(() => client.close());
  const page = await client.pageOfChanges('', 10, 0);
  expect(page.unreadable).toHaveLength(1);
  expect(JSON.stringify(page)).toContain('***');
  expect(JSON.stringify(page)).not.toContain('h0rse');
});
