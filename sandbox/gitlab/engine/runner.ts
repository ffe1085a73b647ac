import { setTimeout as sleep } from 'node:timers/promises';
import type { Faults } from '../faults.ts';
import type { IdTokens } from './id-tokens.ts';
import type { GitLabState } from '../state/store.ts';
import type { FinalStatus, Job, Pipeline } from '../state/model.ts';
import type { Bridge } from '../options.ts';
import { isFinal } from '../state/model.ts';
import { pipelineUrl } from '../api/present.ts';
import { scriptOf, type JobResult } from './script.ts';

export type RunnerDeps = {
  state: GitLabState;
  faults: Faults;
  idTokens: IdTokens;
  baseUrl: () => string;
};

type Live = { abort: AbortController; release: () => void; play: () => void; done: Promise<void> };

/** Runs pipelines, job after job, on real timers. */
export class Runner {
  bridge: Bridge | undefined;
  readonly #deps: RunnerDeps;
  readonly #live = new Map<Pipeline, Live>();
  readonly #underway = new Set<Promise<void>>();

  constructor(bridge: Bridge | undefined, deps: RunnerDeps) {
    this.bridge = bridge;
    this.#deps = deps;
  }

  /** Lets a new pipeline run; returns at once. */
  start(pipeline: Pipeline): void {
    if (pipeline.project.runner === 'none') return this.#deps.state.setStatus(pipeline, 'pending');
    const freed = Promise.withResolvers<void>();
    this.#begin(pipeline, freed.resolve, (live) => this.#run(pipeline, live, freed.promise));
  }

  #begin(pipeline: Pipeline, release: () => void, work: (live: Live) => Promise<void>): void {
    const abort = new AbortController();
    const live: Live = { abort, release, play: () => {}, done: Promise.resolve() };
    this.#live.set(pipeline, live);
    const running = work(live).catch((error: unknown) => {
      if (!abort.signal.aborted) this.#systemFailure(pipeline, error);
    });
    live.done = running;
    this.#underway.add(running);
    void running.finally(() => {
      this.#underway.delete(running);
      if (this.#live.get(pipeline) === live) this.#live.delete(pipeline);
    });
  }

  /** Gives a pipeline that waits for a runner the runner it waits for. */
  release(pipeline: Pipeline): void {
    this.#live.get(pipeline)?.release();
  }

  /**
   * Starts a job that waits for a click. One that has ended is run again, as a new job: GitLab calls it playable too.
   * Undefined where GitLab says "Unplayable Job".
   */
  play(pipeline: Pipeline, job: Job): Job | undefined {
    if (job.when !== 'manual') return undefined;
    if (job.status !== 'manual') return this.retry(pipeline, job);
    this.#deps.state.setJobStatus(job, 'pending');
    this.#live.get(pipeline)?.play();
    return job;
  }

