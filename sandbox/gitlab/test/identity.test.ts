import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  API_TOKEN,
  control,
  ended,
  get,
  gitlab,
  jobs,
  READ_TOKEN,
  receiver,
  triggered,
  until,
} from './helpers.ts';

const PROJECT = { environments: ['production', 'staging'] };
const OPENED = { status: 202, body: { id: 'g_1', status: 'opening' } };

describe('with id_tokens a pipeline', () => {
  test('asks for a gate in the words of the contract, and names itself nowhere', async () => {
    await using bridge = await receiver(() => OPENED);
    await using lab = await gitlab({ project: PROJECT, bridge: { url: bridge.url } });
    const id = await triggered(lab, { coverage: 65, deploy_run_id: 'r_1', environment: 'Staging' });
    expect(await ended(lab, id)).toBe('success');
    expect(bridge.calls).toHaveLength(1);
    expect(bridge.calls[0]?.path).toBe('/v1/gates');
    expect(bridge.calls[0]?.json).toEqual({
      deploy_run_id: 'r_1',
      service: 'cart',
      change: { priority: '1' },
      environment: 'staging',
      reason: 'Coverage 65 % is below the threshold of 70 %',
      evidence: [
        {
          name: 'coverage',
          value: 65,
          threshold: 70,
          passed: false,
          url: `${lab.url}/shop/cart/-/pipelines/${id}`,
        },
      ],
    });
  });

  test('does not take a 200 for a claim that does not say so', async () => {
    await using bridge = await receiver(() => ({ status: 200, body: { claimed: false } }));
    await using lab = await gitlab({ bridge: { url: bridge.url } });
    const approved = { approval_status: 'approved', decision_id: 'd1' };
    expect(await ended(lab, await triggered(lab, approved))).toBe('failed');
    expect(lab.deployments()).toHaveLength(0);
  });

  test('runs each job in the environment of the YAML: a request for one leaves the others alone', async () => {
    await using lab = await gitlab({ project: PROJECT });
    const id = await triggered(lab, { coverage: 90, environment: 'Staging' });
    expect(await ended(lab, id)).toBe('success');
    expect(jobs(lab, id)).toMatchObject({ 'deploy: [production]': 'failed', 'deploy: [staging]': 'success' });
    expect(lab.deployments()).toMatchObject([{ environment: 'staging' }]);
  });

  test('stops before the build when the request names an environment that the YAML does not', async () => {
    await using lab = await gitlab({ project: PROJECT });
    const id = await triggered(lab, { coverage: 90, environment: 'moon' });
    expect(await ended(lab, id)).toBe('failed');
    expect(lab.pipelines()[0]?.jobs[0]?.log[0]).toContain(
      'moon; this project deploys to production, staging',
    );
  });

  test('in mode play blocks at its deploy job, which claims when it is played', async () => {
    await using bridge = await receiver(({ path }) => {
      if (path === '/v1/gates') return OPENED;
      if (path === '/v1/gates/g_1') return { status: 200, body: { status: 'approved', decision_id: 'd 1' } };
      return { status: 200, body: { claimed: true } };
    });
    await using lab = await gitlab({ project: { mode: 'play' }, bridge: { url: bridge.url } });
    const id = await triggered(lab, { coverage: 90 });
    await until('the deploy job waits', () => lab.pipelines()[0]?.status === 'manual');
    const listed = await get(lab, `/projects/42/pipelines/${id}/jobs?scope[]=manual`);
    const [job] = z.array(z.object({ id: z.number(), name: z.string() })).parse(listed.json);
    const play = (token: string) =>
      fetch(`${lab.url}/api/v4/projects/42/jobs/${job?.id}/play`, {
        method: 'POST',
        headers: { 'PRIVATE-TOKEN': token },
      });
    expect((await play(READ_TOKEN)).status).toBe(403);
    expect((await play(API_TOKEN)).status).toBe(200);
    expect(await ended(lab, id)).toBe('success');
    expect(bridge.calls.map((call) => call.path)).toEqual([
      '/v1/gates',
      '/v1/gates/g_1',
      '/v1/decisions/d%201/claim',
    ]);
    expect(lab.deployments()).toHaveLength(1);
  });

  test('in mode play with several environments stops before the build', async () => {
    await using lab = await gitlab({ project: { ...PROJECT, mode: 'play' } });
    expect(await ended(lab, await triggered(lab, {}))).toBe('failed');
    expect(lab.pipelines()[0]?.jobs[0]?.log[0]).toContain('exactly one environment');
  });

  test.each([
    ['approved', 1],
    ['withdrawn', 0],
  ])('in mode wait asks until its gate is %s', async (status, deployments) => {
    await using bridge = await receiver(({ path }, nth) => {
      if (path === '/v1/gates') return OPENED;
      if (path === '/v1/decisions/d1/claim') return { status: 200, body: { claimed: true } };
      return { status: 200, body: nth < 4 ? { status: 'open' } : { status, decision_id: 'd1' } };
    });
    await using lab = await gitlab({ project: { mode: 'wait' }, bridge: { url: bridge.url } });
    expect(await ended(lab, await triggered(lab, { coverage: 10 }))).toBe('success');
    expect(lab.deployments()).toHaveLength(deployments);
  });
});

