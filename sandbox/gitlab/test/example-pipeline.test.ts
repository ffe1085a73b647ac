import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { runPipeline, type PipelineRun } from './ci-file.ts';
import { receiver } from './helpers.ts';

// Each case starts some thirty processes.
vi.setConfig({ testTimeout: 30_000 });

const FILE = new URL('../../../gitlab/examples/deploy-with-gate.gitlab-ci.yml', import.meta.url);
const source = await readFile(FILE, 'utf8');
const PATH = process.env['PATH'] ?? '';

type Given = { payload?: object | undefined; env?: Record<string, string>; coverage?: string; path?: string };

function run(bridge: { url: string }, given: Given): Promise<PipelineRun> {
  const yaml = source.replace('bridge_url=https://bridge.example.com', `bridge_url=${bridge.url}`);
  return runPipeline({ yaml, path: PATH, payload: {}, ...given });
}

describe('the example pipeline, asking', () => {
  test('deploys without asking anyone when the coverage reaches the threshold', async () => {
    await using bridge = await receiver(() => ({ status: 500 }));
    const done = await run(bridge, { payload: { approval_status: 'pending' }, coverage: '70' });
    expect(done).toMatchObject({ status: 'success', deployed: true, jobs: { deploy: { exit: 0 } } });
    expect(bridge.calls).toHaveLength(0);
  });

  test('asks for one gate and leaves the deployment out when it does not', async () => {
    await using bridge = await receiver(() => ({ status: 202, body: { id: 'g_1', status: 'opening' } }));
    const payload = {
      approval_status: 'pending',
      deploy_run_id: 'r_dev',
      entity: 'cart "blue"',
      environment: 'Production',
      port_context: { runId: 'r_check' },
    };
    const done = await run(bridge, { payload, coverage: '65.5' });
    expect(done).toMatchObject({ status: 'success', deployed: false, jobs: { deploy: { exit: 75 } } });
    expect(bridge.calls).toMatchObject([
      {
        path: '/v1/gates',
        headers: { 'idempotency-key': 'gate-42-1234', authorization: 'Bearer id-token' },
        json: {
          deploy_run_id: 'r_dev',
          pipeline: {
            project_id: 42,
            id: 1234,
            ref: 'main',
            url: 'https://gitlab.example.com/shop/cart/-/pipelines/1234',
          },
          reason: 'Coverage 65.5 % is below the threshold of 70 %',
          short_description: 'Deploy cart "blue" to Production',
          business_service: 'cart "blue"',
          priority: '1',
          port_context: { runId: 'r_check' },
        },
      },
    ]);
  });

  test('repeats the gate with the same key until it is accepted', async () => {
    await using bridge = await receiver((_, nth) => ({ status: [503, 409, 202][nth - 1] ?? 500 }));
    expect(await run(bridge, {})).toMatchObject({ status: 'success', deployed: false });
    const keys = bridge.calls.map((call) => call.headers['idempotency-key']);
    expect(keys).toEqual(['gate-42-1234', 'gate-42-1234', 'gate-42-1234']);
  });

  test('fails before the deploy job when the gate is never accepted, and shows the answer', async () => {
    await using bridge = await receiver(() => ({ status: 401, body: { title: 'Unauthorized' } }));
    const done = await run(bridge, {});
    expect(done).toMatchObject({
      status: 'failed',
      deployed: false,
      jobs: { 'request-approval': { exit: 1 } },
    });
    expect(done.jobs['request-approval']?.output).toContain('Unauthorized');
    expect(done.jobs).not.toHaveProperty('deploy');
  });

  test.each(['', 'n/a', '80; rm -rf .'])('fails when coverage.txt holds "%s"', async (coverage) => {
    await using bridge = await receiver(() => ({ status: 202 }));
    expect(await run(bridge, { coverage })).toMatchObject({ status: 'failed', deployed: false });
    expect(bridge.calls).toHaveLength(0);
  });
});

