import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { API_TOKEN, READ_TOKEN, ended, get, gitlab, trigger, triggered, until } from './helpers.ts';

const list = z.array(z.object({ id: z.number() }));
const ids = (json: unknown) => list.parse(json).map((one) => one.id);

describe('reading needs a token', () => {
  test('a wrong one is 401, none at all sees no project', async () => {
    await using lab = await gitlab();
    const wrong = await get(lab, '/projects/42/pipelines', 'wrong');
    expect([wrong.status, wrong.json]).toEqual([401, { message: '401 Unauthorized' }]);
    const none = await get(lab, '/projects/42/pipelines', null);
    expect([none.status, none.json]).toEqual([404, { message: '404 Project Not Found' }]);
  });

  test('a trigger token cannot read', async () => {
    await using lab = await gitlab();
    expect((await get(lab, '/projects/42/pipelines', 'glptt-test')).status).toBe(401);
  });

  test('read_api may read but not play a job', async () => {
    await using lab = await gitlab();
    expect((await get(lab, '/projects/shop%2Fcart/pipelines')).status).toBe(200);
    const url = `${lab.url}/api/v4/projects/42/jobs/1/play`;
    const answer = await fetch(url, { method: 'POST', headers: { 'PRIVATE-TOKEN': READ_TOKEN } });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ error: 'insufficient_scope', scope: 'api' });
  });
});

describe('the list of pipelines', () => {
  test('is newest first and paged, with the counts in headers', async () => {
    await using lab = await gitlab();
    for (let nth = 0; nth < 5; nth += 1) await trigger(lab, {});
    const second = await get(lab, '/projects/42/pipelines?per_page=2&page=2');
    expect(ids(second.json)).toEqual([3, 2]);
    expect(second.headers.get('x-total')).toBe('5');
    expect(second.headers.get('x-next-page')).toBe('3');
    expect(second.headers.get('link')).toContain('rel="next"');
    const last = await get(lab, '/projects/42/pipelines?per_page=2&page=3&sort=desc');
    expect(ids(last.json)).toEqual([1]);
    expect(last.headers.get('x-next-page')).toBe('');
  });

  test('filters by time, ref, status and source', async () => {
    let time = Date.UTC(2026, 10, 21, 10);
    await using lab = await gitlab({ clock: () => time, project: { refs: ['main', 'next'] } });
    await ended(lab, await triggered(lab, { approval_status: 'declined' }));
    time += 60_000;
    lab.faults.add({ kind: 'runner-stuck', times: 1 });
    await trigger(lab, { ref: 'next' });
    await until('pending', () => lab.pipelines()[1]?.status === 'pending');
    const found = async (query: string) => ids((await get(lab, `/projects/42/pipelines?${query}`)).json);
    expect(await found('created_after=2026-11-21T10:00:30Z')).toEqual([2]);
    expect(await found('created_before=2026-11-21T10:00:30Z')).toEqual([1]);
    expect(await found('updated_after=2026-11-21T10:00:30Z')).toEqual([2]);
    expect(await found('ref=main')).toEqual([1]);
    expect(await found('status=pending')).toEqual([2]);
    expect(await found('source=trigger&order_by=id&sort=asc')).toEqual([1, 2]);
    expect(await found('source=push')).toEqual([]);
    expect(await found('name=other')).toEqual([]);
  });

  test('refuses a filter value that GitLab refuses', async () => {
    await using lab = await gitlab();
    const answer = await get(lab, '/projects/42/pipelines?status=done');
    expect([answer.status, answer.json]).toEqual([400, { error: 'status does not have a valid value' }]);
    expect((await get(lab, '/projects/42/pipelines?created_after=yesterday')).status).toBe(400);
  });
});

test('a pipeline tells its status, coverage and times; an unknown one is 404', async () => {
  await using lab = await gitlab({ project: { coverage: 91 } });
  await ended(lab, await triggered(lab, {}));
  const { json } = await get(lab, '/projects/42/pipelines/1');
  expect(json).toMatchObject({
    status: 'success',
    coverage: '91.00',
    detailed_status: { text: 'passed', group: 'success' },
    finished_at: expect.stringMatching(/Z$/),
  });
  const none = await get(lab, '/projects/42/pipelines/9');
  expect([none.status, none.json]).toEqual([404, { message: '404 Not found' }]);
});

