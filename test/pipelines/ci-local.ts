import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;
const COMPONENT_URL = 'https://gitlab.example.com/platform/changebridge.git';
const ENTRY = join(ROOT, 'node_modules/gitlab-ci-local/dist/index.js');
const PLACEHOLDER = 'https://bridge.example.com';

const MAKEFILE = `build:
\t@mkdir -p dist && echo built >dist/app
test:
\t@echo "$(COVERAGE)" >coverage.txt
deploy:
\t@test -z "$(DEPLOY_FAILS)"
\t@echo "$(CI_ENVIRONMENT_NAME)" >>"$(DEPLOYMENTS)"
`;

export type Run = {
  /** The file under gitlab/examples, as it is but for the bridge's address; or the text of another one. */
  readonly example: string;
  readonly bridgeUrl: string;
  /** What GitLab tells of the pipeline. */
  readonly variables: Readonly<Record<string, string>>;
  /** The text of TRIGGER_PAYLOAD; undefined: there is none. */
  readonly payload: string | undefined;
  /** The id_token of the jobs, by their environment; `*`: of those that have none. */
  readonly idTokens: Readonly<Record<string, string>>;
  /** What `make test` measures. */
  readonly coverage?: string;
  /** Programs that the machine of the jobs does not have. */
  readonly without?: readonly string[];
  /** A manual job that somebody has played. */
  readonly manual?: string;
  /** Programs that it has in place of others: name and script. */
  readonly programs?: Readonly<Record<string, string>>;
};

export type Outcome = 'passed' | 'warning' | 'failed';
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
 * would, the jobs see the variables of GitLab and nothing of this process.
 */
export async function runPipeline(run: Run): Promise<Finished> {
  const home = await mkdtemp(join(tmpdir(), 'pipeline-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const project = join(home, 'checkout');
  const deployments = join(home, 'deployments');
  makeHome(home);
  makeRepository(project, {
    '.gitlab-ci.yml': textOf(run.example).replaceAll(PLACEHOLDER, run.bridgeUrl),
    Makefile: MAKEFILE,
  });
  const variables: Record<string, string> = {
    ...run.variables,
    DEPLOYMENTS: deployments,
    COVERAGE: run.coverage ?? '65',
  };
  if (run.payload !== undefined) {
    variables['TRIGGER_PAYLOAD'] = join(home, 'payload.json');
    writeFileSync(variables['TRIGGER_PAYLOAD'], run.payload);
  }
  const tokens = { BRIDGE_ID_TOKEN: { type: 'variable', values: run.idTokens } };
  writeFileSync(join(project, '.gitlab-ci-local-variables.yml'), JSON.stringify(tokens));
  const args = Object.entries(variables).flatMap(([name, value]) => ['--variable', `${name}=${value}`]);
  const played = run.manual === undefined ? [] : ['--manual', run.manual];
  const { log } = await ciLocal(project, [...args, ...played], {
    HOME: home,
    PATH: makePath(home, run.without ?? [], run.programs ?? {}),
    GCL_IGNORE_PREDEFINED_VARS: Object.keys(variables).join(','),
  });
  const jobs = outcomes(log);
  return {
    // Not the exit code: gitlab-ci-local allows every failure of a job that allows one exit code.
    status: Object.keys(jobs).length > 0 && !Object.values(jobs).includes('failed') ? 'success' : 'failed',
    jobs,
    log,
    deployed: existsSync(deployments) ? readFileSync(deployments, 'utf8').trim().split('\n') : [],
  };
}

function textOf(example: string): string {
  return example.includes('\n') ? example : readFileSync(join(ROOT, 'gitlab/examples', example), 'utf8');
}

/** A home whose git finds the component's repository, at a tag, where its address says. */
function makeHome(home: string): void {
  const component = join(home, 'component');
  const template = readFileSync(join(ROOT, 'gitlab/templates/deploy-gate.yml'), 'utf8');
  const settings = `[user]\n\tname = Dana\n\temail = dana@example.com\n[init]\n\tdefaultBranch = main
[url "file://${component}"]\n\tinsteadOf = ${COMPONENT_URL}\n[safe]\n\tdirectory = *
[uploadpack]\n\tallowFilter = true\n`;
  writeFileSync(join(home, '.gitconfig'), settings);
  makeRepository(component, { 'templates/deploy-gate.yml': template });
  git(component, 'tag', '1.0.0');
}

function makeRepository(directory: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(directory, 'templates'), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  git(directory, 'init', '--quiet');
  git(directory, 'add', '--all');
  git(directory, 'commit', '--quiet', '--message', 'All of it');
  git(directory, 'remote', 'add', 'origin', 'https://gitlab.example.com/platform/checkout.git');
  git(directory, 'update-ref', 'refs/remotes/origin/main', 'HEAD');
  git(directory, 'symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
}

function git(directory: string, ...args: readonly string[]): void {
  const home = join(directory, '..');
  execFileSync('git', args, { cwd: directory, env: { PATH: process.env['PATH'] ?? '', HOME: home } });
}

/** A PATH with an `apk` that installs nothing, without what the machine is to lack. */
function makePath(
  home: string,
  without: readonly string[],
  programs: Readonly<Record<string, string>>,
): string {
  const own = join(home, 'bin');
  mkdirSync(own);
  for (const [name, script] of Object.entries({ apk: '#!/bin/sh\n', ...programs })) {
    writeFileSync(join(own, name), script, { mode: 0o755 });
  }
  const system = ['/usr/local/bin', '/usr/bin', '/bin'];
  if (without.length === 0) return [own, ...system].join(':');
  const rest = join(home, 'rest');
  mkdirSync(rest);
  for (const directory of system) {
    for (const name of readdirSync(directory)) {
      if (without.includes(name) || existsSync(join(rest, name))) continue;
      symlinkSync(join(directory, name), join(rest, name));
    }
  }
  return `${own}:${rest}`;
}

async function ciLocal(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ log: string }> {
  const fixed = ['--force-shell-executor', '--shell-isolation', '--no-color'];
  const child = spawn(process.execPath, [ENTRY, ...fixed, ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part: Buffer) => void (log += part.toString()));
  }
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve());
  });
  return { log };
}

const WORDS: Readonly<Record<string, Outcome>> = { PASS: 'passed', WARN: 'warning', FAIL: 'failed' };

/** What gitlab-ci-local's report at the end says of each job. */
function outcomes(log: string): Record<string, Outcome> {
  const found: Record<string, Outcome> = {};
  // eslint-disable-next-line no-control-regex
  const plain = log.replaceAll(/\x1b\[[0-9;]*m/g, '');
  for (const [, word = '', name = ''] of plain.matchAll(/^ (PASS|WARN|FAIL) {2}(\S+(?: \S+)*)/gm)) {
    const outcome = WORDS[word];
    if (outcome !== undefined && !name.startsWith('Avoid')) found[name] = outcome;
  }
  return found;
}

/** Whether a shell takes the script; rejects with what it complains of. */
export async function parses(shell: readonly [string, ...string[]], script: string): Promise<void> {
  const [command, ...args] = shell;
  await promisify(execFile)(command, [...args, '-n', '-c', script]);
}
