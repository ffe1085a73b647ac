import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { CredentialsRefused, RequestRefused } from '../../bridge/model/errors.ts';
import { GitLab } from '../../bridge/outbound/gitlab.ts';
import { Redactor } from '../../bridge/outbound/redactor.ts';
import { answering, localServer } from './local-server.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const ROUTE = { project: '42', ref: 'main', token: 'glptt-1' };

const isD = (payload: { decision_id?: string | undefined }): boolean => payload.decision_id === 'd';
const SCOPE = JSON.stringify({ error: 'insufficient_scope', scope: 'api read_api' });
const PIPELINES = [3, 2, 1].map((id) => ({ id, status: 'running', web_url: `https://gitlab/${id}` }));

type Said = { readonly status: number; readonly body: unknown };

/** A GitLab that triggers, and answers each other path by `say`; undefined: 200 and an empty list. */
async function gitlab(say: (path: string) => Said | undefined): Promise<GitLab> {
  const server = await localServer((request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '';
    const isTrigger = request.method === 'POST';
    const { status, body } = isTrigger
      ? { status: 201, body: { id: 9, status: 'created', web_url: '' } }
      : (say(path) ?? { status: 200, body: [] });
    answering(status, JSON_TYPE, typeof body === 'string' ? body : JSON.stringify(body))(request, response);
  });
  const client = new GitLab({
    url: server.url,
    apiToken: 'glpat',
    clock: Date.now,
    timeoutMs: 5_000,
    redactor: new Redactor([]),
  });
  onTestFinished(() => client.close());
  return client;
}

