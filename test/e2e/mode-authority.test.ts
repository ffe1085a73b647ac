import { describe, expect, test } from 'vitest';
import { PROJECT, type Stage } from '../../stage/stage.ts';
import { until } from '../support/until.ts';
import {
  askedDeploy,
  decided,
  deployJob,
  deployments,
  plays,
  refusal,
  stageInMode,
  tokenOf,
} from './modes.ts';
import { endOf } from './scene.ts';
import { decisionsOf, pipelineCall, quiet, sendHook, setting } from './wire.ts';

const PLAY = 'POST /api/v4/projects/42/jobs/';
const REASON = { reason: 'Coverage is low', environment: 'production' };

/** A pipeline whose jobs a test runs, blocked at its deploy job. */
async function blocked(stage: Stage, source: 'push' | 'trigger' = 'push', payload: object = {}) {
  stage.gitlab.setProject(PROJECT, { runner: 'none' });
  const pipeline = stage.gitlab.addPipeline(PROJECT, { ref: 'main', source, payload: { ...payload } });
  stage.gitlab.setJob(pipeline.id, deployJob(pipeline).name, 'manual');
  return pipeline;
}

async function openedBy(stage: Stage, pipeline: { readonly id: number }): Promise<string> {
  const tag = `gitlab_pipeline:${pipeline.id}`;
  const row = await until('its change', () =>
    stage.servicenow
      .rows('change_request')
      .find((each) => each['u_external_tags']?.includes(tag) && each['approval'] === 'requested'),
  );
  return row['sys_id'] ?? '';
}

test('a body that declares how its decision goes on is refused: the rule says it', async () => {
  const stage = await stageInMode('wait');
  const pipeline = await blocked(stage);
  const token = tokenOf(stage, pipeline);
  for (const mode of ['play', 'retrigger', 'wait']) {
    expect(await refusal(await pipelineCall(stage, '/v1/gates', { ...REASON, mode }, token))).toMatch(
      /^4(00|22) /,
    );
  }
  expect(stage.servicenow.rows('change_request')).toHaveLength(0);
  const asked = await pipelineCall(stage, '/v1/gates', REASON, token);
  expect(await asked.json()).toMatchObject({ mode: 'wait' });
});

test.each(['play', 'wait'] as const)(
  'mode %s: no pipeline but the one that asked may use the approval, whatever it is and says',
  async (mode) => {
    const stage = await stageInMode(mode, { stageMs: 1_000, env: { GITLAB_TRIGGER_TOKENS: '99:glptt-99' } });
    const asked = await askedDeploy(stage);
    stage.servicenow.decide(asked.sysId, 'ann', 'approved');
    const { id } = await decided(stage, asked.sysId, 'triggered');
    const claim = (claims: object, body: object = {}) =>
      pipelineCall(stage, `/v1/decisions/${id}/claim`, body, tokenOf(stage, asked.pipeline, claims));
    for (const source of ['push', 'trigger', 'web']) {
      const other = { pipeline_id: '9999', pipeline_source: source };
      expect(await refusal(await claim(other)), source).toBe('409 other-pipeline');
    }
    const posing = { pipeline: { id: asked.pipeline.id } };
    expect(await refusal(await claim({ pipeline_id: '9999' }, posing))).toBe('403 identity-mismatch');
    expect(await refusal(await claim({ project_id: '99' }))).toMatch(/^403 /);
    expect(await refusal(await claim({ environment: 'staging' }))).toBe('403 identity-mismatch');
    expect(await endOf(stage, asked.runId)).toBe('SUCCESS');
    expect(deployments(stage, asked)).toHaveLength(1);
  },
);

test('mode play: of two pipelines that wait, the approval of one starts no job of the other', async () => {
  const stage = await stageInMode('play');
  const first = await askedDeploy(stage);
  const second = await askedDeploy(stage);
  stage.servicenow.decide(second.sysId, 'ann', 'approved');
  expect(await endOf(stage, second.runId)).toBe('SUCCESS');
  await quiet(stage);
  expect(deployments(stage, second)).toHaveLength(1);
  expect(deployJob(first.pipeline).status).toBe('manual');
  expect(plays(stage).map(({ url }) => url)).toEqual([
    `/api/v4/projects/${PROJECT}/jobs/${deployJob(second.pipeline).id}/play`,
  ]);
});

test('mode play: a pipeline that somebody starts with the decision in its payload is not taken for the one that asked', async () => {
  const stage = await stageInMode('play', {
    timings: { callMs: 1_500, settleMs: 3_000, lockMs: 2_000, sweepMs: 1_000 },
  });
  const asked = await askedDeploy(stage);
  stage.gitlab.faults.add({ kind: 'timeout-before-effect', match: PLAY, times: 1 });
  stage.servicenow.decide(asked.sysId, 'ann', 'approved');
  const { id } = await decided(stage, asked.sysId, 'triggering');
  const payload = { approval_status: 'approved', decision_id: id };
  const forged = stage.gitlab.addPipeline(PROJECT, { ref: 'main', source: 'trigger', payload });
  const attributes = { id: forged.id, status: 'running', source: 'trigger', ref: 'main' };
  const variables = [{ key: 'TRIGGER_PAYLOAD', value: JSON.stringify(payload) }];
  const hook = {
    object_kind: 'pipeline',
    object_attributes: { ...attributes, variables },
    project: { id: PROJECT },
  };
  expect((await sendHook(stage, hook, 'forged')).status).toBe(202);
  expect(await endOf(stage, asked.runId)).toBe('SUCCESS');
  await quiet(stage);
  expect(await decisionsOf(stage, asked.sysId)).toMatchObject([
    { status: 'triggered', pipeline_id: String(asked.pipeline.id) },
  ]);
  expect(stage.gitlab.deployments().map((each) => each.pipeline_id)).toEqual([asked.pipeline.id]);
});

/** Asks for a gate with the token of the project, for the pipeline that it says. */
function askAsProject(stage: Stage, pipeline: object): Promise<Response> {
  const [, token] = setting(stage, 'PIPELINE_TOKENS').split(':');
  return pipelineCall(stage, '/v1/gates', { ...REASON, pipeline }, token);
}

describe('mode play: whoever proves the project alone', () => {
  test('gets no job started of another commit than the one that was shown to the approver', async () => {
    const stage = await stageInMode('play');
    const pipeline = await blocked(stage);
    const shown = 'f'.repeat(40);
    expect((await askAsProject(stage, { id: pipeline.id, ref: 'main', sha: shown })).status).toBe(202);
    const sysId = await openedBy(stage, pipeline);
    stage.servicenow.decide(sysId, 'ann', 'approved');
    const { reason } = await decided(stage, sysId, 'parked');
    expect(reason).toContain(shown);
    expect(reason).toContain(pipeline.sha);
    expect(plays(stage)).toHaveLength(0);
  });

  test('gets the job of its own pipeline started', async () => {
    const stage = await stageInMode('play');
    const pipeline = await blocked(stage);
    await askAsProject(stage, { id: pipeline.id, ref: 'main', sha: pipeline.sha });
    stage.servicenow.decide(await openedBy(stage, pipeline), 'ann', 'approved');
    await until('the job was started', () => deployJob(pipeline).status === 'pending');
    expect(plays(stage)).toHaveLength(1);
  });
});
