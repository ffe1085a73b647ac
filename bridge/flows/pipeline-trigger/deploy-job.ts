import type { GitLabJob } from '../../outbound/gitlab.ts';

/** Which job of a pipeline an approval starts. */
export type Found =
  | { readonly kind: 'one'; readonly job: GitLabJob }
  | { readonly kind: 'none' }
  | { readonly kind: 'several'; readonly jobs: readonly GitLabJob[] };

/** The job that an earlier attempt was about. */
export type KnownJob = { readonly id: string; readonly name: string };

/** How far a job got. `ahead`: its pipeline has not come to it. `ended`: it ran, or was cancelled. */
export type Progress = 'ahead' | 'waits' | 'under-way' | 'succeeded' | 'ended' | 'skipped';

const UNDER_WAY = new Set([
  'pending',
  'preparing',
  'running',
  'waiting_for_resource',
  'waiting_for_callback',
  'canceling',
]);

/**
 * The deploy job of a pipeline: the one that an earlier attempt was about; else the one that GitLab named after the
 * environment (`parallel:matrix` names jobs like `deploy: [production]`); else the only one that keeps the pipeline
 * from going on. GitLab's API does not tell the environment of a job.
 */
export function findDeployJob(
  jobs: readonly GitLabJob[],
  environment: string | undefined,
  known?: KnownJob,
): Found {
  if (known !== undefined) {
    // Run again by somebody, it is another job of the same name.
    const job = jobs.find(({ id }) => id === known.id) ?? jobs.find(({ name }) => name === known.name);
    return job === undefined ? { kind: 'none' } : { kind: 'one', job };
  }
  const named = environment === undefined ? [] : jobs.filter((job) => isNamedAfter(job, environment));
  if (named.length > 0) return only(narrowed(named));
  return only(jobs.filter((job) => progressOf(job) === 'waits' && !job.isOptional));
}

function only(jobs: readonly GitLabJob[]): Found {
  const [job, ...others] = jobs;
  if (job === undefined) return { kind: 'none' };
  return others.length === 0 ? { kind: 'one', job } : { kind: 'several', jobs };
}

function narrowed(jobs: readonly GitLabJob[]): readonly GitLabJob[] {
  const waiting = jobs.filter((job) => progressOf(job) === 'waits');
  return waiting.length === 0 ? jobs : waiting;
}

function isNamedAfter({ name }: GitLabJob, environment: string): boolean {
  return name.toLowerCase().endsWith(`: [${environment.toLowerCase()}]`);
}

/** A status that is not known counts as `ahead`: nothing is started, and the job is looked at again. */
export function progressOf({ status }: GitLabJob): Progress {
  if (status === 'manual') return 'waits';
  if (status === 'success') return 'succeeded';
  if (status === 'failed' || status === 'canceled') return 'ended';
  if (status === 'skipped') return 'skipped';
  return UNDER_WAY.has(status) ? 'under-way' : 'ahead';
}
