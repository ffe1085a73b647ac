import type { GitLabStandIn, Pipeline } from '../../sandbox/gitlab/server.ts';
import { type Finished, type Run, runPipeline } from './ci-local.ts';
import type { Outcome } from './job-log.ts';
import type { Machine } from './machine.ts';

/** The component's example with build, test, gate and deployment. */
const EXAMPLE = 'deploy-with-approval.gitlab-ci.yml';
/** What GitLab shows of a job by how its script ended. A warning is the exit code that its YAML allows. */
const STATUSES: Readonly<Record<Outcome, 'success' | 'failed'>> = {
  passed: 'success',
  warning: 'failed',
  failed: 'failed',
};

export type Jobs = Partial<
  Pick<Run, 'example' | 'payload' | 'coverage' | 'without' | 'programs' | 'manual' | 'signal'>
> & {
  readonly machine: Machine;
  readonly bridgeUrl: string;
  /** Another audience of the id_tokens than the component asks for, which is the bridge's address. */
  readonly audience?: string;
  /** Replaces claims of the id_tokens. */
  readonly claims?: object;
  readonly variables?: Readonly<Record<string, string>>;
};

/**
 * Runs the jobs of a pipeline that GitLab has made, as a runner of its own would, and tells GitLab how each ended, or that
 * it waits for a click. The pipeline's project has `runner: "none"`.
 */
export async function runJobs(gitlab: GitLabStandIn, pipeline: Pipeline, jobs: Jobs): Promise<Finished> {
  const { bridgeUrl, audience = bridgeUrl, claims = {}, variables = {}, ...rest } = jobs;
  const logs = new Map<string, string[]>();
  const onLine = (name: string, line: string): void => {
    const log = logs.get(name) ?? [];
    logs.set(name, [...log, line]);
    if (has(pipeline, name)) gitlab.setJob(pipeline.id, name, 'running', { log: logs.get(name) ?? [] });
  };
  const payload = pipeline.variables.find(({ key }) => key === 'TRIGGER_PAYLOAD')?.value;
  const finished = await runPipeline({
    example: EXAMPLE,
    coverage: String(pipeline.payload.coverage ?? pipeline.project.coverage),
    payload,
    ...rest,
    bridgeUrl,
    jobVariables: jobVariables(gitlab, pipeline, audience, claims),
    variables: { ...pipelineVariables(gitlab, pipeline), ...variables },
    onLine,
  });
  for (const [name, outcome] of Object.entries(finished.jobs)) {
    if (!has(pipeline, name)) continue;
    const allowFailure = outcome === 'warning';
    gitlab.setJob(pipeline.id, name, STATUSES[outcome], { allowFailure, log: logs.get(name) ?? [] });
  }
  const waiting = pipeline.jobs.filter(
    (job) => job.when === 'manual' && finished.jobs[job.name] === undefined,
  );
  if (finished.status === 'failed' || waiting.length === 0) gitlab.finish(pipeline.id, finished.status);
  else for (const job of waiting) gitlab.setJob(pipeline.id, job.name, 'manual');
  return finished;
}

/** A project may have jobs of its own, which the stand-in knows nothing of. */
function has(pipeline: Pipeline, name: string): boolean {
  return pipeline.jobs.some((job) => job.name === name);
}

/** What GitLab tells the jobs of each environment: an id_token, and the number and page of the job. */
function jobVariables(
  gitlab: GitLabStandIn,
  pipeline: Pipeline,
  audience: string,
  claims: object,
): Run['jobVariables'] {
  const [first] = pipeline.jobs;
  const jobs = pipeline.jobs.filter((job) => job === first || job.environment !== null);
  const tell = (of: (job: Pipeline['jobs'][number]) => string) =>
    Object.fromEntries(jobs.map((job) => [job.environment ?? '*', of(job)]));
  return {
    BRIDGE_ID_TOKEN: tell((job) => gitlab.idToken(pipeline.id, audience, claims, job.name)),
    CI_JOB_ID: tell((job) => String(job.id)),
    CI_JOB_URL: tell((job) => `${gitlab.url}/${pipeline.project.path}/-/jobs/${job.id}`),
  };
}

function pipelineVariables(gitlab: GitLabStandIn, pipeline: Pipeline): Record<string, string> {
  const { id, project, ref, sha, source } = pipeline;
  return {
    CI_PIPELINE_SOURCE: source,
    CI_PIPELINE_ID: String(id),
    CI_PIPELINE_URL: `${gitlab.url}/${project.path}/-/pipelines/${id}`,
    CI_PROJECT_ID: String(project.id),
    CI_COMMIT_SHA: sha,
    CI_COMMIT_SHORT_SHA: sha.slice(0, 8),
    CI_COMMIT_REF_NAME: ref,
  };
}