  /** Runs a job that has ended again, and what was skipped after it; undefined where it has not ended. */
  retry(pipeline: Pipeline, job: Job): Job | undefined {
    if (job.retried || !isFinal(job.status)) return undefined;
    const before = this.#live.get(pipeline)?.done ?? Promise.resolve();
    const again = this.#deps.state.retry(pipeline, job);
    if (pipeline.project.runner === 'none') return again;
    this.#begin(
      pipeline,
      () => {},
      async (live) => {
        await before;
        await this.#runJobs(pipeline, live);
      },
    );
    return again;
  }

  /** Ends a pipeline from outside, whatever it was doing. A finished one stays as it is. */
  finish(pipeline: Pipeline, status: FinalStatus): void {
    if (isFinal(pipeline.status)) return;
    this.#live.get(pipeline)?.abort.abort();
    for (const job of pipeline.jobs) {
      if (isFinal(job.status) || job.status === 'skipped') continue;
      const wasStarted = job.status === 'running' || status === 'canceled';
      this.#deps.state.setJobStatus(job, wasStarted ? status : 'skipped');
    }
    this.#deps.state.setStatus(pipeline, status);
  }

  async close(): Promise<void> {
    for (const { abort } of this.#live.values()) abort.abort();
    await Promise.allSettled(this.#underway);
  }

  async #run(pipeline: Pipeline, live: Live, freed: Promise<void>): Promise<void> {
    const { state, faults } = this.#deps;
    const { signal } = live.abort;
    // The trigger's answer says `created`; the runner comes after it.
    await sleep(0, undefined, { signal });
    state.setStatus(pipeline, 'pending');
    if (faults.take(pipeline.project.path, 'runner-stuck') !== undefined) await orAbort(freed, signal);
    await this.#runJobs(pipeline, live);
  }

  /** Runs all jobs that have not ended yet. */
  async #runJobs(pipeline: Pipeline, live: Live): Promise<void> {
    const { state } = this.#deps;
    for (const job of pipeline.jobs.filter(({ status }) => status === 'created' || status === 'pending')) {
      if (job.when === 'manual' && job.status === 'created') await this.#waitForPlay(pipeline, job, live);
      state.setStatus(pipeline, 'running');
      const result = await this.#runJob(pipeline, job, live.abort.signal);
      if (result === 'failed') return this.#failAfter(pipeline, job);
    }
    state.setStatus(pipeline, 'success');
  }

  async #waitForPlay(pipeline: Pipeline, job: Job, live: Live): Promise<void> {
    const played = Promise.withResolvers<void>();
    live.play = played.resolve;
    this.#deps.state.setJobStatus(job, 'manual');
    this.#deps.state.setStatus(pipeline, 'manual');
    await orAbort(played.promise, live.abort.signal);
  }

  async #runJob(pipeline: Pipeline, job: Job, signal: AbortSignal): Promise<JobResult> {
    const { state, faults, idTokens, baseUrl } = this.#deps;
    state.setJobStatus(job, 'running');
    await sleep(pipeline.project.stageMs, undefined, { signal });
    const log = (line: string) => void job.log.push(line);
    let result: JobResult = 'failed';
    if (faults.take(`${pipeline.project.path} ${job.name}`, 'job-fails') !== undefined) {
      log('ERROR: Job failed: exit code 1');
    } else {
      result = await scriptOf(job)({
        pipeline,
        job,
        pipelineUrl: pipelineUrl(baseUrl(), pipeline),
        bridge: this.bridge,
        idToken: (bridge) => idTokens.mint(pipeline, job, bridge.audience ?? bridge.url),
        deploy: (environment) => void state.addDeployment(pipeline, environment),
        signal,
        log,
      });
    }
    signal.throwIfAborted();
    if (result === 'left alone') {
      log('ERROR: Job failed: exit code 75');
      job.allowFailure = true;
    }
    if (result === 'success') state.setJobStatus(job, 'success');
    else state.setJobStatus(job, 'failed', 'script_failure');
    return result;
  }

  #failAfter(pipeline: Pipeline, failed: Job): void {
    for (const job of pipeline.jobs.slice(pipeline.jobs.indexOf(failed) + 1)) {
      if (job.status === 'created') this.#deps.state.setJobStatus(job, 'skipped');
    }
    this.#deps.state.setStatus(pipeline, 'failed');
  }

  #systemFailure(pipeline: Pipeline, error: unknown): void {
    const job = pipeline.jobs.find((one) => one.status === 'running');
    job?.log.push(`ERROR: Job failed (system failure): ${String(error)}`);
    if (job === undefined) this.#deps.state.setStatus(pipeline, 'failed');
    else {
      this.#deps.state.setJobStatus(job, 'failed', 'runner_system_failure');
      this.#failAfter(pipeline, job);
    }
  }
}

/** Waits for the promise, or rejects as soon as the signal aborts. */
async function orAbort(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  });
  await Promise.race([promise, aborted]);
}
