import { expect, test } from 'vitest';
import { type PipelineRun, pipelineRunSchema } from '../../bridge/model/pipeline-run.ts';
import { approveCallSchema, deployCallSchema, entityCallSchema } from '../../bridge/model/portal-calls.ts';
import { callingRun } from '../../bridge/model/run-caller.ts';

const SYS_ID = 'c'.repeat(32);
const AUTOMATION = {
  inputs: null,
  trigger: {},
  entity: null,
  action: { identifier: 'a' },
  run: { id: 'r_auto' },
};

test.each([
  ['the shipped action', { runId: 'r_1', changeId: SYS_ID, approval_status: 'approved' }, 'r_1', undefined],
  [
    'a template that spreads its inputs',
    {
      approval_status: 'declined',
      reason: '',
      port_context: { runId: 'r_1' },
      system_id: SYS_ID,
      runId: 'r_x',
    },
    'r_1',
    undefined,
  ],
  ['what the agent passes on', { action: 'a', context: { entity: SYS_ID, runId: 'r_1' } }, 'r_1', undefined],
  [
    'an automation’s context',
    { ...AUTOMATION, event: { action: 'CREATE', diff: { before: null, after: { id: 'r_1' } } } },
    'r_1',
    'r_auto',
  ],
  [
    'an event of the change log',
    { action: 'CREATE', diff: { before: null, after: { id: 'r_1' } } },
    'r_1',
    undefined,
  ],
] as const)('%s names the run that wants to decide, and who told of it', (_, body, run, caller) => {
  expect(approveCallSchema.parse(body)).toEqual({ run, caller });
});

test.each([
  ['the shipped action', { runId: 'r_1', entity: 'shop', inputs: {} }, 'r_1', undefined],
  [
    'an action that calls another one',
    { properties: { deploy_run_id: 'r_1', runId: 'r_1', environment: 'Staging' } },
    'r_1',
    undefined,
  ],
  [
    'a check before it',
    { deploy_run_id: 'r_1', runId: 'r_1', approval_status: 'pending', port_context: { runId: 'r_check' } },
    'r_1',
    'r_check',
  ],
  ['a check by itself', { deploy_run_id: null, port_context: { runId: 'r_check' } }, 'r_check', undefined],
  [
    'a check through the agent',
    { context: { runId: 'r_check' }, payload: { properties: { deploy_run_id: 'r_1' } } },
    'r_1',
    'r_check',
  ],
] as const)(
  '%s names the run that wants to be deployed, and the run of its check',
  (_, body, run, checkRun) => {
    expect(deployCallSchema.parse(body)).toEqual({ run, checkRun });
  },
);

test.each([
  [
    'a template',
    { port_context: { runId: 'r_auto' }, system_id: SYS_ID, approval_status: 'approved' },
    'r_auto',
  ],
  [
    'an automation’s context',
    { ...AUTOMATION, event: { diff: { after: { identifier: SYS_ID } } } },
    'r_auto',
  ],
  ['an event of the change log', { diff: { after: { identifier: SYS_ID } } }, undefined],
] as const)('%s names the change that was updated, and who told of it', (_, body, caller) => {
  expect(entityCallSchema.parse(body)).toEqual({ sysId: SYS_ID, caller, isEdit: false });
});

const edited = (origin?: unknown): boolean => entityCallSchema.parse({ system_id: SYS_ID, origin }).isEdit;

test('an update is a person’s edit only where the portal says that it came from its own interface', () => {
  expect([edited('UI'), edited('API'), edited(), edited(['UI'])]).toEqual([true, false, false, false]);
});

test('what names nothing is told what it lacks', () => {
  const problems = [approveCallSchema, deployCallSchema, entityCallSchema].map(
    (schema) => schema.safeParse({ system_id: 'CHG0030001' }).error?.issues[0]?.message,
  );
  expect(problems).toEqual([
    'names no run of the approve action',
    'names no run of a deploy action',
    'must be the sys_id of a change: 32 lower-case hex digits',
  ]);
});

test.each([null, [], 'text', 7, { runId: '../x' }, { port_context: 'r_1', run: { id: 7 } }])(
  '%j tells no run',
  (body) => {
    expect(callingRun(body)).toBeUndefined();
  },
);

const METHOD = { type: 'GITLAB', groupName: 'platform/shop', projectName: 'checkout' };
const ASKED = { project: 'platform/shop/checkout', omitPayload: false, omitUserInputs: false };

test.each([
  [
    'what Port’s agent gets',
    { context: { runId: 'r_1' }, payload: { action: { invocationMethod: METHOD }, properties: {} } },
  ],
  ['what Port’s API shows of a run', { id: 'r_1', status: 'IN_PROGRESS', payload: METHOD, properties: {} }],
  ['a template with the method in it', { port_context: { runId: 'r_1' }, invocationMethod: METHOD }],
  ['a template with its fields', { runId: 'r_1', ...METHOD }],
])('%s asks for the pipeline of its project', (_, body) => {
  expect(pipelineRunSchema.parse(body)).toEqual({ runId: 'r_1', pipeline: ASKED, payload: body });
});

test('the method says what is left out, which ref it is for, and which variables it makes', () => {
  const method = {
    ...METHOD,
    defaultRef: 'release/1',
    omitPayload: true,
    omitUserInputs: true,
    pipelineVariables: { SERVICE: 'shop' },
  };
  expect(pipelineOf({ runId: 'r_1', ...method })).toEqual({
    project: 'platform/shop/checkout',
    defaultRef: 'release/1',
    omitPayload: true,
    omitUserInputs: true,
    variables: { SERVICE: 'shop' },
  });
});

test('variables that nobody has filled in yet are none: the inputs go', () => {
  const pipelineVariables = { SERVICE: '{{ .inputs.service }}' };
  expect(pipelineOf({ runId: 'r_1', ...METHOD, pipelineVariables })).toEqual(ASKED);
});

test.each([
  [{ runId: 'r_1', groupName: 'platform' }, 'must name the project'],
  [{ runId: 'r_1', ...METHOD, groupName: '' }, 'is no group of GitLab'],
  [{ runId: 'r_1', ...METHOD, projectName: '../../users' }, 'is no project of GitLab'],
  [{ runId: 'r_1', ...METHOD, projectName: 'checkout?x=' }, 'is no project of GitLab'],
  [METHOD, 'names no run (context.runId)'],
])('%j is told what is wrong', (body, problem) => {
  expect(pipelineRunSchema.safeParse(body).error?.issues.map(({ message }) => message)).toContain(problem);
});

function pipelineOf(body: object): PipelineRun['pipeline'] {
  return pipelineRunSchema.parse(body).pipeline;
}
