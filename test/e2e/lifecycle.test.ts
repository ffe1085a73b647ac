import { expect, test } from 'vitest';
import { verifyPack } from '../../bridge/ledger/evidence-pack.ts';
import { PROJECT, type Stage, type StageOptions } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { endOf, openedChange, recordOf, startDeploy } from './scene.ts';
import { operatorCall, quiet } from './wire.ts';

const FULL = { env: { CHANGE_LIFECYCLE: 'full' } };

/** A deployment that was asked for, approved in ServiceNow, and has ended. */
async function deployed(options: Partial<StageOptions> = {}, before?: (stage: Stage, sysId: string) => void) {
  const stage = await stageForTest(options);
  const runId = startDeploy(stage);
  const sysId = await openedChange(stage, runId);
  await until('somebody is asked', () => stage.servicenow.approvals(sysId).length > 0);
  before?.(stage, sysId);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  const end = await endOf(stage, runId, 40_000);
  return { stage, sysId, end };
}

function workNotes(stage: Stage, sysId: string): string[] {
  return stage.servicenow
    .rows('sys_journal_field')
    .filter((row) => row['element_id'] === sysId && row['element'] === 'work_notes')
    .map((row) => row['value'] ?? '');
}

function outcomes(stage: Stage, sysId: string): string[] {
  return workNotes(stage, sysId).filter((text) => text.includes('(Changebridge '));
}

async function timelineOf(stage: Stage, sysId: string): Promise<string> {
  return (await operatorCall(stage, `/v1/changes/${sysId}/timeline`)).text();
}

test('ServiceNow learns the outcome as one work note: what was deployed where, by which pipeline and commit', async () => {
  const { stage, sysId } = await deployed();
  await until('the note', () => outcomes(stage, sysId).length > 0);
  await quiet(stage);
  const pipeline = stage.gitlab.pipelines().at(-1);
  expect(outcomes(stage, sysId)).toHaveLength(1);
  const [note = ''] = outcomes(stage, sysId);
  expect(note).toContain('checkout was deployed to production.');
  expect(note).toContain(`Pipeline ${pipeline?.id}: ${stage.gitlab.url}/platform/checkout/-/pipelines/`);
  expect(note).toContain(`Commit: ${pipeline?.sha}`);
  expect(note).toContain('Approved by: ann');
  expect(recordOf(stage, sysId)['state']).toBe('-2');
});

test('with CHANGE_LIFECYCLE=full a change goes from New to Closed, one legal step at a time, with its actual times', async () => {
  const { stage, sysId, end } = await deployed(FULL);
  expect(end).toBe('SUCCESS');
  await until('it is closed', () => recordOf(stage, sysId)['state'] === '3');
  await quiet(stage);
  expect(recordOf(stage, sysId)).toMatchObject({ close_code: 'successful', active: 'false' });
  expect(recordOf(stage, sysId)['close_notes']).toContain('checkout was deployed to production.');
  expect(recordOf(stage, sysId)['work_start']).toMatch(/^\d{4}-/);
  expect(recordOf(stage, sysId)['work_end']).toMatch(/^\d{4}-/);
  const states = stage.servicenow.requests
    .list(`PATCH /api/now/table/change_request/${sysId}`)
    .flatMap(({ body }) => /"state":"(-?\d)"/.exec(JSON.stringify(body))?.[1] ?? []);
  expect(states).toEqual(['-4', '-1', '0', '3']);
  expect(outcomes(stage, sysId)).toHaveLength(1);
});

test('a deployment that failed closes its change as unsuccessful', async () => {
  const { stage, sysId, end } = await deployed(FULL, (each) => {
    each.gitlab.setProject(PROJECT, { deployFails: true });
  });
  expect(end).toBe('FAILURE');
  await until('it is closed', () => recordOf(stage, sysId)['state'] === '3');
  expect(recordOf(stage, sysId)['close_code']).toBe('unsuccessful');
});

test('an open task made by hand is told once, in ServiceNow’s words, and nothing is tried again', async () => {
  const { stage, sysId } = await deployed(FULL, ({ servicenow }, id) => {
    servicenow.instance.records.insert(
      'change_task',
      { change_request: id, short_description: 'Tell the help desk' },
      { userName: 'ann', userId: servicenow.user('ann').userId },
    );
  });
  await until('people are told', async () =>
    /ServiceNow did not move CHG0030001 from Review to Closed/.test(await timelineOf(stage, sysId)),
  );
  await quiet(stage);
  expect(recordOf(stage, sysId)['state']).toBe('0');
  expect((await timelineOf(stage, sysId)).match(/ServiceNow did not move/g)).toHaveLength(1);
});

