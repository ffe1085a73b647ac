import { describe, expect, test } from 'vitest';
import { ended, get, gitlab, jobs, receiver, trigger, triggered, until } from './helpers.ts';

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

  test('asks the bridge for a gate when it does not, skips the deploy job and ends in success', async () => {
    await using bridge = await receiver(() => ({ status: 202, body: { id: 'g_1', status: 'opening' } }));
    await using lab = await gitlab({ bridge: { url: bridge.url, token: 'op-token' } });
    const id = await triggered(lab, {
      approval_status: 'pending',
      coverage: 65,
      deploy_run_id: 'r_dev',
      entity: 'cart',
      environment: 'Production',
      port_context: { runId: 'r_check' },
    });
    expect(await ended(lab, id)).toBe('success');
    expect(jobs(lab, id)).toEqual({
      build: 'success',
      test: 'success',
      'request-approval': 'success',
      deploy: 'skipped',
    });
    expect(lab.deployments()).toHaveLength(0);
    expect(bridge.calls).toHaveLength(1);
    expect(bridge.calls[0]).toMatchObject({
      path: '/v1/gates',
      headers: { authorization: 'Bearer op-token', 'idempotency-key': `gate-42-${id}` },
      json: {
        deploy_run_id: 'r_dev',
        pipeline: { project_id: 42, id, ref: 'main', url: `${lab.url}/shop/cart/-/pipelines/${id}` },
        reason: 'Coverage 65 % is below the threshold of 70 %',
        short_description: 'Deploy cart to Production',
        business_service: 'cart',
        priority: '1',
        port_context: { runId: 'r_check' },
      },
    });
  });

  test('may show the waiting deployment as the shipped example does: an allowed failure, a warning', async () => {
    await using bridge = await receiver(() => ({ status: 202 }));
    await using lab = await gitlab({
      project: { coverage: 10, waitingAs: 'warning' },
      bridge: { url: bridge.url, token: 't' },
    });
    expect(await ended(lab, await triggered(lab, {}))).toBe('success');
    const { json } = await get(lab, '/projects/42/pipelines/1');
    expect(json).toMatchObject({ status: 'success', detailed_status: { text: 'passed with warnings' } });
    const listed = await get(lab, '/projects/42/pipelines/1/jobs?scope=failed');
    expect(listed.json).toMatchObject([{ name: 'deploy', allow_failure: true }]);
    expect(lab.deployments()).toHaveLength(0);
  });

  test('repeats the gate with the same key until it gets a 2xx', async () => {
    await using bridge = await receiver((_, nth) => ({ status: nth < 3 ? 503 : 202 }));
    await using lab = await gitlab({
      project: { coverage: 10 },
      bridge: { url: bridge.url, token: 't', retryDelayMs: 5 },
    });
    expect(await ended(lab, await triggered(lab, {}))).toBe('success');
    const keys = bridge.calls.map((call) => call.headers['idempotency-key']);
    expect(keys).toEqual(['gate-42-1', 'gate-42-1', 'gate-42-1']);
  });

  test('fails and does not deploy when the gate cannot be asked for', async () => {
    await using bridge = await receiver(() => ({ status: 500 }));
    await using lab = await gitlab({
      project: { coverage: 10 },
      bridge: { url: bridge.url, token: 't', retryDelayMs: 5, retryForMs: 20 },
    });
    expect(await ended(lab, await triggered(lab, {}))).toBe('failed');
    expect(jobs(lab, 1)).toMatchObject({ 'request-approval': 'failed', deploy: 'skipped' });
    expect(lab.deployments()).toHaveLength(0);
  });
});

