import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeComponent, makeProject, textOf } from './checkout.ts';
import { JobLog, type Outcome } from './job-log.ts';
import { type Machine, makePath } from './machine.ts';

const ENTRY = new URL('../../node_modules/gitlab-ci-local/dist/index.js', import.meta.url).pathname;

export type Run = {
  /** The file under gitlab/examples, as it is but for the bridge's address; or the text of another one. */
  readonly example: string;
  readonly bridgeUrl: string;
  /** What GitLab tells of the pipeline. */
  readonly variables: Readonly<Record<string, string>>;
  /** What it tells each job by its environment, `*` being those that have none: the id_token, its number. */
  readonly jobVariables: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The text of TRIGGER_PAYLOAD; undefined: there is none. */
  readonly payload: string | undefined;
  /** What `make test` measures. */
  readonly coverage: string;
  /** This process, whose programs the jobs use. */
  readonly machine: Machine;
  /** A manual job that somebody has played. */
  readonly manual?: string;
  /** Programs that the machine of the jobs does not have. */
  readonly without?: readonly string[];
  /** Programs that it has in place of others: name and script. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Is told of each job that begins, and of each line of its log, as it comes. */
  readonly onLine?: (job: string, line: string) => void;
  /** Ends the pipeline's processes. */
  readonly signal?: AbortSignal;
};

export type Finished = {
  readonly status: 'success' | 'failed';
  /** The jobs that ran. */
  readonly jobs: Readonly<Record<string, Outcome>>;
  readonly log: string;
  /** The environments that were deployed to, in their order. */
  readonly deployed: readonly string[];
};

/**
 * Runs a pipeline's jobs with gitlab-ci-local in a repository of its own: the component is fetched at its tag as GitLab
 * would, the jobs see the variables of GitLab and nothing of this process. Rejects where it cannot be started.
 */
export async function runPipeline(run: Run): Promise<Finished> {
  const home = await mkdtemp(join(tmpdir(), 'pipeline-'));
  try {
    return await runIn(home, run);
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function runIn(home: string, run: Run): Promise<Finished> {
  const deployments = join(home, 'deployments');
  await makeComponent(home, run.machine);
  const project = await makeProject(home, textOf(run.example), run.bridgeUrl, run.machine);
  const variables: Record<string, string> = {
    ...run.variables,
    DEPLOYMENTS: deployments,
    COVERAGE: run.coverage,
  };
  if (run.payload !== undefined) {
    variables['TRIGGER_PAYLOAD'] = join(home, 'payload.json');
    writeFileSync(variables['TRIGGER_PAYLOAD'], run.payload);
  }
  const byJob = Object.entries(run.jobVariables);
  const file = Object.fromEntries(byJob.map(([name, values]) => [name, { type: 'variable', values }]));
  writeFileSync(join(project, '.gitlab-ci-local-variables.yml'), JSON.stringify(file));
  const args = Object.entries(variables).flatMap(([name, value]) => ['--variable', `${name}=${value}`]);
  const log = new JobLog(run.onLine);
  await ciLocal(project, [...args, ...(run.manual === undefined ? [] : ['--manual', run.manual])], run, log, {
    HOME: home,
    PATH: makePath(home, run),
    GCL_IGNORE_PREDEFINED_VARS: [...Object.keys(variables), ...Object.keys(run.jobVariables)].join(','),
  });
  const jobs = log.outcomes();
  return {
    // Not the exit code: gitlab-ci-local allows every failure of a job that allows one exit code.
    status: Object.keys(jobs).length > 0 && !Object.values(jobs).includes('failed') ? 'success' : 'failed',
    jobs,
    log: log.text,
    deployed: existsSync(deployments) ? readFileSync(deployments, 'utf8').trim().split('\n') : [],
  };
}

async function ciLocal(
  cwd: string,
  args: readonly string[],
  { signal, machine }: Run,
  log: JobLog,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const fixed = ['--force-shell-executor', '--shell-isolation', '--no-artifacts-to-source', '--no-color'];
  // A group of its own: the scripts of its jobs are its children, and end with it.
  const child = spawn(machine.execPath, [ENTRY, ...fixed, ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part: Buffer) => log.add(part.toString()));
  }
  const end = (): void => {
    if (child.pid !== undefined && child.exitCode === null) machine.kill(-child.pid, 'SIGKILL');
  };
  signal?.addEventListener('abort', end, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', () => resolve());
    });
  } finally {
    signal?.removeEventListener('abort', end);
  }
}
