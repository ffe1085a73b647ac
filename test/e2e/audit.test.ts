import { expect, test } from 'vitest';
import { PEOPLE, PROJECT, PUBLIC_URL, type Stage } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import {
  allowToDecide,
  decideInPortal,
  endOf,
  openedChange,
  pipelinesOf,
  standingDeploy,
  startDeploy,
  waitingChange,
} from './scene.ts';
import { auditOf, decisionsOf, pipelineCall, quiet } from './wire.ts';

const CREATE = 'POST /api/now/table/change_request';

/** The actions about one subject, or all. */
async function actions(stage: Stage, like = ''): Promise<string[]> {
  return (await auditOf(stage)).map((entry) => entry.action).filter((action) => action.startsWith(like));
}

test('the audit tells gate, change, decision, trigger and claim, with who asked as it was proven; a refused claim stands as refused', async () => {
  const stage = await stageForTest();
  const runId = startDeploy(stage);
  const sysId = await openedChange(stage, runId);
  await quiet(stage);
  stage.gitlab.faults.add({ kind: 'runner-stuck', times: 1 });
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const decision = await until('the decision is triggered', async () =>
    (await decisionsOf(stage, sysId)).find((each) => each.status === 'triggered'),
  );
  const [pipeline] = pipelinesOf(stage, sysId);
  const claim = (claims: object): Promise<Response> => {
    const token = stage.gitlab.idToken(pipeline?.id ?? 0, PUBLIC_URL, claims);
    return pipelineCall(stage, `/v1/decisions/${decision.id}/claim`, {}, token);
  };
  expect((await claim({ pipeline_id: '9999' })).status).toBe(409);
  expect((await claim({})).status).toBe(200);
  const entries = await auditOf(stage);
  expect(entries.map((entry) => entry.action)).toEqual([
    'trigger',
    'trigger:done',
    'gate',
    'gate:done',
    'open-change',
    'open-change:done',
    'request-approval',
    'request-approval:done',
    'decision:approved',
    'trigger',
    'trigger:done',
    'claim',
    'claim:refused',
    'claim',
    'claim:done',
  ]);
  const refused = entries.find((entry) => entry.action === 'claim:refused');
  expect(refused).toMatchObject({ subject: decision.id, reason: expect.stringMatching(/^other-pipeline: /) });
  expect(refused?.actor).toContain('pipeline 9999 ');
  const { url } = stage.gitlab;
  const granted = entries.at(-1)?.actor;
  expect(granted).toContain(`${url} project ${PROJECT} (platform/checkout) pipeline ${pipeline?.id} job `);
  expect(granted).toContain(`ref main sha ${pipeline?.sha} user root`);
});

test('a portal approval that is refused stands in the audit as refused, and one that is written as done', async () => {
  const stage = await stageForTest();
  allowToDecide(stage, PEOPLE.developer);
  const { sysId } = await waitingChange(stage);
  await endOf(stage, decideInPortal(stage, sysId, 'approved', { by: PEOPLE.developer }));
  await endOf(stage, decideInPortal(stage, sysId, 'declined', { reason: 'Not now' }));
  const told = (await auditOf(stage)).filter((entry) => entry.action.startsWith('decide:'));
  expect(told.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
    `${PEOPLE.developer} decide:approved:refused`,
    `${PEOPLE.engineer} decide:rejected`,
    `${PEOPLE.engineer} decide:rejected:done`,
  ]);
});

test.each([
  ['after', ['decide:approved', 'decide:approved:unknown', 'decide:approved:done']],
  ['before', ['decide:approved', 'decide:approved:unknown', 'decide:approved', 'decide:approved:done']],
] as const)(
  'a decision whose answer is lost %s it took effect stands as unknown until it is known',
  async (when, expected) => {
    const stage = await stageForTest();
    const { sysId } = await waitingChange(stage);
    stage.servicenow.faults.add({ kind: `timeout-${when}-effect`, match: 'PATCH ', times: 1 });
    expect(await endOf(stage, decideInPortal(stage, sysId, 'approved'), 30_000)).toBe('SUCCESS');
    expect(await actions(stage, 'decide:')).toEqual(expected);
  },
);

test.each([
  ['after', ['open-change', 'open-change:unknown', 'open-change:done']],
  ['before', ['open-change', 'open-change:unknown', 'open-change', 'open-change:done']],
] as const)(
  'a change whose creation is not answered %s it took effect stands as unknown until it is known',
  async (when, expected) => {
    const stage = await stageForTest();
    stage.servicenow.faults.add({ kind: `timeout-${when}-effect`, match: CREATE, times: 1 });
    await openedChange(stage, startDeploy(stage));
    await until('it is linked', async () => (await actions(stage, 'open-change:done')).length === 1, 30_000);
    expect(await actions(stage, 'open-change')).toEqual(expected);
  },
);

test('a change that ServiceNow refuses, and one that is cancelled because nobody decided, stand with the reason', async () => {
  let ahead = 0;
  const stage = await stageForTest({ clock: () => Date.now() + ahead });
  stage.servicenow.faults.add({ kind: 'abort', match: CREATE, rule: 'Category is mandatory', times: 1 });
  const first = await standingDeploy(stage);
  const second = await standingDeploy(stage);
  const body = { reason: 'Coverage is low', expires_in: 3_600 };
  await pipelineCall(stage, '/v1/gates', body, first.token);
  expect(await endOf(stage, first.runId)).toBe('FAILURE');
  await pipelineCall(stage, '/v1/gates', body, second.token);
  const sysId = await openedChange(stage, second.runId);
  await quiet(stage);
  ahead = 3_601_000;
  expect(await endOf(stage, second.runId)).toBe('FAILURE');
  const told = (await auditOf(stage)).filter((entry) => entry.action.includes('-change'));
  expect(told.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
    'Changebridge open-change',
    'Changebridge open-change:refused',
    'Changebridge open-change',
    'Changebridge open-change:done',
    'Changebridge cancel-change',
    'Changebridge cancel-change:done',
  ]);
  expect(told[1]?.reason).toContain('Category is mandatory');
  expect(told[4]).toMatchObject({ subject: sysId, reason: expect.stringContaining('nobody decided it') });
});
