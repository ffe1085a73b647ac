import { describe, expect, test } from 'vitest';
import { TRIGGER_TOKEN, get, gitlab, trigger, triggered } from './helpers.ts';

const RATE_LIMIT = 'Too many pipelines created in the last minute. Try again later.';

async function post(url: string, body?: string | FormData | URLSearchParams, type?: string) {
  const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
  const answer = await fetch(url, { method: 'POST', headers, ...(body === undefined ? {} : { body }) });
  const json: unknown = await answer.json();
  return { status: answer.status, json };
}

describe('a trigger that is accepted', () => {
  test('answers 201 with a created pipeline whose source is the trigger', async () => {
    await using lab = await gitlab();
    const { status, json } = await trigger(lab, { approval_status: 'pending' });
    expect(status).toBe(201);
    expect(json).toMatchObject({
      id: 1,
      iid: 1,
      project_id: 42,
      ref: 'main',
      status: 'created',
      source: 'trigger',
      web_url: `${lab.url}/shop/cart/-/pipelines/1`,
      detailed_status: { text: 'created' },
    });
  });

  test('keeps the JSON body as the file variable TRIGGER_PAYLOAD, without the token, with id and ref', async () => {
    await using lab = await gitlab();
    await trigger(lab, { approval_status: 'pending', port_context: { runId: 'r_1' } });
    const { json } = await get(lab, '/projects/42/pipelines/1/variables');
    expect(json).toEqual([
      { key: 'TRIGGER_PAYLOAD', variable_type: 'file', raw: false, value: expect.any(String) },
    ]);
    const payload: unknown = JSON.parse(lab.pipelines()[0]?.variables[0]?.value ?? '');
    expect(payload).toMatchObject({ id: '42', ref: 'main', port_context: { runId: 'r_1' } });
    expect(JSON.stringify(json)).not.toContain(TRIGGER_TOKEN);
  });

  test('may name the project by its path, the ref in the URL and the token in the query', async () => {
    await using lab = await gitlab({ project: { refs: ['main', 'release/1.0'] } });
    const project = `${lab.url}/api/v4/projects/shop%2Fcart`;
    const { status, json } = await post(
      `${project}/ref/release%2F1.0/trigger/pipeline?token=${TRIGGER_TOKEN}`,
      '{"approval_status":"declined"}',
      'application/json',
    );
    expect(status).toBe(201);
    expect(json).toMatchObject({ ref: 'release/1.0' });
    expect(lab.pipelines()[0]?.variables[0]?.value).not.toContain(TRIGGER_TOKEN);
  });

  test('may be a url-encoded or a multipart form, with nested variables', async () => {
    await using lab = await gitlab({ project: { variablesAllowed: true } });
    const url = `${lab.url}/api/v4/projects/42/trigger/pipeline`;
    const fields = { token: TRIGGER_TOKEN, ref: 'main', 'variables[COLOUR]': 'blue' };
    const form = new FormData();
    for (const [key, value] of Object.entries(fields)) form.set(key, value);
    expect((await post(url, new URLSearchParams(fields))).status).toBe(201);
    expect((await post(url, form)).status).toBe(201);
    for (const pipeline of lab.pipelines()) {
      expect(pipeline.variables).toContainEqual({ key: 'COLOUR', value: 'blue', variable_type: 'env_var' });
    }
  });

  test('is not idempotent: the same body twice makes two pipelines', async () => {
    await using lab = await gitlab();
    const body = { approval_status: 'declined', decision_id: 'd1' };
    expect(await triggered(lab, body)).not.toBe(await triggered(lab, body));
    expect(lab.pipelines()).toHaveLength(2);
  });

  test('gives the pipeline the name that workflow:name makes of the inputs', async () => {
    await using lab = await gitlab({
      project: { inputs: ['decision'], workflowName: 'Decision $[[ inputs.decision ]]' },
    });
    await trigger(lab, { inputs: { decision: 'd-7' } });
    const { json } = await get(lab, '/projects/42/pipelines?name=Decision%20d-7');
    expect(json).toMatchObject([{ id: 1, name: 'Decision d-7' }]);
  });
});

