import { type Commit, isFinal, type Job, type Pipeline, type PipelineStatus } from '../state/model.ts';
import type { Project } from '../options.ts';
import { tierOf } from './present-project.ts';

const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
const seconds = (from: number | null, to: number | null) =>
  from === null || to === null ? null : (to - from) / 1000;

export function pipelineUrl(base: string, pipeline: Pipeline): string {
  return `${base}/${pipeline.project.path}/-/pipelines/${pipeline.id}`;
}

export function jobUrl(base: string, pipeline: Pipeline, job: Job): string {
  return `${base}/${pipeline.project.path}/-/jobs/${job.id}`;
}

/** The words that GitLab shows for a pipeline's status. */
export function pipelineLabel({ status, jobs }: Pipeline): string {
  const hasWarning = jobs.some((job) => job.allowFailure && job.status === 'failed' && !job.retried);
  return status === 'success' && hasWarning ? 'passed with warnings' : statusLabel(status);
}

/** The word that GitLab shows for a status. */
export function statusLabel(status: PipelineStatus): string {
  return status === 'success' ? 'passed' : status;
}

/** A pipeline as the list shows it. */
export function pipelineBasic(base: string, pipeline: Pipeline) {
  return {
    id: pipeline.id,
    iid: pipeline.iid,
    project_id: pipeline.project.id,
    sha: pipeline.sha,
    ref: pipeline.ref,
    status: pipeline.status,
    source: pipeline.source,
    created_at: iso(pipeline.createdAt),
    updated_at: iso(pipeline.updatedAt),
    web_url: pipelineUrl(base, pipeline),
    name: pipeline.name,
  };
}

/** A pipeline as the trigger's 201 and `GET …/pipelines/:id` show it. */
export function pipelineFull(base: string, pipeline: Pipeline) {
  const { id, project, status } = pipeline;
  const label = pipelineLabel(pipeline);
  return {
    ...pipelineBasic(base, pipeline),
    before_sha: '0'.repeat(40),
    tag: false,
    yaml_errors: pipeline.yamlErrors,
    user: shownUser(base, project),
    started_at: iso(pipeline.startedAt),
    finished_at: iso(pipeline.finishedAt),
    committed_at: null,
    duration: isFinal(status) ? seconds(pipeline.startedAt, pipeline.finishedAt) : null,
    queued_duration: seconds(pipeline.createdAt, pipeline.startedAt),
    coverage: pipeline.coverage === null ? null : pipeline.coverage.toFixed(2),
    detailed_status: {
      icon: `status_${status}`,
      text: label,
      label,
      group: status,
      tooltip: label,
      has_details: true,
      details_path: `/${project.path}/-/pipelines/${id}`,
      illustration: null,
      favicon: `/assets/ci_favicons/favicon_status_${status}.png`,
    },
  };
}

/** A job as `GET …/pipelines/:id/jobs` shows it. */
export function jobFull(base: string, pipeline: Pipeline, job: Job) {
  const { name: _name, ...shown } = pipelineBasic(base, pipeline);
  return {
    id: job.id,
    status: job.status,
    stage: job.stage,
    name: job.name,
    ref: pipeline.ref,
    tag: false,
    coverage: job.name === 'test' ? pipeline.coverage : null,
    allow_failure: job.allowFailure,
    created_at: iso(job.createdAt),
    started_at: iso(job.startedAt),
    finished_at: iso(job.finishedAt),
    duration: seconds(job.startedAt, job.finishedAt),
    queued_duration: seconds(job.createdAt, job.startedAt),
    user: shownUser(base, pipeline.project),
    pipeline: shown,
    web_url: jobUrl(base, pipeline, job),
    failure_reason: job.failureReason ?? undefined,
    artifacts: [],
    runner: null,
    tag_list: [],
  };
}

function shownUser(base: string, { user: { id, username, name } }: Project) {
  return { id, username, name, state: 'active', avatar_url: null, web_url: `${base}/${username}` };
}

/** The time format of GitLab's webhooks: `2016-08-12 15:23:28 UTC`. */
const hookTime = (ms: number | null) =>
  ms === null
    ? null
    : new Date(ms)
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z$/, ' UTC');

/** The body of a Pipeline Hook. */
export function pipelineHook(base: string, pipeline: Pipeline, head: Commit) {
  const { project, status } = pipeline;
  const [namespace = '', name = project.path] = project.path.split(/\/(?=[^/]*$)/);
  return {
    object_kind: 'pipeline',
    object_attributes: {
      id: pipeline.id,
      iid: pipeline.iid,
      name: pipeline.name,
      ref: pipeline.ref,
      tag: false,
      sha: pipeline.sha,
      before_sha: '0'.repeat(40),
      source: pipeline.source,
      status,
      detailed_status: pipelineLabel(pipeline),
      stages: [...new Set(pipeline.jobs.map((job) => job.stage))],
      created_at: hookTime(pipeline.createdAt),
      finished_at: hookTime(pipeline.finishedAt),
      duration: seconds(pipeline.startedAt, pipeline.finishedAt),
      queued_duration: seconds(pipeline.createdAt, pipeline.startedAt),
      variables: pipeline.variables.map(({ key, value }) => ({ key, value })),
      url: pipelineUrl(base, pipeline),
    },
    merge_request: null,
    user: hookUser(project),
    project: {
      id: project.id,
      name,
      description: null,
      web_url: `${base}/${project.path}`,
      avatar_url: null,
      git_ssh_url: `git@gitlab.example.com:${project.path}.git`,
      git_http_url: `${base}/${project.path}.git`,
      namespace,
      visibility_level: 0,
      path_with_namespace: project.path,
      default_branch: project.refs[0],
      ci_config_path: null,
    },
    commit: {
      id: pipeline.sha,
      message: 'Deploy with a gate\n',
      title: 'Deploy with a gate',
      timestamp: iso(pipeline.createdAt),
      url: `${base}/${project.path}/-/commit/${pipeline.sha}`,
      author: { name: head.authorName, email: head.authorEmail },
    },
    builds: latest(pipeline)
      .toReversed()
      .map((job) => hookBuild(project, job)),
  };
}

function latest({ jobs }: Pipeline): Job[] {
  return jobs.filter((job) => !job.retried);
}

function hookUser({ user: { id, name, username } }: Project) {
  return { id, name, username, avatar_url: null, email: '[REDACTED]' };
}

function hookBuild(project: Project, job: Job) {
  return {
    id: job.id,
    stage: job.stage,
    name: job.name,
    status: job.status,
    created_at: hookTime(job.createdAt),
    started_at: hookTime(job.startedAt),
    finished_at: hookTime(job.finishedAt),
    duration: seconds(job.startedAt, job.finishedAt),
    queued_duration: seconds(job.createdAt, job.startedAt),
    failure_reason: job.failureReason,
    when: job.when,
    manual: job.when === 'manual',
    allow_failure: job.allowFailure,
    user: hookUser(project),
    runner: null,
    artifacts_file: { filename: null, size: null },
    environment:
      job.environment === null
        ? null
        : { name: job.environment, action: 'start', deployment_tier: tierOf(job.environment) },
  };
}
