import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { PROJECT, PUBLIC_URL, type Stage } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import {
  deploymentsOf,
  endOf,
  logOf,
  muteServiceNow,
  openedChange,
  pipelinesOf,
  recordOf,
  startDeploy,
  waitingChange,
} from './scene.ts';
import { decisionsOf, pipelineCall, quiet, sendEvent, setting } from './wire.ts';

const problemSchema = z.looseObject({ type: z.string(), detail: z.string() });

/** An approved change whose pipeline waits for a runner, so that a test may claim in its place. */
type Approved = {
  readonly stage: Stage;
  readonly runId: string;
  readonly sysId: string;
  readonly decision: string;
};

async function approved(options: Parameters<typeof stageForTest>[0] = {}): Promise<Approved> {
  const stage = await stageForTest(options);
  const runId = startDeploy(stage);
  const sysId = await openedChange(stage, runId);
  await quiet(stage);
  return approve(stage, runId, sysId);
}

async function approve(stage: Stage, runId: string, sysId: string): Promise<Approved> {
  stage.gitlab.faults.add({ kind: 'runner-stuck', times: 1 });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const decision = await until('the decision is triggered', async () =>
    (await decisionsOf(stage, sysId)).find((each) => each.status === 'triggered'),
  );
  return { stage, runId, sysId, decision: decision.id };
}

/** The id_token of a job of the pipeline that was started for the decision, with other claims where a test says so. */
function tokenOf({ stage, sysId }: Approved, claims: object = {}): string {
  return stage.gitlab.idToken(pipelinesOf(stage, sysId)[0]?.id ?? 0, PUBLIC_URL, claims);
}

function claim(it: Approved, token = tokenOf(it), body: object = {}): Promise<Response> {
  return pipelineCall(it.stage, `/v1/decisions/${it.decision}/claim`, body, token);
}

async function refusal(answer: Response): Promise<string> {
  const { type, detail } = problemSchema.parse(await answer.json());
  return `${answer.status} ${type.replace('/docs/problems#', '')}: ${detail}`;
}

test('a pipeline claims with its id_token alone, as often as it likes, and is told for which change', async () => {
  const it = await approved();
  const { stage, sysId, decision } = it;
  const [pipeline] = pipelinesOf(stage, sysId);
  for (let time = 0; time < 3; time += 1) {
    const answer = await claim(it);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      claimed: true,
      decision_id: decision,
      pipeline_id: String(pipeline?.id),
      sha: pipeline?.sha,
      change: {
        sys_id: sysId,
        number: recordOf(stage, sysId)['number'],
        url: expect.stringContaining(sysId),
      },
    });
  }
  stage.gitlab.release(pipeline?.id ?? 0);
  expect(await endOf(stage, it.runId)).toBe('SUCCESS');
});

