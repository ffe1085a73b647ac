import { expect } from 'vitest';
import { z } from 'zod';
import { PEOPLE, type Stage, type StageOptions } from '../../stage/stage.ts';
import { until } from '../support/until.ts';
import { bridgeRoute, define } from './first-guide.ts';
import { portApi, run } from './scene.ts';
import { sendPort } from './wire.ts';

export const TRIGGER = '/trigger/pipeline';
export const BILLING = 43;
export const TOKEN = 'glptt-4f2e0c9a7d51b6383e10';
export const ACTION = 'runGitLabPipline';

export const WITH_BILLING: Partial<StageOptions> = {
  projects: [
    {
      id: BILLING,
      path: 'platform/shared/billing',
      triggerTokens: [TOKEN],
      refs: ['main', 'release/1', 'hotfix'],
      variablesAllowed: true,
      runner: 'none',
    },
  ],
  env: { PORT_DEPLOY_ACTIONS: `deploy_service_to_cluster,${ACTION}`, platform_shared_billing: TOKEN },
};

export const METHOD = {
  type: 'GITLAB',
  groupName: 'platform/shared',
  projectName: 'billing',
  defaultRef: 'release/1',
};

export type Pipeline = ReturnType<Stage['gitlab']['pipelines']>[number];

/** Somebody runs the action, which has this invocation method. What the form was left without is not told. */
export async function startRun(
  stage: Stage,
  inputs: Readonly<Record<string, unknown>>,
  invocationMethod: object = METHOD,
): Promise<string> {
  await define(stage, {
    identifier: ACTION,
    title: 'Trigger a pipeline',
    icon: 'DeployedAt',
    trigger: {
      type: 'self-service',
      operation: 'CREATE',
      userInputs: {
        properties: Object.fromEntries(
          Object.entries(inputs).map(([name, value]) => [name, { type: typeOf(value) }]),
        ),
        required: [],
      },
    },
    invocationMethod,
    requiredApproval: false,
  });
  // The form sends nothing for a field that was left empty.
  const filled = Object.entries(inputs).filter(([, value]) => value !== null);
  const path = `/actions/${ACTION}/runs?run_as=${encodeURIComponent(PEOPLE.developer)}`;
  const answer = await portApi(stage, path, { properties: Object.fromEntries(filled) });
  return z.object({ run: z.object({ id: z.string() }) }).parse(answer).run.id;
}

/** The type of a form's field that has this value. */
function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' || typeof value === 'boolean' ? typeof value : 'string';
}

/** What the portal sends for the action where it reaches the bridge itself: the JSON that an agent would get. */
export function webhookMethod(stage: Stage): object {
  return {
    type: 'WEBHOOK',
    url: bridgeRoute(stage, 'gitlab'),
    agent: false,
    synchronized: false,
    method: 'POST',
    body: {
      context: { runId: '{{ .run.id }}' },
      payload: { action: { invocationMethod: METHOD }, properties: '{{ .inputs }}' },
    },
  };
}

/** Port's agent brings a run: its JSON, with the action's method as it was when the run was made. */
export async function handOver(stage: Stage, runId: string, invocationMethod: object): Promise<void> {
  // An agent is told of every field, of an empty one too.
  const properties = { left: null, ...run(stage, runId).properties };
  const body = {
    action: ACTION,
    resourceType: 'run',
    status: 'TRIGGERED',
    trigger: { by: { user: { email: PEOPLE.developer } }, origin: 'UI', at: '2026-11-21T10:00:00.000Z' },
    context: { entity: null, blueprint: null, runId },
    payload: { entity: null, action: { invocationMethod, trigger: 'CREATE' }, properties },
  };
  expect((await sendPort(stage, 'gitlab', body)).status).toBe(202);
}

export async function onlyPipeline(stage: Stage): Promise<Pipeline> {
  const pipeline = await until('a pipeline', () => stage.gitlab.pipelines()[0]);
  expect(stage.gitlab.pipelines()).toHaveLength(1);
  return pipeline;
}

export function variablesOf({ variables }: Pipeline): Record<string, string> {
  const own = variables.filter(({ key }) => key !== 'TRIGGER_PAYLOAD');
  return Object.fromEntries(own.map(({ key, value }) => [key, value]));
}

export function payloadOf({ variables }: Pipeline): unknown {
  return JSON.parse(variables.find(({ key }) => key === 'TRIGGER_PAYLOAD')?.value ?? '');
}

export function triggerCalls(stage: Stage): number {
  return stage.gitlab.requests.filter((each) => each.method === 'POST' && each.url.includes(TRIGGER)).length;
}
