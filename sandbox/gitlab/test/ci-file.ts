import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** One job of a .gitlab-ci.yml, as far as running it needs. */
type CiJob = {
  name: string;
  stage: string;
  script: string;
  dependencies: string[];
  artifacts: string[];
  allowedExitCodes: number[];
};

export type JobRun = { exit: number; output: string };
export type PipelineRun = { status: 'success' | 'failed'; jobs: Record<string, JobRun>; deployed: boolean };

export type RunOptions = {
  yaml: string;
  payload: object | undefined;
  env?: Record<string, string>;
  /** What `make test` measures. */
  coverage?: string;
  path: string;
};

const MAKEFILE = `build:
\t@echo built
test:
\t@echo "$(COVERAGE)" > coverage.txt
deploy:
\t@echo deployed >> "$(DEPLOYMENTS)"
`;

/**
 * Runs the file's jobs as a runner would: stage by stage, each job in a directory of its own that holds the
 * repository and the artifacts it depends on, its scripts in `sh`; after a failed job nothing more runs.
 */
export async function runPipeline(options: RunOptions): Promise<PipelineRun> {
  const root = await mkdtemp(join(tmpdir(), 'ci-file-'));
  try {
    const deployments = join(root, 'deployments');
    const env = { ...(await environment(options, root)), DEPLOYMENTS: deployments };
    const jobs: Record<string, JobRun> = {};
    let status: PipelineRun['status'] = 'success';
    for (const job of inOrder(options.yaml)) {
      const run = await runJob(root, job, env);
      jobs[job.name] = run;
      if (run.exit === 0 || job.allowedExitCodes.includes(run.exit)) continue;
      status = 'failed';
      break;
    }
    const deployed = await cp(deployments, join(root, 'seen')).then(
      () => true,
      () => false,
    );
    return { status, jobs, deployed };
  } finally {
    await rm(root, { recursive: true });
  }
}

async function environment(options: RunOptions, root: string): Promise<Record<string, string>> {
  const env: Record<string, string> = {
    PATH: options.path,
    CI_PROJECT_ID: '42',
    CI_PROJECT_NAME: 'cart',
    CI_PIPELINE_ID: '1234',
    CI_PIPELINE_URL: 'https://gitlab.example.com/shop/cart/-/pipelines/1234',
    CI_COMMIT_REF_NAME: 'main',
    BRIDGE_ID_TOKEN: 'id-token',
    BRIDGE_TRIES: '3',
    BRIDGE_PAUSE_SECONDS: '0',
    COVERAGE: options.coverage ?? '65',
    ...options.env,
  };
  if (options.payload !== undefined) {
    env['TRIGGER_PAYLOAD'] = join(root, 'payload.json');
    await writeFile(join(root, 'payload.json'), JSON.stringify(options.payload));
  }
  return env;
}

async function runJob(root: string, job: CiJob, env: Record<string, string>): Promise<JobRun> {
  const folder = join(root, 'builds', job.name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'Makefile'), MAKEFILE);
  for (const from of job.dependencies) {
    await cp(join(root, 'artifacts', from), folder, { recursive: true, force: true }).catch(() => {});
  }
  const run = await shell(job.script, folder, env);
  for (const path of job.artifacts) {
    const to = join(root, 'artifacts', job.name, path);
    await mkdir(dirname(to), { recursive: true });
    await cp(join(folder, path), to).catch(() => {});
  }
  return run;
}

function shell(script: string, cwd: string, env: Record<string, string>): Promise<JobRun> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-e', '-c', script], { cwd, env });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (part: Buffer) => void (output += part.toString()));
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ exit: code ?? -1, output }));
  });
}

function inOrder(yaml: string): CiJob[] {
  const stages = listAfter(yaml, 'stages');
  const blocks = yaml.split(/^(?=[\w-]+:)/m);
  const before = scriptBlock(blocks.find((one) => one.startsWith('default:')) ?? '', '  before_script:');
  const jobs = blocks
    .filter((one) => /^ {2}script:/m.test(one))
    .map((text): CiJob => ({
      name: text.slice(0, text.indexOf(':')),
      stage: /^ {2}stage: (.+)$/m.exec(text)?.[1] ?? '',
      script: `${before}\n${scriptBlock(text, '  script:')}`,
      dependencies: listAfter(text, 'dependencies'),
      artifacts: listAfter(text, 'paths'),
      allowedExitCodes: listAfter(text, 'exit_codes').map(Number),
    }));
  return jobs.toSorted((a, b) => stages.indexOf(a.stage) - stages.indexOf(b.stage));
}

/** The one `- |` block under a key: the lines that are indented deeper than its dash. */
function scriptBlock(text: string, key: string): string {
  const lines = text.split('\n');
  const start = lines.indexOf(key) + 2;
  const length = lines.slice(start).findIndex((line) => line !== '' && !line.startsWith('      '));
  const block = length === -1 ? lines.slice(start) : lines.slice(start, start + length);
  return block.map((line) => line.slice(6)).join('\n');
}

function listAfter(text: string, key: string): string[] {
  const inside = new RegExp(`^ *${key}: \\[(.*)\\]$`, 'm').exec(text)?.[1];
  return inside === undefined ? [] : inside.split(',').map((item) => item.trim());
}