describe('a claim is refused to', () => {
  test('a pipeline of another project, whatever its body says, and the rightful one still claims', async () => {
    const it = await approved({ env: { GITLAB_TRIGGER_TOKENS: '99:glptt-99' } });
    const other = tokenOf(it, { project_id: '99', project_path: 'evil/checkout' });
    expect(await refusal(await claim(it, other))).toMatch(/^403 other-project/);
    const body = { project_id: PROJECT, pipeline_id: pipelinesOf(it.stage, it.sysId)[0]?.id };
    expect(await refusal(await claim(it, other, body))).toMatch(/^403 identity-mismatch/);
    expect((await claim(it)).status).toBe(200);
  });

  test('another pipeline of the same project: one that was pushed, and one that somebody triggered', async () => {
    const it = await approved();
    for (const source of ['push', 'web', 'schedule', 'trigger']) {
      const other = tokenOf(it, { pipeline_id: '9999', pipeline_source: source });
      expect(await refusal(await claim(it, other)), source).toMatch(/^409 other-pipeline/);
    }
    const posing = { pipeline: { id: pipelinesOf(it.stage, it.sysId)[0]?.id } };
    const mismatch = await claim(it, tokenOf(it, { pipeline_id: '9999' }), posing);
    expect(await refusal(mismatch)).toMatch(/^403 identity-mismatch/);
    expect((await claim(it)).status).toBe(200);
  });

  test('a pipeline of another commit than the one that was approved; both are named', async () => {
    const it = await approved();
    const moved = 'f'.repeat(40);
    const answer = await refusal(await claim(it, tokenOf(it, { sha: moved })));
    const asked = it.stage.gitlab.pipelines()[0]?.sha ?? '?';
    expect(answer).toMatch(/^409 other-commit/);
    expect(answer).toContain(asked);
    expect(answer).toContain(moved);
    expect(answer).toContain('Start the deployment of the commit');
    expect((await claim(it)).status).toBe(200);
  });

  test('no other commit where the rule says that it may have moved', async () => {
    const it = await approved({ env: { PIPELINE_RULES: `[{"project":${PROJECT},"same_commit":false}]` } });
    expect((await claim(it, tokenOf(it, { sha: 'f'.repeat(40) }))).status).toBe(200);
  });

  test.each<[string, object, object]>([
    ['an unprotected ref', {}, { ref_protected: 'false' }],
    ['a ref that no rule names', { refs: ['release/*'], may: ['claim'] }, {}],
    ['a project that may only report', { may: ['gate', 'report'] }, {}],
    ['another environment', { environments: ['staging'] }, { environment: 'production' }],
  ])('%s', async (_, rule, claims) => {
    const it = await approved();
    const rules = JSON.stringify([{ project: PROJECT, ...rule }]);
    const strict = await it.stage.startBridge({ PIPELINE_RULES: rules, BRIDGE_ROLE: 'api' });
    const answer = await fetch(`${strict.url}/v1/decisions/${it.decision}/claim`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokenOf(it, claims)}`, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(await refusal(answer)).toMatch(/^403 not-allowed: .*(No rule|does not let it)/);
  });
});

describe('a claim asks ServiceNow at that moment, and is refused', () => {
  test('after a rejection whose event was lost; the bridge then knows of it', async () => {
    const it = await approved();
    muteServiceNow(it.stage);
    it.stage.servicenow.updateChange(it.sysId, { approval: 'rejected' }, 'bob');
    expect(await refusal(await claim(it))).toMatch(/^409 declined/);
    await until('the rejection’s own pipeline', () => pipelinesOf(it.stage, it.sysId).length === 2);
    expect(pipelinesOf(it.stage, it.sysId)[1]?.payload.approval_status).toBe('declined');
    expect(deploymentsOf(it.stage, it.sysId)).toHaveLength(0);
  });

  test.each<[string, Record<string, string> | 'closed', RegExp]>([
    ['after the approval was taken back', { approval: 'requested' }, /^409 undecided/],
    ['on a change that was cancelled', { state: '4' }, /^409 cancelled/],
    ['on a change that was closed', 'closed', /^409 cancelled/],
    [
      'on a change on hold, with the reason',
      { on_hold: 'true', on_hold_reason: 'Freeze' },
      /^409 on-hold.*Freeze/,
    ],
    [
      'before the planned window',
      { start_date: '2099-01-01 10:00:00' },
      /^409 outside-window.*2099-01-01T10:00/,
    ],
    ['after the planned window', { end_date: '2020-01-01 10:00:00' }, /^409 outside-window.*ended/],
  ])('%s', async (_, fields, expected) => {
    const it = await approved();
    muteServiceNow(it.stage);
    if (fields === 'closed') it.stage.servicenow.closeChange(it.sysId);
    else it.stage.servicenow.updateChange(it.sysId, fields);
    expect(await refusal(await claim(it))).toMatch(expected);
  });

  test('before its window, with the moment at which it may come again', async () => {
    const it = await approved();
    muteServiceNow(it.stage);
    it.stage.servicenow.updateChange(it.sysId, { start_date: '2099-01-01 10:00:00' });
    expect(await (await claim(it)).json()).toMatchObject({ not_before: '2099-01-01T10:00:00.000Z' });
  });

  test('not for its window where CHANGE_WINDOW says to ignore it', async () => {
    const it = await approved({ env: { CHANGE_WINDOW: 'ignore' } });
    muteServiceNow(it.stage);
    it.stage.servicenow.updateChange(it.sysId, { end_date: '2020-01-01 10:00:00' });
    expect((await claim(it)).status).toBe(200);
  });

  test('where ServiceNow cannot be asked: 503, and later it may', async () => {
    const it = await approved();
    it.stage.servicenow.faults.add({ kind: '500', match: 'GET /api/now/table/change_request', times: 4 });
    const answer = await claim(it);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await refusal(answer)).toMatch(/^503 servicenow-unavailable/);
    await until('ServiceNow answers again', async () => (await claim(it)).status === 200);
  });
});

test('an approved change on hold starts no pipeline, says why, and goes on when the hold is taken off', async () => {
  const stage = await stageForTest();
  const { runId, sysId } = await waitingChange(stage);
  stage.servicenow.updateChange(sysId, { on_hold: 'true', on_hold_reason: 'Month end' });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  await until('the developer is told', () => logOf(stage, runId).includes('Month end'));
  expect(await decisionsOf(stage, sysId)).toMatchObject([{ status: 'held' }]);
  expect(pipelinesOf(stage, sysId)).toHaveLength(0);
  stage.servicenow.updateChange(sysId, { on_hold: 'false' });
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  await quiet(stage);
  expect(pipelinesOf(stage, sysId)).toHaveLength(1);
});

test.each(['delayed', 'lost'] as const)(
  'a change that goes on hold between trigger and claim deploys once, after the hold, though its event is %s',
  async (event) => {
    const it = await approved();
    const { stage, sysId } = it;
    muteServiceNow(stage);
    stage.servicenow.updateChange(sysId, { on_hold: 'true', on_hold_reason: 'Freeze' });
    const onHold = recordOf(stage, sysId);
    expect(await refusal(await claim(it))).toMatch(/^409 on-hold.*Freeze/);
    stage.servicenow.updateChange(sysId, { on_hold: 'false', on_hold_reason: '' });
    if (event === 'delayed') expect((await sendEvent(stage, onHold)).status).toBe(202);
    expect((await claim(it)).status).toBe(200);
    stage.gitlab.release(pipelinesOf(stage, sysId)[0]?.id ?? 0);
    expect(await endOf(stage, it.runId)).toBe('SUCCESS');
    await quiet(stage);
    expect(await decisionsOf(stage, sysId)).toMatchObject([{ status: 'triggered' }]);
    expect(deploymentsOf(stage, sysId)).toHaveLength(1);
  },
);

test('a pipeline that proves its project alone claims by the id that it names, and needs one', async () => {
  const it = await approved();
  const [pipeline] = pipelinesOf(it.stage, it.sysId);
  const token = setting(it.stage, 'PIPELINE_TOKENS').split(':')[1] ?? '';
  expect(await refusal(await claim(it, token))).toMatch(/^422 impossible/);
  const stated = { id: pipeline?.id, ref: 'main', sha: pipeline?.sha };
  expect((await claim(it, token, { pipeline: { ...stated, id: 9999 } })).status).toBe(409);
  expect((await claim(it, token, { pipeline: { ...stated, sha: 'f'.repeat(40) } })).status).toBe(409);
  expect((await claim(it, token, { pipeline: stated })).status).toBe(200);
});