function started(decision: string): Said {
  const value = JSON.stringify({ decision_id: decision });
  return { status: 200, body: [{ key: 'TRIGGER_PAYLOAD', value }] };
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test.each([
  [401, { message: '401 Unauthorized' }],
  [403, SCOPE],
])('a read token that is refused (%i) keeps no pipeline from being started', async (status, body) => {
  const client = await gitlab(() => ({ status, body }));
  for (let count = 0; count < 2; count += 1) {
    expect(await failure(client.findTriggered(ROUTE, isD, 0))).toBeInstanceOf(CredentialsRefused);
  }
  expect(client.state.message).toContain('GITLAB_API_TOKEN');
  expect(await client.trigger(ROUTE, {})).toMatchObject({ id: '9' });
});

test.each([403, 404])(
  'one pipeline that may not be read (%i) is refused, and others go on',
  async (status) => {
    const client = await gitlab((path) =>
      path.endsWith('/1') ? { status, body: { message: 'no' } } : { status: 200, body: PIPELINES[1] },
    );
    expect(await failure(client.readPipeline('42', '1'))).toMatchObject({ name: 'RequestRefused', status });
    expect(await client.readPipeline('42', '2')).toMatchObject({ id: '2' });
    expect(client.state.ok).toBe(true);
  },
);

test('a decision is found beside a pipeline whose variables are hidden', async () => {
  const client = await gitlab((path) => {
    if (path.includes('/pipelines?')) return { status: 200, body: PIPELINES };
    return path.includes('/3/') ? { status: 403, body: { message: 'Forbidden' } } : started('d');
  });
  expect(await client.findTriggered(ROUTE, isD, 0)).toMatchObject({ id: '2' });
});

test.each([403, 404])(
  'where variables are hidden (%i), a decision that is not among the others counts as unknown, not as missing',
  async (status) => {
    const client = await gitlab((path) => {
      if (path.includes('/pipelines?')) return { status: 200, body: PIPELINES };
      return path.includes('/2/') ? { status, body: { message: 'no' } } : started('another');
    });
    const error = await failure(client.findTriggered(ROUTE, isD, 0));
    expect(error).toBeInstanceOf(RequestRefused);
    expect(String(error)).toContain('Nobody can tell whether GitLab started a pipeline');
    expect(client.state.ok).toBe(true);
  },
);

test('a project that the token does not see is refused: that is not “no such pipeline”', async () => {
  const client = await gitlab(() => ({ status: 404, body: { message: '404 Project Not Found' } }));
  expect(await failure(client.findTriggered(ROUTE, isD, 0))).toMatchObject({ status: 404 });
});

test('a decision is missing only where every pipeline was looked at', async () => {
  const empty = await gitlab(() => undefined);
  expect(await empty.findTriggered(ROUTE, isD, 0)).toBeUndefined();
  const others = await gitlab((path) =>
    path.includes('/pipelines?') ? { status: 200, body: PIPELINES } : started('another'),
  );
  expect(await others.findTriggered(ROUTE, isD, 0)).toBeUndefined();
});

test('of the pipelines that fit, the newest is found, and older ones are not read', async () => {
  const read: string[] = [];
  let under = 0;
  let most = 0;
  const many = Array.from({ length: 50 }, (_, index) => ({
    id: 150 - index,
    status: 'running',
    web_url: '',
  }));
  const server = await localServer((request, response) => {
    const path = request.url ?? '';
    if (path.includes('/pipelines?'))
      return answering(200, JSON_TYPE, JSON.stringify(many))(request, response);
    read.push(/pipelines\/(\d+)/.exec(path)?.[1] ?? '');
    under += 1;
    most = Math.max(most, under);
    setImmediate(() => {
      under -= 1;
      const id = Number(/pipelines\/(\d+)/.exec(path)?.[1]);
      const { body } = started(id <= 142 ? 'd' : 'another');
      answering(200, JSON_TYPE, JSON.stringify(body))(request, response);
    });
  });
  const client = new GitLab({
    url: server.url,
    apiToken: 'glpat',
    clock: Date.now,
    timeoutMs: 5_000,
    redactor: new Redactor([]),
  });
  onTestFinished(() => client.close());
  expect(await client.findTriggered(ROUTE, isD, 0)).toMatchObject({ id: '142' });
  expect(read).toHaveLength(12);
  expect(most).toBeLessThanOrEqual(4);
});

test('the search is for triggered pipelines of the ref since then, newest first, page by page', async () => {
  const asked: URLSearchParams[] = [];
  const full = Array.from({ length: 50 }, (_, index) => ({ id: 500 - index, status: 'running' }));
  const client = await gitlab((path) => {
    if (!path.includes('/pipelines?')) return started('another');
    const params = new URL(path, 'http://x').searchParams;
    asked.push(params);
    return { status: 200, body: params.get('page') === '1' ? full : [] };
  });
  const since = Date.parse('2026-11-21T10:00:00Z');
  expect(await client.findTriggered(ROUTE, isD, since)).toBeUndefined();
  expect(asked.map((params) => params.get('page'))).toEqual(['1', '2']);
  for (const params of asked) {
    expect(Object.fromEntries(params)).toMatchObject({
      source: 'trigger',
      ref: 'main',
      created_after: '2026-11-21T09:55:00.000Z',
      order_by: 'id',
      sort: 'desc',
    });
  }
});

test('a variable without a value hides nothing', async () => {
  const client = await gitlab((path) => {
    if (path.includes('/pipelines?')) return { status: 200, body: PIPELINES };
    return { status: 200, body: [{ key: 'HIDDEN', value: null }, { key: 'ALSO' }] };
  });
  expect(await client.findTriggered(ROUTE, isD, 0)).toBeUndefined();
});

const JOB = { id: 71, name: 'deploy: [production]', status: 'manual', allow_failure: false };

/** A GitLab that answers every request alike, and what it was asked. */
async function saying(
  status: number,
  body: object,
  type = JSON_TYPE,
): Promise<{ client: GitLab; asked: string[] }> {
  const asked: string[] = [];
  const server = await localServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${String(request.headers['private-token'])}`);
    answering(status, type, JSON.stringify(body))(request, response);
  });
  const redactor = new Redactor([]);
  const client = new GitLab({
    url: server.url,
    apiToken: 'glpat',
    clock: Date.now,
    timeoutMs: 5_000,
    redactor,
  });
  onTestFinished(() => client.close());
  return { client, asked };
}

test('the jobs of a pipeline are read page by page, and none of another pipeline is taken for its own', async () => {
  const page = Array.from({ length: 100 }, (_, index) => ({
    ...JOB,
    id: index,
    pipeline: { id: index === 5 ? 8 : 9 },
  }));
  const client = await gitlab((path) => ({
    status: 200,
    body: path.endsWith('page=1') ? page : [{ ...JOB, pipeline: { id: 9 } }],
  }));
  const jobs = await client.jobsOf('42', '9');
  expect(jobs).toHaveLength(100);
  expect(jobs.some(({ pipeline }) => pipeline !== '9')).toBe(false);
  expect(jobs.at(-1)).toEqual({
    id: '71',
    name: JOB.name,
    status: 'manual',
    isOptional: false,
    pipeline: '9',
  });
});

test('a job is played once, with the API token', async () => {
  const { client, asked } = await saying(200, { ...JOB, status: 'pending', pipeline: { id: 9 } });
  expect(await client.play('42', '71')).toMatchObject({ id: '71', status: 'pending' });
  expect(asked).toEqual(['POST /api/v4/projects/42/jobs/71/play glpat']);
});

test.each<[number, object, object]>([
  [
    400,
    { message: '400 Bad request - Unplayable Job' },
    { name: 'RequestRefused', status: 400, message: expect.stringContaining('Unplayable Job') },
  ],
  [
    403,
    { error: 'insufficient_scope', scope: 'api' },
    { name: 'RequestRefused', status: 403, message: expect.stringContaining('insufficient_scope') },
  ],
  [403, { message: '403 Forbidden' }, { name: 'RequestRefused', status: 403 }],
  [401, { message: '401 Unauthorized' }, { name: 'CredentialsRefused' }],
  [429, { message: { error: 'Try again later.' } }, { name: 'UpstreamUnavailable', burnsAttempt: false }],
  [502, {}, { name: 'OutcomeUnknown' }],
  [200, { message: 'What?' }, { name: 'OutcomeUnknown' }],
])(
  'a job whose start is answered with %i %o is not started again by the client',
  async (status, body, expected) => {
    const { client, asked } = await saying(status, body);
    expect(await failure(client.play('42', '71'))).toMatchObject(expected);
    expect(asked).toHaveLength(1);
  },
);
