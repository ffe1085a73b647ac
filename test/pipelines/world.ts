import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { type GitLabStandIn, type Pipeline, startGitLab } from '../../sandbox/gitlab/server.ts';
import type { Finished } from '../../stage/runner/ci-local.ts';
import { type Jobs, runJobs } from '../../stage/runner/jobs.ts';
import { PEOPLE, PROJECT, SERVICE, type Stage, type StageOptions } from '../../stage/stage.ts';
import { logOf, openedChange, pipelinesOf } from '../e2e/scene.ts';
import { auditOf, setting } from '../e2e/wire.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';

/** The three systems and the bridge, with the component's own pipelines between them. */
export function openWorld(options: Partial<StageOptions> = {}): Promise<Stage> {
  return stageForTest({ pipelines: 'component', ...options });
}

type Options = Omit<Jobs, 'machine' | 'bridgeUrl' | 'signal'>;

/** Runs the jobs of a pipeline as GitLab's runner would; a call that is refused is not repeated for long. */
export function run(
  { gitlab, bridgeUrl }: Pick<Stage, 'gitlab' | 'bridgeUrl'>,
  pipeline: Pipeline,
  options: Options = {},
): Promise<Finished> {
  const end = new AbortController();
  onTestFinished(() => end.abort());
  const variables = { BRIDGE_RETRY_SECONDS: '2', ...options.variables };
  const world = { machine: process, bridgeUrl: bridgeUrl(), signal: end.signal };
  return runJobs(gitlab, pipeline, { ...world, ...options, variables });
}

/** A developer asks for a deployment in the portal: the pipeline that the bridge starts. */
export async function request(stage: Stage, environment = 'Production'): Promise<Pipeline> {
  const { id } = stage.port.startRun('deploy_service_to_cluster', {
    by: PEOPLE.developer,
    entity: SERVICE,
    properties: { environment },
  });
  const pipeline = await until('its pipeline', () =>
    stage.gitlab.pipelines().find((each) => each.payload.deploy_run_id === id),
  );
  await until('the developer is told', () => logOf(stage, id).includes(`Pipeline ${pipeline.id} started`));
  return pipeline;
}

export function runOf({ payload }: Pipeline): string {
  return payload.deploy_run_id ?? '';
}

/** The same, and the pipeline has asked for a gate already, as its gate job does: the decision is next. */
export async function asked(stage: Stage, environment = 'Production'): Promise<Asked> {
  const pipeline = await request(stage, environment);
  const body = {
    service: SERVICE,
    environment: environment.toLowerCase(),
    reason: 'coverage is 65, the threshold is 70',
    evidence: [{ name: 'coverage', value: 65, threshold: 70, passed: false }],
  };
  const answer = await fetch(`${stage.bridgeUrl()}/v1/gates`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${stage.gitlab.idToken(pipeline.id, stage.bridgeUrl())}`,
    },
    body: JSON.stringify(body),
  });
  if (answer.status !== 202) throw new Error(`The gate was answered ${answer.status}.`);
  const sysId = await openedChange(stage, runOf(pipeline));
  stage.gitlab.finish(pipeline.id, 'success');
  return { pipeline, sysId };
}
export type Asked = { readonly pipeline: Pipeline; readonly sysId: string };

/** An approver decides in ServiceNow: the pipeline that the bridge starts for it. */
export async function decide(stage: Stage, sysId: string, word: 'approved' | 'rejected'): Promise<Pipeline> {
  const before = pipelinesOf(stage, sysId).length;
  stage.servicenow.decide(sysId, PEOPLE.approver, word, word === 'rejected' ? 'Freeze until Monday' : '');
  return until('the next pipeline', () => pipelinesOf(stage, sysId)[before]);
}

/** A world in which a deployment was asked for and approved, and the pipeline that the bridge started for that. */
export async function approved(stage: Stage): Promise<Asked & { readonly next: Pipeline }> {
  const first = await asked(stage);
  return { ...first, next: await decide(stage, first.sysId, 'approved') };
}

/** Whoever knows the trigger token starts a pipeline, with whatever payload. */
export async function trigger(stage: Stage, payload: object): Promise<Pipeline> {
  const answer = await fetch(`${stage.gitlab.url}/api/v4/projects/${PROJECT}/trigger/pipeline`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: setting(stage, 'GITLAB_TRIGGER_TOKEN'), ref: 'main', ...payload }),
  });
  const { id } = z.object({ id: z.number() }).parse(await answer.json());
  const pipeline = stage.gitlab.pipelines().find((each) => each.id === id);
  if (pipeline === undefined) throw new Error(`GitLab has no pipeline ${id}.`);
  return pipeline;
}

/** What pipelines asked of the bridge, with how it ended, oldest first: `claim`, `claim:refused`, … */
export async function askedOf(stage: Stage, action: 'gate' | 'claim' | 'report'): Promise<string[]> {
  const entries = await auditOf(stage);
  return entries.map((entry) => entry.action).filter((each) => each.split(':')[0] === action);
}

/** A GitLab whose pipelines call no bridge: nothing listens at its address. */
export async function openGitLab(): Promise<{ gitlab: GitLabStandIn; bridgeUrl: () => string }> {
  const gitlab = await startGitLab({
    projects: [
      {
        id: PROJECT,
        path: 'platform/checkout',
        triggerTokens: [],
        environments: ['production', 'staging'],
        runner: 'none',
      },
    ],
  });
  onTestFinished(() => gitlab.close());
  return { gitlab, bridgeUrl: () => 'http://127.0.0.1:9' };
}

/** A triggered pipeline of such a GitLab. */
export function pipelineIn({ gitlab }: { gitlab: GitLabStandIn }, payload: object = {}): Pipeline {
  return gitlab.addPipeline(PROJECT, { ref: 'main', source: 'trigger', payload: { ...payload } });
}