describe('a trigger that is refused', () => {
  test.each([
    ['a wrong trigger token', { token: 'wrong' }, 404, { message: '404 Not Found' }],
    ['no token', { token: undefined }, 400, { error: 'token is missing' }],
    ['an unknown ref', { ref: 'nope' }, 400, { message: { base: ['Reference not found'] } }],
    [
      'variables in a project that forbids them',
      { variables: { A: 'b' } },
      400,
      { message: { base: ['Insufficient permissions to set pipeline variables'] } },
    ],
    ['variables that are no map', { variables: 'A=b' }, 400, { error: 'variables is invalid' }],
    [
      'variables that are no strings',
      { variables: { A: 1 } },
      400,
      { message: 'variables needs to be a map of key-valued strings' },
    ],
    [
      'inputs that the project does not declare',
      { inputs: { a: 'b' } },
      400,
      {
        message: {
          base: ['Given inputs not defined in the `spec` section of the included configuration file'],
        },
      },
    ],
  ])('%s gets GitLab’s own answer and makes no pipeline', async (_, body, status, json) => {
    await using lab = await gitlab();
    expect(await trigger(lab, body)).toEqual({ status, json });
    expect(lab.pipelines()).toHaveLength(0);
  });

  test('an unknown project is 404, a broken body 400, an unknown media type 415', async () => {
    await using lab = await gitlab();
    const url = `${lab.url}/api/v4/projects`;
    const body = JSON.stringify({ token: TRIGGER_TOKEN, ref: 'main' });
    const unknown = await post(`${url}/7/trigger/pipeline`, body, 'application/json');
    expect(unknown).toEqual({ status: 404, json: { message: '404 Not Found' } });
    expect((await post(`${url}/42/trigger/pipeline`, '{"a":', 'application/json')).status).toBe(400);
    expect((await post(`${url}/42/trigger/pipeline`, body, 'text/plain')).status).toBe(415);
  });

  test('a forwarded Pipeline Hook header is 403', async () => {
    await using lab = await gitlab();
    const answer = await trigger(lab, {}, { 'X-Gitlab-Event': 'Pipeline Hook' });
    expect(answer).toEqual({ status: 403, json: { message: '403 Forbidden' } });
  });

  test('more pipelines in a minute than allowed get a 400, until the minute is over', async () => {
    let time = Date.UTC(2026, 10, 21);
    await using lab = await gitlab({ clock: () => time, project: { pipelinesPerMinute: 2 } });
    await trigger(lab, {});
    await trigger(lab, {});
    expect(await trigger(lab, {})).toEqual({ status: 400, json: { message: { base: [RATE_LIMIT] } } });
    time += 60_001;
    expect((await trigger(lab, {})).status).toBe(201);
  });
});

test('`variables` that are null count as none, as Port’s agent sends them', async () => {
  await using lab = await gitlab();
  expect((await trigger(lab, { variables: null })).status).toBe(201);
  expect((await trigger(lab, { variables: [] })).status).toBe(400);
});

describe('a trigger under a fault', () => {
  test('the rate limit comes as an object or as a plain string, and makes no pipeline', async () => {
    await using lab = await gitlab();
    lab.faults.add({ kind: 'rate-limit', times: 1 });
    expect(await trigger(lab, {})).toEqual({ status: 400, json: { message: { base: [RATE_LIMIT] } } });
    lab.faults.add({ kind: 'rate-limit-string', times: 1 });
    expect(await trigger(lab, {})).toEqual({ status: 400, json: { message: RATE_LIMIT } });
    expect(lab.pipelines()).toHaveLength(0);
    expect((await trigger(lab, {})).status).toBe(201);
  });

  test('a pipeline that is created but fails at once is a 422 and stays in the list', async () => {
    await using lab = await gitlab();
    lab.faults.add({ kind: 'created-but-failed', times: 1 });
    expect((await trigger(lab, {})).status).toBe(422);
    const { json } = await get(lab, '/projects/42/pipelines/1');
    expect(json).toMatchObject({ status: 'failed', yaml_errors: expect.stringContaining('jobs:deploy') });
  });

  test.each([
    ['timeout-before-effect', 'reset', 0],
    ['timeout-after-effect', 'reset', 1],
    ['timeout-before-effect', 'hang', 0],
    ['timeout-after-effect', 'hang', 1],
  ] as const)('%s (%s): the caller gets no answer and %i pipelines exist', async (kind, mode, count) => {
    await using lab = await gitlab();
    lab.faults.add({ kind, mode, times: 1, match: 'POST ' });
    const asked = fetch(`${lab.url}/api/v4/projects/42/trigger/pipeline`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: TRIGGER_TOKEN, ref: 'main' }),
      signal: AbortSignal.timeout(400),
    });
    await expect(asked).rejects.toThrow();
    expect(lab.pipelines()).toHaveLength(count);
  });

  test('429, 500 and a 502 page can be switched on over HTTP, a number of times', async () => {
    await using lab = await gitlab();
    const faults = `${lab.url}/_sandbox/faults`;
    for (const kind of ['429', '500', '502']) {
      const switched = await post(faults, JSON.stringify({ kind, times: 1 }), 'application/json');
      expect(switched.status).toBe(201);
    }
    const url = `${lab.url}/api/v4/projects/42/trigger/pipeline`;
    const answers = [];
    for (let nth = 0; nth < 4; nth += 1) answers.push(await fetch(url, { method: 'POST' }));
    expect(answers.map((answer) => answer.status)).toEqual([429, 500, 502, 400]);
    expect(await answers[0]?.json()).toEqual({
      message: { error: 'This endpoint has been requested too many times. Try again later.' },
    });
    expect(answers[2]?.headers.get('content-type')).toContain('text/html');
  });
});
