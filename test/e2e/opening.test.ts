import { expect, test } from 'vitest';
import { DEFAULT_USERS } from '../../sandbox/servicenow/state/users.ts';
import { PEOPLE, type Stage } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { deploymentsOf, endOf, logOf, createdChange, recordOf, startDeploy } from './scene.ts';
import { operatorCall, quiet } from './wire.ts';

const ASSESS = '-4';

function defaults(fields: Readonly<Record<string, string>>) {
  return { env: { SERVICENOW_CHANGE_DEFAULTS: JSON.stringify(fields) } };
}

function askedOf(stage: Stage, sysId: string): string[] {
  const rows = stage.servicenow.approvals(sysId).filter((row) => row['state'] === 'requested');
  const names = rows.map((row) =>
    stage.servicenow.rows('sys_user').find((user) => user['sys_id'] === row['approver']),
  );
  return names.map((user) => user?.['user_name'] ?? '').toSorted();
}

async function timelineOf(stage: Stage, sysId: string): Promise<string> {
  return (await operatorCall(stage, `/v1/changes/${sysId}/timeline`)).text();
}

function statePatches(stage: Stage, sysId: string): number {
  const all = stage.servicenow.requests.list(`PATCH /api/now/table/change_request/${sysId}`);
  return all.filter(({ body }) => JSON.stringify(body) === `{"state":"${ASSESS}"}`).length;
}

test('a gate’s change leaves New, its group is asked, and the word of one of them deploys', async () => {
  const stage = await stageForTest();
  const runId = startDeploy(stage);
  const sysId = await createdChange(stage, runId);
  await until('the group is asked', () => askedOf(stage, sysId).length === 2);
  expect(askedOf(stage, sysId)).toEqual(['ann', 'bob']);
  expect(recordOf(stage, sysId)).toMatchObject({ state: ASSESS, approval: 'requested' });
  stage.servicenow.decide(sysId, 'bob', 'approved');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  expect(deploymentsOf(stage, sysId)).toHaveLength(1);
  expect(logOf(stage, runId)).toContain('was approved by bob');
  expect(logOf(stage, runId)).not.toContain('Nobody may have been asked');
});

test.each([
  ['no assignment group', {}, /It has no assignment group: set one on it/],
  ['a group without members', { assignment_group: 'Nobody' }, /does its assignment group have members/],
  ['a group that ServiceNow does not know', { assignment_group: 'Payments' }, /It has no assignment group/],
])(
  'with %s the developer and the timeline are told that nobody is asked, and why',
  async (_what, fields, why) => {
    const stage = await stageForTest(defaults(fields));
    const runId = startDeploy(stage);
    const sysId = await createdChange(stage, runId);
    await until('the developer is told', () => logOf(stage, runId).includes('Nobody may have been asked'));
    expect(logOf(stage, runId)).toMatch(why);
    expect(await timelineOf(stage, sysId)).toMatch(why);
    await quiet(stage);
    expect(logOf(stage, runId).match(/Nobody may have been asked/g)).toHaveLength(1);
  },
);

test('names are looked up; one that stands for nothing is told and kept in the description', async () => {
  const stage = await stageForTest(
    defaults({ assignment_group: 'Payments', cmdb_ci: 'no such thing', category: 'Software' }),
  );
  const sysId = await createdChange(stage, startDeploy(stage));
  const change = recordOf(stage, sysId);
  expect(change['business_service']).toMatch(/^[0-9a-f]{32}$/);
  expect(change['category']).toBe('Software');
  const line = 'Assignment group: Payments (ServiceNow has none of this name)';
  expect(change['description']).toContain(line);
  await until('the timeline tells it', async () => (await timelineOf(stage, sysId)).includes(line));
  expect(await timelineOf(stage, sysId)).toContain('Cmdb ci: no such thing');
});

test('two groups of one name are none: nobody guesses', async () => {
  const stage = await stageForTest(defaults({ assignment_group: 'Twins' }));
  const { records } = stage.servicenow.instance;
  for (let count = 0; count < 2; count += 1)
    records.insert('sys_user_group', { name: 'Twins' }, { userName: 'admin', userId: '' });
  const sysId = await createdChange(stage, startDeploy(stage));
  expect(recordOf(stage, sysId)['description']).toContain('Twins (ServiceNow has several of this name)');
});

test('who asked in the portal is the requester, where ServiceNow knows the address', async () => {
  const dana = { userName: 'dana', password: 'dana', roles: ['itil'], email: PEOPLE.developer };
  const stage = await stageForTest({
    servicenow: { users: [...DEFAULT_USERS, dana] },
    env: { SERVICENOW_API_TOKEN: Buffer.from('changebridge.integration:integration').toString('base64') },
  });
  const sysId = await createdChange(stage, startDeploy(stage));
  const user = stage.servicenow.user('dana');
  expect(recordOf(stage, sysId)['requested_by']).toBe(user.userId);
});

test.each(['before', 'after'] as const)(
  'a step out of New whose answer is lost %s it took effect is made once, and somebody is asked',
  async (when) => {
    const stage = await stageForTest({ bridge: false });
    stage.connect((await stage.startBridge()).url);
    stage.servicenow.faults.add({ kind: `timeout-${when}-effect`, match: 'PATCH ', times: 1 });
    const runId = startDeploy(stage);
    const sysId = await createdChange(stage, runId);
    await until('the group is asked', () => askedOf(stage, sysId).length === 2);
    await quiet(stage);
    expect(statePatches(stage, sysId)).toBe(when === 'before' ? 2 : 1);
    expect(askedOf(stage, sysId)).toHaveLength(2);
  },
);

test('a step that ServiceNow refuses is told with its words, and the change can still be decided there', async () => {
  const stage = await stageForTest();
  stage.servicenow.faults.add({ kind: 'abort', match: 'PATCH ', rule: 'Freeze of the year', times: 1 });
  const runId = startDeploy(stage);
  const sysId = await createdChange(stage, runId);
  await until('the developer is told', () => logOf(stage, runId).includes('Nobody may have been asked'));
  expect(logOf(stage, runId)).toContain('Freeze of the year');
  stage.servicenow.decide(sysId, 'ann', 'approved');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
});

test('a column that ServiceNow does not take is named', async () => {
  const stage = await stageForTest(
    defaults({ assignment_group: 'Change Management', category: 'No such category', u_nothing: 'x' }),
  );
  const sysId = await createdChange(stage, startDeploy(stage));
  await until('the timeline tells it', async () =>
    /ServiceNow did not take (category, u_nothing|u_nothing, category|u_nothing|category)/.test(
      await timelineOf(stage, sysId),
    ),
  );
});

test('where the bridge is told to ask nobody, it neither moves the change nor complains', async () => {
  const stage = await stageForTest({ env: { SERVICENOW_REQUEST_APPROVAL: 'none' } });
  const runId = startDeploy(stage);
  const sysId = await createdChange(stage, runId);
  await quiet(stage);
  expect(recordOf(stage, sysId)['state']).toBe('-5');
  expect(logOf(stage, runId)).not.toContain('Nobody may have been asked');
});
