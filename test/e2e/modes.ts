import { z } from 'zod';
import { PROJECT, PUBLIC_URL, type Stage, type StageOptions } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { openedChange, startDeploy } from './scene.ts';
import { type DecisionView, decisionsOf, setting } from './wire.ts';

// What the tests of the modes `play` and `wait` share: there, a decision belongs to the pipeline that asked.

export type Mode = 'play' | 'wait';
type Pipeline = ReturnType<Stage['gitlab']['pipelines']>[number];

/** What a stage needs so that the rule and the pipelines of the project are of this mode. */
export function inMode(mode: Mode): Partial<StageOptions> {
  return { apiScope: 'api', env: { PIPELINE_RULES: JSON.stringify([{ project: PROJECT, mode }]) } };
}

export async function stageInMode(mode: Mode, options: Partial<StageOptions> = {}): Promise<Stage> {
  const { env, ...rest } = inMode(mode);
  const stage = await stageForTest({ ...rest, ...options, env: { ...env, ...options.env } });
  stage.gitlab.setProject(PROJECT, { mode });
  return stage;
}

/** A deployment whose pipeline has asked for a gate and waits for its decision. */
export type Asked = { readonly runId: string; readonly sysId: string; readonly pipeline: Pipeline };

export async function askedDeploy(stage: Stage): Promise<Asked> {
  const runId = startDeploy(stage);
  const sysId = await openedChange(stage, runId);
  return { runId, sysId, pipeline: await pipelineThatWaits(stage, runId) };
}

/** The pipeline of a developer's run, once it has asked for its gate and waits for the decision. */
export function pipelineThatWaits(stage: Stage, runId: string): Promise<Pipeline> {
  return until('its pipeline waits', () =>
    stage.gitlab
      .pipelines()
      .find((each) => each.payload.deploy_run_id === runId && each.gateId !== null && isWaiting(each)),
  );
}

/** In mode `play` it is blocked, in mode `wait` the job that asked still runs. */
function isWaiting({ status, project }: Pipeline): boolean {
  return status === (project.mode === 'play' ? 'manual' : 'running');
}

export function deployments(stage: Stage, { pipeline }: Pick<Asked, 'pipeline'>) {
  return stage.gitlab.deployments().filter((each) => each.pipeline_id === pipeline.id);
}

/** The calls that started a job. */
export function plays(stage: Stage) {
  return stage.gitlab.requests.filter((each) => each.method === 'POST' && each.url.endsWith('/play'));
}

export function deployJob(pipeline: Pipeline) {
  const job = pipeline.jobs.findLast(({ environment }) => environment !== null);
  if (job === undefined) throw new Error(`Pipeline ${pipeline.id} has no deploy job.`);
  return job;
}

/** A person clicks on a job of GitLab's page: starts one that waits, or runs one again that has ended. */
export async function click(stage: Stage, job: number, verb: 'play' | 'retry'): Promise<void> {
  const headers = { 'private-token': setting(stage, 'GITLAB_API_TOKEN') };
  const path = verb === 'play' ? `/platform/checkout/-/jobs/${job}/play` : apiPath(job);
  const answer = await fetch(`${stage.gitlab.url}${path}`, { method: 'POST', headers, redirect: 'manual' });
  if (answer.status >= 400) throw new Error(`GitLab answered ${answer.status}.`);
}

function apiPath(job: number): string {
  return `/api/v4/projects/${PROJECT}/jobs/${job}/retry`;
}

/** The id_token of a job of a pipeline. */
export function tokenOf(stage: Stage, pipeline: Pipeline, claims: object = {}): string {
  return stage.gitlab.idToken(pipeline.id, PUBLIC_URL, claims, deployJob(pipeline).name);
}

export async function decided(stage: Stage, sysId: string, status: string): Promise<DecisionView> {
  return until(`the decision is ${status}`, async () =>
    (await decisionsOf(stage, sysId)).find((each) => each.status === status),
  );
}

export const problemSchema = z.looseObject({ type: z.string(), detail: z.string() });

/** A refusal in one line: its status and the name of the problem. */
export async function refusal(answer: Response): Promise<string> {
  const { type } = problemSchema.parse(await answer.json());
  return `${answer.status} ${type.replace('/docs/problems#', '')}`;
}