test.each(['before', 'after'] as const)(
  'a note whose answer is lost %s it took effect stands there once',
  async (when) => {
    const { stage, sysId } = await deployed({}, (each) => {
      each.servicenow.faults.add({ kind: `timeout-${when}-effect`, match: 'PATCH ', times: 1 });
    });
    await until('the note', () => outcomes(stage, sysId).length > 0);
    await quiet(stage);
    expect(outcomes(stage, sysId)).toHaveLength(1);
  },
);

test('a step whose answer is lost is not made twice', async () => {
  const { stage, sysId } = await deployed(FULL, (each) => {
    each.servicenow.faults.add({ kind: 'timeout-after-effect', match: 'PATCH ', times: 3 });
  });
  await until('it is closed', () => recordOf(stage, sysId)['state'] === '3', 40_000);
  await quiet(stage, 40_000);
  expect(outcomes(stage, sysId)).toHaveLength(1);
  expect(recordOf(stage, sysId)['close_code']).toBe('successful');
});

test('what people did by hand counts: a change that they closed themselves is left alone', async () => {
  const stage = await stageForTest(FULL);
  const operate = (verb: string) =>
    operatorCall(stage, `/v1/flows/change-lifecycle/${verb}`, {
      reason: 'The change is closed by hand first',
    });
  expect((await operate('pause')).status).toBe(200);
  const runId = startDeploy(stage);
  const sysId = await openedChange(stage, runId);
  await until('somebody is asked', () => stage.servicenow.approvals(sysId).length > 0);
  stage.servicenow.decide(sysId, 'ann', 'approved');
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  stage.servicenow.closeChange(sysId, 'successful_issues');
  expect((await operate('resume')).status).toBe(200);
  await until('the note', () => outcomes(stage, sysId).length > 0);
  await quiet(stage);
  expect(recordOf(stage, sysId)['close_code']).toBe('successful_issues');
  expect(await timelineOf(stage, sysId)).not.toContain('did not move');
});

test('with CHANGE_LIFECYCLE=off ServiceNow is told nothing', async () => {
  const { stage, sysId } = await deployed({ env: { CHANGE_LIFECYCLE: 'off' } });
  await quiet(stage);
  expect(outcomes(stage, sysId)).toEqual([]);
});

function attachments(stage: Stage, sysId: string) {
  return stage.servicenow.rows('sys_attachment').filter((row) => row['table_sys_id'] === sysId);
}

test('one evidence pack is attached when a deployment has ended, and it can be verified', async () => {
  const { stage, sysId } = await deployed();
  await until('the evidence', () => attachments(stage, sysId).length > 0);
  await quiet(stage);
  expect(attachments(stage, sysId)).toHaveLength(1);
  const [row] = attachments(stage, sysId);
  expect(row?.['file_name']).toMatch(/^changebridge-.*-approved-\d+-success\.json$/);
  const authorization = `Basic ${Buffer.from('admin:admin').toString('base64')}`;
  const path = `/api/now/attachment/${row?.['sys_id'] ?? ''}/file`;
  const text = await (await fetch(`${stage.servicenow.url}${path}`, { headers: { authorization } })).text();
  const { findings, facts } = verifyPack(text, []);
  expect(findings).toEqual([]);
  expect(facts).toMatchObject({
    requested_by: 'dana@example.com',
    decision: { decision: 'approved', by: 'ann' },
    deployment: { outcome: 'success' },
    checks: [{ name: 'coverage', passed: false }],
  });
  const actions = facts?.audit.map((entry) => entry['action']) ?? [];
  expect(actions).toEqual(expect.arrayContaining(['gate', 'open-change', 'decision:approved', 'claim']));
});

test.each(['before', 'after'] as const)(
  'an attachment whose answer is lost %s it took effect is there once',
  async (when) => {
    const { stage, sysId } = await deployed({}, (each) => {
      each.servicenow.faults.add({
        kind: `timeout-${when}-effect`,
        match: 'POST /api/now/attachment',
        times: 1,
      });
    });
    await until('the evidence', () => attachments(stage, sysId).length > 0);
    await quiet(stage);
    expect(attachments(stage, sysId)).toHaveLength(1);
    expect(outcomes(stage, sysId)).toHaveLength(1);
  },
);

test('what a pipeline claims about the requester is not what the evidence says', async () => {
  const { stage, sysId } = await deployed({}, (each, id) => {
    const told = recordOf(each, id)['description'] ?? '';
    each.servicenow.updateChange(id, { description: `Requested by: the-boss@example.com\n${told}` });
  });
  await until('the evidence', () => attachments(stage, sysId).length > 0);
  const [row] = attachments(stage, sysId);
  const authorization = `Basic ${Buffer.from('admin:admin').toString('base64')}`;
  const path = `/api/now/attachment/${row?.['sys_id'] ?? ''}/file`;
  const text = await (await fetch(`${stage.servicenow.url}${path}`, { headers: { authorization } })).text();
  expect(verifyPack(text, []).facts?.requested_by).toBe('dana@example.com');
});