describe('the example pipeline, approved', () => {
  const payload = { approval_status: 'approved', decision_id: 'dec_1-a.2', system_id: 'a'.repeat(32) };

  test('claims the decision first, then deploys', async () => {
    await using bridge = await receiver(() => ({ status: 200 }));
    expect(await run(bridge, { payload })).toMatchObject({ status: 'success', deployed: true });
    expect(bridge.calls).toMatchObject([
      { path: '/v1/decisions/dec_1-a.2/claim', json: { project_id: 42, pipeline_id: 1234 } },
    ]);
  });

  test('stops at 409 without a second try', async () => {
    await using bridge = await receiver(() => ({ status: 409, body: { detail: 'claimed by pipeline 7' } }));
    const done = await run(bridge, { payload });
    expect(done).toMatchObject({ status: 'failed', deployed: false });
    expect(Object.keys(done.jobs)).toEqual(['check-approval']);
    expect(done.jobs['check-approval']?.output).toContain('claimed by pipeline 7');
    expect(bridge.calls).toHaveLength(1);
  });

  test('repeats an unclear answer and deploys once the claim is granted', async () => {
    await using bridge = await receiver((_, nth) => ({ status: nth < 3 ? 502 : 200 }));
    expect(await run(bridge, { payload })).toMatchObject({ status: 'success', deployed: true });
    expect(bridge.calls).toHaveLength(3);
  });

  test.each([302, 401, 404, 500])('never deploys when the claim only gets %i', async (status) => {
    await using bridge = await receiver(() => ({ status }));
    expect(await run(bridge, { payload })).toMatchObject({ status: 'failed', deployed: false });
    expect(bridge.calls).toHaveLength(3);
  });

  test('never deploys when nothing answers', async () => {
    const gone = await receiver(() => ({ status: 200 }));
    await gone.close();
    expect(await run(gone, { payload })).toMatchObject({ status: 'failed', deployed: false });
  });

  test.each([undefined, '', '../gates', 'a/b', 'a b', 'a?x'])('refuses the decision id %j', async (id) => {
    await using bridge = await receiver(() => ({ status: 200 }));
    const done = await run(bridge, { payload: { ...payload, decision_id: id } });
    expect(done).toMatchObject({ status: 'failed', deployed: false });
    expect(bridge.calls).toHaveLength(0);
  });
});

test.each(['declined', 'rejected'])(
  'the example pipeline says why a %s change is not deployed',
  async (word) => {
    await using bridge = await receiver(() => ({ status: 200 }));
    const payload = {
      approval_status: word,
      change_number: 'CHG0030001',
      decided_by: 'ann',
      reason: 'Freeze',
    };
    const done = await run(bridge, { payload, coverage: '99' });
    expect(done).toMatchObject({ status: 'success', deployed: false, jobs: { deploy: { exit: 75 } } });
    expect(done.jobs['check-approval']?.output).toContain('CHG0030001 was declined by ann: Freeze');
    expect(bridge.calls).toHaveLength(0);
  },
);

test.each([
  ['an unknown status', { approval_status: 'APPROVED' }],
  ['a status of another type', { approval_status: true }],
  ['no payload', undefined],
])('the example pipeline refuses %s', async (_, payload) => {
  await using bridge = await receiver(() => ({ status: 200 }));
  const done = await run(bridge, { payload, coverage: '99' });
  expect(done).toMatchObject({ status: 'failed', deployed: false });
  expect(Object.keys(done.jobs)).toEqual(['check-approval']);
});

test('variables in a trigger can neither approve, nor lower the threshold, nor redirect the claim', async () => {
  await using bridge = await receiver(() => ({ status: 409 }));
  await using evil = await receiver(() => ({ status: 200 }));
  const env = {
    APPROVAL_STATUS: 'approved',
    COVERAGE_MET: 'true',
    COVERAGE_THRESHOLD: '0',
    threshold: '0',
    bridge_url: evil.url,
    BRIDGE_URL: evil.url,
    decision: 'approved',
    status: '200',
  };
  const asking = await run(bridge, { env });
  const approved = await run(bridge, { env, payload: { approval_status: 'approved', decision_id: 'd1' } });
  expect([asking.deployed, approved.deployed]).toEqual([false, false]);
  expect(evil.calls).toHaveLength(0);
});

test('the token is sent and is on no command line; BRIDGE_TOKEN goes before the id_token', async () => {
  await using bridge = await receiver(() => ({ status: 200 }));
  const folder = await mkdtemp(join(tmpdir(), 'curl-'));
  const seen = join(folder, 'arguments');
  const wrapper = `#!/bin/sh\nprintf '%s\\n' "$@" >>'${seen}'\nPATH='${PATH}' exec curl "$@"\n`;
  await writeFile(join(folder, 'curl'), wrapper);
  await chmod(join(folder, 'curl'), 0o755);
  const payload = { approval_status: 'approved', decision_id: 'd1' };
  const done = await run(bridge, { payload, env: { BRIDGE_TOKEN: 'canary' }, path: `${folder}:${PATH}` });
  expect(done.deployed).toBe(true);
  expect(bridge.calls[0]?.headers['authorization']).toBe('Bearer canary');
  expect(await readFile(seen, 'utf8')).toContain('--header');
  expect(await readFile(seen, 'utf8')).not.toContain('canary');
  expect(JSON.stringify(done.jobs)).not.toContain('canary');
  await rm(folder, { recursive: true });
});