describe('a pipeline that was approved', () => {
  const approved = { approval_status: 'approved', decision_id: 'd 1', system_id: 'a'.repeat(32) };

  test('claims its decision before anything else and deploys on 200', async () => {
    await using bridge = await receiver(() => ({ status: 200 }));
    await using lab = await gitlab({ bridge: { url: bridge.url, token: 'op-token' } });
    expect(await ended(lab, await triggered(lab, approved))).toBe('success');
    expect(bridge.calls).toMatchObject([
      {
        path: '/v1/decisions/d%201/claim',
        headers: { authorization: 'Bearer op-token' },
        json: { project_id: 42, pipeline_id: 1 },
      },
    ]);
    expect(Object.keys(jobs(lab, 1))[0]).toBe('claim-approval');
    expect(lab.deployments()).toMatchObject([
      { decision_id: 'd 1', system_id: 'a'.repeat(32), entity: 'cart' },
    ]);
  });

  test('stops at 409 at once: job and pipeline failed, nothing deployed', async () => {
    await using bridge = await receiver(() => ({ status: 409 }));
    await using lab = await gitlab({ bridge: { url: bridge.url, token: 't' } });
    expect(await ended(lab, await triggered(lab, approved))).toBe('failed');
    expect(jobs(lab, 1)).toEqual({ 'claim-approval': 'failed', build: 'skipped', deploy: 'skipped' });
    expect(bridge.calls).toHaveLength(1);
    expect(lab.deployments()).toHaveLength(0);
  });

  test('repeats an unclear claim and deploys once it is granted', async () => {
    await using bridge = await receiver((_, nth) => ({ status: nth < 3 ? 503 : 200 }));
    await using lab = await gitlab({ bridge: { url: bridge.url, token: 't', retryDelayMs: 5 } });
    expect(await ended(lab, await triggered(lab, approved))).toBe('success');
    expect(bridge.calls).toHaveLength(3);
    expect(lab.deployments()).toHaveLength(1);
  });

  test.each([401, 404, 500])('never deploys when the claim only gets %i', async (status) => {
    await using bridge = await receiver(() => ({ status }));
    await using lab = await gitlab({
      bridge: { url: bridge.url, token: 't', retryDelayMs: 5, retryForMs: 300 },
    });
    expect(await ended(lab, await triggered(lab, approved))).toBe('failed');
    expect(bridge.calls.length).toBeGreaterThan(1);
    expect(lab.deployments()).toHaveLength(0);
  });

  test('never deploys without a decision id or without a bridge, unless the project uses no claims', async () => {
    await using bridge = await receiver(() => ({ status: 200 }));
    await using lab = await gitlab({ bridge: { url: bridge.url, token: 't' } });
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
    expect(jobs(lab, 1)['deploy']).toBe('failed');
    expect(lab.deployments()).toHaveLength(0);
  });
});

test.each(['declined', 'rejected'])(
  'a %s pipeline notes it, deploys nothing and ends in success',
  async (word) => {
    await using lab = await gitlab();
    const id = await triggered(lab, { approval_status: word, change_number: 'CHG0030001', reason: 'Freeze' });
    expect(await ended(lab, id)).toBe('success');
    expect(jobs(lab, id)).toEqual({ 'note-decline': 'success' });
    expect(lab.pipelines()[0]?.jobs[0]?.log.join('\n')).toContain('CHG0030001 was declined');
    expect(lab.deployments()).toHaveLength(0);
  },
);

test('an unknown approval_status fails in the first job', async () => {
  await using lab = await gitlab();
  expect(await ended(lab, await triggered(lab, { approval_status: 'yes' }))).toBe('failed');
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
    expect(jobs(lab, id)).toMatchObject({ build: 'failed', deploy: 'skipped' });
    lab.finish(id, 'success');
    expect(lab.pipelines()[0]?.status).toBe('failed');
  });

  test('fails at the job that a fault hits', async () => {
    await using lab = await gitlab();
    lab.faults.add({ kind: 'job-fails', match: 'test', times: 1 });
    expect(await ended(lab, await triggered(lab, {}))).toBe('failed');
    expect(jobs(lab, 1)).toMatchObject({ build: 'success', test: 'failed', deploy: 'skipped' });
  });

  test('closing the stand-in ends it while pipelines run', async () => {
    const lab = await gitlab({ project: { stageMs: 60_000 } });
    await trigger(lab, {});
    await lab.close();
    await expect(fetch(lab.url)).rejects.toThrow();
  });
});