describe('what client libraries ask', () => {
  test('a project and a job by their numbers', async () => {
    await using lab = await gitlab();
    const id = await triggered(lab, {});
    await ended(lab, id);
    const project = await get(lab, '/projects/shop%2Fcart');
    expect(project.json).toMatchObject({ id: 42, path_with_namespace: 'shop/cart', default_branch: 'main' });
    expect((await get(lab, '/projects/42', 'wrong')).status).toBe(401);
    expect((await get(lab, '/projects/42', null)).status).toBe(404);
    const jobId = lab.pipelines()[0]?.jobs[2]?.id;
    const job = await get(lab, `/projects/42/jobs/${jobId}`);
    expect(job.json).toMatchObject({ id: jobId, name: 'test', status: 'success', pipeline: { id } });
    expect((await get(lab, '/projects/42/jobs/1')).status).toBe(404);
  });

  test('a branch that moves: a new pipeline gets the new commit, an old one keeps its own', async () => {
    await using lab = await gitlab();
    await triggered(lab, {});
    const moved = await control(lab, '/projects/42/commits', {
      ref: 'main',
      authorEmail: 'dana@example.com',
    });
    const { sha } = z.object({ sha: z.string() }).parse(await moved.json());
    await triggered(lab, {});
    const [before, after] = lab.pipelines();
    expect(after?.sha).toBe(sha);
    expect(before?.sha).not.toBe(sha);
    const branch = await get(lab, '/projects/42/repository/branches/main');
    expect(branch.json).toMatchObject({ protected: true, commit: { id: sha } });
    const commit = await get(lab, `/projects/42/repository/commits/${sha}`);
    expect(commit.json).toMatchObject({ author_email: 'dana@example.com' });
    expect((await get(lab, '/projects/42/repository/commits/none')).status).toBe(404);
  });
});

describe('a pipeline whose jobs run elsewhere', () => {
  test('waits for a runner until the controls tell how it ended', async () => {
    await using lab = await gitlab({ project: { runner: 'none' } });
    const id = await triggered(lab, {});
    expect(lab.pipelines()[0]?.status).toBe('pending');
    lab.setJob(id, 'deploy: [production]', 'manual');
    expect(lab.pipelines()[0]?.status).toBe('manual');
    lab.finish(id, 'success');
    expect(lab.pipelines()[0]?.status).toBe('success');
  });

  test('may come from a push, and says so in the list and in its id_token', async () => {
    await using lab = await gitlab({ project: { runner: 'none' } });
    const made = await control(lab, '/projects/42/pipelines', { ref: 'main', source: 'push' });
    const { id } = z.object({ id: z.number() }).parse(await made.json());
    const pushed = await get(lab, '/projects/42/pipelines?source=push');
    expect(pushed.json).toMatchObject([{ id, source: 'push' }]);
    const claims = Buffer.from(lab.idToken(id, 'x').split('.')[1] ?? '', 'base64url').toString();
    expect(JSON.parse(claims)).toMatchObject({ pipeline_source: 'push', pipeline_id: String(id) });
  });
});
