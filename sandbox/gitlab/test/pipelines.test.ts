import { describe, expect, test } from 'vitest';
import { ended, get, gitlab, jobs, receiver, trigger, triggered, until } from './helpers.ts';

const DEPLOY = 'deploy: [production]';
const OPENED = { status: 202, body: { id: 'g_1', status: 'opening' } };
const CLAIMED = { status: 200, body: { claimed: true } };
const PASSED = { 'deploy-request': 'success', build: 'success', test: 'success', 'deploy-gate': 'success' };

describe('a pipeline that asks (approval_status pending)', () => {
  test('deploys when the coverage reaches the threshold', async () => {
    await using lab = await gitlab({
      project: { coverage: 70, threshold: 70, environments: ['production', 'staging'] },
    });
    const id = await triggered(lab, { approval_status: 'pending', entity: 'cart', environment: 'Staging' });
    expect(await ended(lab, id)).toBe('success');
    expect(lab.deployments()).toMatchObject([
      { pipeline_id: id, entity: 'cart', environment: 'staging', decision_id: null },
    ]);
  });

  test('below it asks the bridge for a gate, deploys nothing and passes with warnings', async () => {
    await using bridge = await receiver(() => OPENED);
    await using lab = await gitlab({ project: { coverage: 10 }, bridge: { url: bridge.url } });
    const id = await triggered(lab, {});
    expect(await ended(lab, id)).toBe('success');
    expect(jobs(lab, id)).toEqual({ ...PASSED, [DEPLOY]: 'failed' });
    expect(bridge.calls.map((call) => call.path)).toEqual(['/v1/gates']);
    const { json } = await get(lab, '/projects/42/pipelines/1');
    expect(json).toMatchObject({ status: 'success', detailed_status: { text: 'passed with warnings' } });
    const listed = await get(lab, '/projects/42/pipelines/1/jobs?scope=failed');
    expect(listed.json).toMatchObject([{ name: DEPLOY, allow_failure: true }]);
    expect(lab.deployments()).toHaveLength(0);
  });

  test('repeats the gate until it gets a 2xx, and deploys nothing where it gets none', async () => {
    await using bridge = await receiver((_, nth) => ({ status: nth === 3 ? 202 : 503 }));
    await using lab = await gitlab({
      project: { coverage: 10 },
      bridge: { url: bridge.url, retryDelayMs: 5, retryForMs: 1_000 },
    });
    expect(await ended(lab, await triggered(lab, {}))).toBe('success');
    expect(bridge.calls).toHaveLength(3);
    const refused = await triggered(lab, {});
    expect(await ended(lab, refused)).toBe('failed');
    expect(jobs(lab, refused)).toMatchObject({ 'deploy-gate': 'failed', [DEPLOY]: 'skipped' });
    expect(lab.deployments()).toHaveLength(0);
  });
});

describe('a pipeline that was approved', () => {
  const approved = { approval_status: 'approved', decision_id: 'd 1', system_id: 'a'.repeat(32) };

  test('claims its decision before it deploys', async () => {
    await using bridge = await receiver(() => CLAIMED);
    await using lab = await gitlab({ bridge: { url: bridge.url } });
    expect(await ended(lab, await triggered(lab, approved))).toBe('success');
    expect(bridge.calls).toMatchObject([{ path: '/v1/decisions/d%201/claim', json: {} }]);
    expect(jobs(lab, 1)).toEqual({ ...PASSED, [DEPLOY]: 'success' });
    expect(lab.deployments()).toMatchObject([
      { decision_id: 'd 1', system_id: 'a'.repeat(32), entity: 'cart' },
    ]);
  });

  test.each([401, 403, 404, 409])('stops at %i at once: nothing is deployed', async (status) => {
    await using bridge = await receiver(() => ({ status }));
    await using lab = await gitlab({ bridge: { url: bridge.url } });
    expect(await ended(lab, await triggered(lab, approved))).toBe('failed');
    expect(jobs(lab, 1)).toEqual({ ...PASSED, [DEPLOY]: 'failed' });
    expect(bridge.calls).toHaveLength(1);
    expect(lab.deployments()).toHaveLength(0);
  });

  test('repeats a claim that gets no final answer, and deploys once it is granted', async () => {
    await using bridge = await receiver((_, nth) => (nth < 3 ? { status: 503 } : CLAIMED));
    await using lab = await gitlab({ bridge: { url: bridge.url, retryDelayMs: 5 } });
    expect(await ended(lab, await triggered(lab, approved))).toBe('success');
    expect(bridge.calls).toHaveLength(3);
    expect(lab.deployments()).toHaveLength(1);
  });

  test('never deploys when the claim gets no final answer in time', async () => {
    await using bridge = await receiver(() => ({ status: 500 }));
    await using lab = await gitlab({ bridge: { url: bridge.url, retryDelayMs: 5, retryForMs: 300 } });
    expect(await ended(lab, await triggered(lab, approved))).toBe('failed');
    expect(bridge.calls.length).toBeGreaterThan(1);
    expect(lab.deployments()).toHaveLength(0);
  });

  test('never deploys without a decision id or without a bridge, unless the project uses no claims', async () => {
    await using bridge = await receiver(() => CLAIMED);
    await using lab = await gitlab({ bridge: { url: bridge.url } });
    expect(await ended(lab, await triggered(lab, { approval_status: 'approved' }))).toBe('failed');
    lab.setBridge(undefined);
    expect(await ended(lab, await triggered(lab, approved))).toBe('failed');
    expect(lab.deployments()).toHaveLength(0);
    lab.setProject(42, { useClaim: false });
    expect(await ended(lab, await triggered(lab, approved))).toBe('success');
    expect(lab.deployments()).toHaveLength(1);
  });

  test('records no deployment when the deploy job fails', async () => {
    await using lab = await gitlab({ project: { useClaim: false, deployFails: true } });
    expect(await ended(lab, await triggered(lab, approved))).toBe('failed');
    expect(jobs(lab, 1)[DEPLOY]).toBe('failed');
    expect(lab.deployments()).toHaveLength(0);
  });
});

