import { expect, test } from 'vitest';
import { PEOPLE, PROJECT, type Stage, type StageOptions } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import {
  allowToDecide,
  decideInPortal,
  deploymentsOf,
  endOf,
  logOf,
  openedChange,
  patches,
  run,
  shows,
  startDeploy,
} from './scene.ts';
import { operatorCall } from './wire.ts';

const COMMIT = 'GET /api/v4/projects/42/repository/commits/';
/** As somebody typed it into their git once. */
const AUTHOR = 'Petra@Example.COM';

type Asked = { readonly stage: Stage; readonly runId: string; readonly sysId: string };

/** Dana asks for the deployment of a commit that Petra wrote. */
async function asked(options: Partial<StageOptions> = {}): Promise<Asked> {
  const stage = await stageForTest(options);
  stage.gitlab.push(PROJECT, 'main', { authorEmail: AUTHOR });
  const runId = startDeploy(stage);
  const sysId = await openedChange(stage, runId);
  await shows(stage, sysId, 'requested');
  return { stage, runId, sysId };
}

function workNotes(stage: Stage, sysId: string): string {
  const notes = stage.servicenow.rows('sys_journal_field').filter((row) => row['element_id'] === sysId);
  return notes.map((row) => row['value']).join('\n');
}

test('who wrote the commit may not approve its deployment in the portal, and may decline it', async () => {
  const { stage, sysId } = await asked();
  const own = decideInPortal(stage, sysId, 'approved', { by: PEOPLE.engineer });
  expect(await endOf(stage, own)).toBe('FAILURE');
  expect(logOf(stage, own)).toContain('Whoever wrote a commit may not approve its deployment (commit ');
  expect(patches(stage, sysId)).toHaveLength(0);
  const declined = decideInPortal(stage, sysId, 'declined', { by: PEOPLE.engineer });
  expect(await endOf(stage, declined)).toBe('SUCCESS');
});

test('where self-approval is allowed, the run, the work note and the timeline tell that the approver wrote the commit', async () => {
  const { stage, runId, sysId } = await asked({ env: { APPROVAL_SELF_APPROVAL: 'allow' } });
  const own = decideInPortal(stage, sysId, 'approved', { by: PEOPLE.engineer });
  expect(await endOf(stage, own)).toBe('SUCCESS');
  const told = /The approver wrote commit [0-9a-f]{40} themselves\./;
  expect(logOf(stage, own)).toMatch(told);
  expect(workNotes(stage, sysId)).toMatch(told);
  const timeline = await operatorCall(stage, `/v1/changes/${sysId}/timeline`);
  expect(await timeline.text()).toMatch(told);
  expect(await endOf(stage, runId)).toBe('SUCCESS');
  expect(deploymentsOf(stage, sysId)).toHaveLength(1);
});

test('where self-approval is allowed, it is told that the approver asked for the deployment', async () => {
  const { stage, sysId } = await asked({ env: { APPROVAL_SELF_APPROVAL: 'allow' } });
  allowToDecide(stage, PEOPLE.developer);
  const own = decideInPortal(stage, sysId, 'approved', { by: PEOPLE.developer });
  expect(await endOf(stage, own)).toBe('SUCCESS');
  expect(workNotes(stage, sysId)).toContain('The approver asked for this deployment themselves.');
});

test('a GitLab that does not tell the author costs no approval, and the work note says so', async () => {
  const { stage, sysId } = await asked({ env: { GITLAB_API_TOKEN: 'glpat-of-yesterday' } });
  const approve = decideInPortal(stage, sysId, 'approved');
  expect(await endOf(stage, approve)).toBe('SUCCESS');
  expect(workNotes(stage, sysId)).toMatch(
    /Nobody can tell whether the approver wrote commit .*GITLAB_API_TOKEN/,
  );
});

test('without a token that can read, GitLab is not asked', async () => {
  const { stage, sysId } = await asked({ env: { GITLAB_API_TOKEN: '' } });
  expect(await endOf(stage, decideInPortal(stage, sysId, 'approved'))).toBe('SUCCESS');
  expect(stage.gitlab.requests.list(COMMIT)).toHaveLength(0);
  expect(workNotes(stage, sysId)).not.toContain('wrote commit');
});

test('an outage of GitLab is waited for before an approval is written', async () => {
  const { stage, sysId } = await asked();
  stage.gitlab.faults.add({ kind: '502', match: COMMIT });
  const own = decideInPortal(stage, sysId, 'approved', { by: PEOPLE.engineer });
  await until('GitLab was asked twice', () => stage.gitlab.requests.list(COMMIT).length >= 2);
  expect(run(stage, own).status).toBe('IN_PROGRESS');
  expect(patches(stage, sysId)).toHaveLength(0);
  stage.gitlab.faults.clear();
  expect(await endOf(stage, own, 30_000)).toBe('FAILURE');
  expect(patches(stage, sysId)).toHaveLength(0);
});
