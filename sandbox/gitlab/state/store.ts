import { createHash } from 'node:crypto';
import { projectSchema, type Project, type ProjectChange, type ProjectOptions } from '../options.ts';
import type { Commit, Deployment, Job, JobStatus, Pipeline, PipelineStatus } from './model.ts';
import { isFinal } from './model.ts';

export type NewPipeline = Pick<
  Pipeline,
  'project' | 'ref' | 'source' | 'name' | 'variables' | 'payload' | 'yamlErrors'
>;
export type NewCommit = {
  sha?: string | undefined;
  authorName?: string | undefined;
  authorEmail?: string | undefined;
};
export type NewJob = Pick<Job, 'name' | 'stage' | 'when' | 'environment'>;

/** Everything this GitLab remembers. Only its methods change a status, so that no change goes unseen. */
export class GitLabState {
  readonly projects: readonly Project[];
  readonly pipelines: Pipeline[] = [];
  readonly deployments: Deployment[] = [];
  readonly now: () => number;
  #onStatus: (pipeline: Pipeline) => void = () => {};
  #lastJobId = 1000;
  readonly #lastIids = new Map<Project, number>();
  readonly #commits = new Map<Project, Commit[]>();

  /** Throws a ZodError that names the field when a project is malformed. */
  constructor(projects: readonly ProjectOptions[], now: () => number) {
    this.projects = projects.map((project) => projectSchema.parse(project));
    this.now = now;
  }

  /** The listener hears of every new status of a pipeline. */
  onStatus(listener: (pipeline: Pipeline) => void): void {
    this.#onStatus = listener;
  }

  /** By number or by full path, as the API's `:id`. */
  project(idOrPath: string): Project | undefined {
    return this.projects.find((one) => String(one.id) === idOrPath || one.path === idOrPath);
  }

  changeProject(project: Project, change: ProjectChange): void {
    Object.assign(project, change);
  }

  /** Puts a new commit on a branch: pipelines of before keep theirs. */
  push(project: Project, ref: string, commit: NewCommit = {}): Commit {
    const commits = this.#commits.get(project) ?? [];
    const nth = commits.filter((one) => one.ref === ref).length;
    const name = nth === 0 ? `${project.path}@${ref}` : `${project.path}@${ref}#${nth}`;
    const made: Commit = {
      sha: commit.sha ?? createHash('sha1').update(name).digest('hex'),
      ref,
      authorName: commit.authorName ?? project.user.name,
      authorEmail: commit.authorEmail ?? project.user.email,
      at: this.now(),
    };
    this.#commits.set(project, [...commits, made]);
    return made;
  }

  /** What the branch points to now. */
  head(project: Project, ref: string): Commit {
    return this.#commits.get(project)?.findLast((one) => one.ref === ref) ?? this.push(project, ref);
  }

  commit(project: Project, sha: string): Commit | undefined {
    return this.#commits.get(project)?.find((one) => one.sha === sha);
  }

  pipeline(id: number): Pipeline | undefined {
    return this.pipelines[id - 1];
  }

  job(project: Project, id: number): { pipeline: Pipeline; job: Job } | undefined {
    for (const pipeline of this.pipelines) {
      if (pipeline.project !== project) continue;
      const job = pipeline.jobs.find((one) => one.id === id);
      if (job !== undefined) return { pipeline, job };
    }
    return undefined;
  }

  addPipeline(fresh: NewPipeline, jobs: readonly NewJob[]): Pipeline {
    const now = this.now();
    const { project, ref } = fresh;
    const pipeline: Pipeline = {
      ...fresh,
      id: this.pipelines.length + 1,
      iid: this.#nextIid(project),
      sha: this.head(project, ref).sha,
      gate: null,
      gateId: null,
      status: 'created',
      coverage: null,
      jobs: jobs.map((job) => this.#newJob(job, now)),
      createdAt: now,
      updatedAt: now,
      startedAt: null,
      finishedAt: null,
    };
    this.pipelines.push(pipeline);
    return pipeline;
  }

  setStatus(pipeline: Pipeline, status: PipelineStatus): void {
    if (pipeline.status === status || isFinal(pipeline.status)) return;
    const now = this.now();
    pipeline.status = status;
    pipeline.updatedAt = now;
    if (status === 'running') pipeline.startedAt ??= now;
    if (isFinal(status)) pipeline.finishedAt = now;
    this.#onStatus(pipeline);
  }

  setJobStatus(job: Job, status: JobStatus, failureReason: string | null = null): void {
    const now = this.now();
    job.status = status;
    job.failureReason = failureReason;
    if (status === 'running') job.startedAt = now;
    if (isFinal(status)) job.finishedAt = now;
  }

  /** Puts a new job in the place of one that has ended, and makes what was skipped after it possible again. */
  retry(pipeline: Pipeline, ended: Job): Job {
    const again = this.#newJob(ended, this.now());
    const index = pipeline.jobs.indexOf(ended);
    for (const job of pipeline.jobs.slice(index)) if (job.status === 'skipped') job.status = 'created';
    pipeline.jobs.splice(index + 1, 0, again);
    ended.retried = true;
    again.status = 'pending';
    pipeline.finishedAt = null;
    // Past `setStatus`, which ends a pipeline for good.
    pipeline.status = 'pending';
    this.setStatus(pipeline, 'running');
    return again;
  }

  addDeployment(pipeline: Pipeline, environment: string): Deployment {
    const { payload, project } = pipeline;
    const deployment: Deployment = {
      id: this.deployments.length + 1,
      project_id: project.id,
      pipeline_id: pipeline.id,
      decision_id: payload.decision_id ?? null,
      change_number: payload.change_number ?? null,
      system_id: payload.system_id ?? null,
      deploy_run_id: payload.deploy_run_id ?? null,
      entity: entityOf(pipeline),
      environment,
      ref: pipeline.ref,
      sha: pipeline.sha,
      created_at: new Date(this.now()).toISOString(),
    };
    this.deployments.push(deployment);
    return deployment;
  }

  #nextIid(project: Project): number {
    const iid = (this.#lastIids.get(project) ?? 0) + 1;
    this.#lastIids.set(project, iid);
    return iid;
  }

  #newJob({ name, stage, when, environment }: NewJob, now: number): Job {
    return {
      name,
      stage,
      when,
      environment,
      id: ++this.#lastJobId,
      status: 'created',
      allowFailure: false,
      failureReason: null,
      retried: false,
      createdAt: now,
      startedAt: null,
      finishedAt: null,
      log: [],
    };
  }
}

/** What is deployed: the body's entity, else the project itself. */
export function entityOf(pipeline: Pipeline): string {
  return pipeline.payload.entity ?? pipeline.project.path.split('/').at(-1) ?? pipeline.project.path;
}