test.each(['declined', 'rejected'])(
  'a %s pipeline notes it, builds and deploys nothing, and ends in success',
  async (word) => {
    await using lab = await gitlab();
    const id = await triggered(lab, { approval_status: word, change_number: 'CHG0030001', reason: 'Freeze' });
    expect(await ended(lab, id)).toBe('success');
    expect(jobs(lab, id)).toEqual({ ...PASSED, [DEPLOY]: 'failed' });
    const log = lab
      .pipelines()[0]
      ?.jobs.flatMap((job) => job.log)
      .join('\n');
    expect(log).toContain('CHG0030001 was declined');
    expect(log).toContain('Declined, nothing to build.');
    expect(lab.deployments()).toHaveLength(0);
  },
);

test('an unknown approval_status fails in the first job', async () => {
  await using lab = await gitlab();
  expect(await ended(lab, await triggered(lab, { approval_status: 'yes' }))).toBe('failed');
  expect(jobs(lab, 1)).toMatchObject({ 'deploy-request': 'failed', build: 'skipped' });
  expect(lab.deployments()).toHaveLength(0);
});

describe('a pipeline that does not run through', () => {
  test('stays pending while no runner takes it, and goes on when released', async () => {
    await using lab = await gitlab();
    lab.faults.add({ kind: 'runner-stuck', times: 1 });
    const id = await triggered(lab, {});
    await until('pending', () => lab.pipelines()[0]?.status === 'pending');
    expect(await ended(lab, await triggered(lab, {}))).toBe('success');
    expect(lab.pipelines()[0]?.status).toBe('pending');
    lab.release(id);
    expect(await ended(lab, id)).toBe('success');
  });

  test('can be ended from outside; what it had not done stays undone', async () => {
    await using lab = await gitlab({ project: { stageMs: 60_000 } });
    const id = await triggered(lab, {});
    await until('running', () => lab.pipelines()[0]?.status === 'running');
    lab.finish(id, 'failed');
    expect(lab.pipelines()[0]?.status).toBe('failed');
    expect(jobs(lab, id)).toMatchObject({ 'deploy-request': 'failed', [DEPLOY]: 'skipped' });
    lab.finish(id, 'success');
    expect(lab.pipelines()[0]?.status).toBe('failed');
  });

  test('fails at the job that a fault hits', async () => {
    await using lab = await gitlab();
    lab.faults.add({ kind: 'job-fails', match: ' test$', times: 1 });
    expect(await ended(lab, await triggered(lab, {}))).toBe('failed');
    expect(jobs(lab, 1)).toMatchObject({ build: 'success', test: 'failed', [DEPLOY]: 'skipped' });
  });

  test('closing the stand-in ends it while pipelines run', async () => {
    const lab = await gitlab({ project: { stageMs: 60_000 } });
    await trigger(lab, {});
    await lab.close();
    await expect(fetch(lab.url)).rejects.toThrow();
  });
});