describe('a job that waits for a click', () => {
  const unplayable = { status: 400, json: { message: '400 Bad request - Unplayable Job' } };
  test('can be played once while it waits or runs, and no other job can', async () => {
    await using lab = await gitlab({ project: { manualDeploy: true } });
    const id = await triggered(lab, {});
    await until('manual', () => lab.pipelines()[0]?.status === 'manual');
    const waiting = await get(lab, `/projects/42/pipelines/${id}/jobs?scope[]=manual`);
    const [job = 0] = ids(waiting.json);
    const [build = 0] = (lab.pipelines()[0]?.jobs ?? []).map((one) => one.id);
    expect(await post(lab, build, 'play')).toEqual(unplayable);
    expect(lab.deployments()).toHaveLength(0);
    // It runs for as long as the test looks.
    lab.setProject(42, { stageMs: 60_000 });
    expect((await post(lab, job, 'play')).status).toBe(200);
    expect(await post(lab, job, 'play')).toEqual(unplayable);
  });

  test('cannot be played before its pipeline has come to it', async () => {
    await using lab = await gitlab({ project: { manualDeploy: true } });
    lab.faults.add({ kind: 'runner-stuck' });
    await triggered(lab, {});
    const job = lab.pipelines()[0]?.jobs.find(({ when }) => when === 'manual');
    expect(job?.status).toBe('created');
    expect(await post(lab, job?.id ?? 0, 'play')).toEqual(unplayable);
  });

  test('is played anew when it has ended, as a new job: GitLab keeps nobody from deploying twice', async () => {
    await using lab = await gitlab({ project: { manualDeploy: true } });
    const id = await triggered(lab, {});
    await until('manual', () => lab.pipelines()[0]?.status === 'manual');
    const job = lab.pipelines()[0]?.jobs.at(-1)?.id ?? 0;
    await post(lab, job, 'play');
    expect(await ended(lab, id)).toBe('success');
    const again = await post(lab, job, 'play');
    const { id: other } = z.object({ id: z.number() }).parse(again.json);
    expect(other).not.toBe(job);
    await until('a second deployment', () => lab.deployments().length === 2);
    expect(await post(lab, job, 'play')).toEqual(unplayable);
    const names = z.array(z.object({ id: z.number(), name: z.string() }));
    const listed = names.parse((await get(lab, `/projects/42/pipelines/${id}/jobs`)).json);
    expect(listed.filter(({ name }) => name.startsWith('deploy: '))).toEqual([
      { id: other, name: 'deploy: [production]' },
    ]);
    const all = await get(lab, `/projects/42/pipelines/${id}/jobs?include_retried=true`);
    expect(names.parse(all.json)).toHaveLength(listed.length + 1);
  });

  test('retried after a failure, a job runs with what was skipped behind it', async () => {
    await using lab = await gitlab();
    lab.faults.add({ kind: 'job-fails', match: 'test', times: 1 });
    const id = await triggered(lab, {});
    expect(await ended(lab, id)).toBe('failed');
    const job = lab.pipelines()[0]?.jobs.find(({ name }) => name === 'test')?.id ?? 0;
    expect((await post(lab, job, 'retry')).status).toBe(201);
    expect(await post(lab, job, 'retry')).toMatchObject({ status: 403 });
    expect(await ended(lab, id)).toBe('success');
    expect(lab.deployments()).toHaveLength(1);
  });
});

test('the state shows pipelines and deployments but no token', async () => {
  await using lab = await gitlab();
  await ended(lab, await triggered(lab, { entity: 'cart' }));
  const text = await (await fetch(`${lab.url}/_sandbox/state`)).text();
  expect(JSON.parse(text)).toMatchObject({ deployments: [{ entity: 'cart' }], pipelines: [{ id: 1 }] });
  for (const token of ['glptt-test', API_TOKEN, READ_TOKEN]) expect(text).not.toContain(token);
});

test('what reached the API is kept, with its answer', async () => {
  await using lab = await gitlab();
  await trigger(lab, { approval_status: 'declined' });
  expect(lab.requests.list()).toMatchObject([
    { method: 'POST', url: '/api/v4/projects/42/trigger/pipeline', status: 201 },
  ]);
  expect(lab.requests.list()[0]?.text).toContain('declined');
});

describe('the pages', () => {
  test('show pipelines, stages, variables and logs, with what came from outside escaped', async () => {
    await using lab = await gitlab();
    await ended(lab, await triggered(lab, { entity: '<script>x</script>' }));
    const page = async (path: string) => {
      const answer = await fetch(lab.url + path);
      return { status: answer.status, text: await answer.text() };
    };
    expect((await page('/shop/cart/-/pipelines')).text).toContain('Pipeline #1');
    const pipeline = await page('/shop/cart/-/pipelines/1');
    expect(pipeline.text).toContain('TRIGGER_PAYLOAD');
    expect(pipeline.text).not.toContain('<script>x');
    const job = lab.pipelines()[0]?.jobs[0]?.id ?? 0;
    expect((await page(`/shop/cart/-/jobs/${job}`)).text).toContain('is asked for');
    expect((await page('/shop/cart/-/hooks')).status).toBe(200);
    expect((await page('/shop/cart/-/pipelines/9')).status).toBe(404);
    for (const { text } of [pipeline]) expect(text).not.toMatch(/(src|href)="https?:/);
  });
});

async function post(lab: { url: string }, job: number, verb: 'play' | 'retry') {
  const url = `${lab.url}/api/v4/projects/42/jobs/${job}/${verb}`;
  const answer = await fetch(url, { method: 'POST', headers: { 'PRIVATE-TOKEN': API_TOKEN } });
  const json: unknown = await answer.json();
  return { status: answer.status, json };
}
