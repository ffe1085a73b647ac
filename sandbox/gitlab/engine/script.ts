import { claim, gateJob } from './gate-script.ts';
import type { NewJob } from '../state/store.ts';
import { entityOf } from '../state/store.ts';
import type { Job, Pipeline, TriggerPayload } from '../state/model.ts';
import type { Bridge, Project } from '../options.ts';

/** What a job's script can see and do. */
export type JobContext = {
  pipeline: Pipeline;
  job: Job;
  pipelineUrl: string;
  bridge: Bridge | undefined;
  /** This job's id_token for the bridge, made anew. */
  idToken: (bridge: Bridge) => string;
  deploy: (environment: string) => void;
  signal: AbortSignal;
  log: (line: string) => void;
};

/** `left alone`: the job ends with the exit code that its YAML allows (75), and nothing is deployed. */
export type JobResult = 'success' | 'failed' | 'left alone';

type Script = (context: JobContext) => Promise<JobResult> | JobResult;

/**
 * The jobs of the project's .gitlab-ci.yml, in their order. GitLab makes them before any of them reads the request: so
 * they are the same for every request, and each environment has its own deploy job.
 */
export function planJobs(project: Project): NewJob[] {
  return [
    plain('deploy-request', '.pre'),
    plain('build', 'build'),
    plain('test', 'test'),
    plain('deploy-gate', 'gate'),
    ...project.environments.map((environment) => deployment(project, environment)),
  ];
}

/** The environment of the YAML that the request means: `Staging` in a form is `staging`. None named: the first. */
export function requestedEnvironment(project: Project, { environment }: TriggerPayload): string | undefined {
  if (environment === undefined) return project.environments[0];
  return project.environments.find((one) => one.toLowerCase() === environment.toLowerCase());
}

/** The script of a planned job, by its name. */
export function scriptOf({ name, environment }: Job): Script {
  if (environment !== null) return deployJob;
  const script = SCRIPTS[name];
  if (script === undefined) throw new RangeError(`There is no script of a job "${name}".`);
  return script;
}

function deployment(project: Project, environment: string): NewJob {
  return {
    ...plain(`deploy: [${environment}]`, 'deploy'),
    when: project.manualDeploy || project.mode === 'play' ? 'manual' : 'on_success',
    environment,
  };
}

function plain(name: string, stage: string): NewJob {
  return { name, stage, when: 'on_success', environment: null };
}

/** What the request says of the decision: `rejected` is `declined`, and nothing is `pending`. */
function wordOf({ payload }: Pipeline): string {
  const { approval_status: status = 'pending' } = payload;
  return status === 'rejected' ? 'declined' : status;
}

function requestJob({ pipeline, log }: JobContext): JobResult {
  const { payload, project } = pipeline;
  const word = wordOf(pipeline);
  const environment = requestedEnvironment(project, payload);
  if (!['pending', 'approved', 'declined'].includes(word)) {
    log('approval_status must be pending, approved or declined. Nothing is deployed.');
    return 'failed';
  }
  if (environment === undefined) {
    const all = project.environments.join(', ');
    log(`The request is for the environment ${payload.environment}; this project deploys to ${all}.`);
    log('Nothing is deployed.');
    return 'failed';
  }
  if (project.mode === 'play' && project.environments.length > 1) {
    log('Mode play needs exactly one environment: GitLab makes one waiting job for each.');
    return 'failed';
  }
  const { change_number: number = 'The change', decided_by: by = 'an approver', reason } = payload;
  if (word === 'pending') log(`A deployment of ${entityOf(pipeline)} to ${environment} is asked for.`);
  if (word === 'approved') log(`${number} was approved. The deploy job claims it.`);
  if (word === 'declined')
    log(`${number} was declined by ${by}: ${reason ?? 'no reason given'}. Nothing is deployed.`);
  return 'success';
}

function buildJob({ pipeline, log }: JobContext): JobResult {
  if (wordOf(pipeline) === 'declined') {
    log('Declined, nothing to build.');
    return 'success';
  }
  log(`$ make build`);
  log(`Built ${entityOf(pipeline)} at ${pipeline.sha.slice(0, 8)}`);
  return 'success';
}

function testJob({ pipeline, log }: JobContext): JobResult {
  if (wordOf(pipeline) !== 'pending') {
    log('Decided, nothing to test.');
    return 'success';
  }
  const coverage = pipeline.payload.coverage ?? pipeline.project.coverage;
  pipeline.coverage = coverage;
  log('$ make test');
  log(`Coverage: ${coverage} % (the threshold is ${pipeline.project.threshold} %)`);
  return 'success';
}

function measureJob(context: JobContext): Promise<JobResult> | JobResult {
  if (wordOf(context.pipeline) === 'pending') return gateJob(context);
  context.log('Decided already.');
  return 'success';
}

async function deployJob(context: JobContext): Promise<JobResult> {
  const { pipeline, job, deploy, log } = context;
  const { payload, project, gate } = pipeline;
  const environment = requestedEnvironment(project, payload);
  if (job.environment !== environment) {
    log(`The request is for ${environment}, so nothing is deployed to ${job.environment}.`);
    return 'left alone';
  }
  const word = wordOf(pipeline);
  const isOwn = gate === 'passed' || (gate === 'asked' && project.mode !== 'retrigger');
  if (word === 'declined' || (word === 'pending' && !isOwn)) {
    log('Not approved, so not deployed.');
    return 'left alone';
  }
  const needsClaim = project.useClaim && (word === 'approved' || gate === 'asked');
  if (needsClaim && !(await claim(context))) return 'failed';
  log(`$ make deploy`);
  if (project.deployFails) {
    log('ERROR: the cluster refused the rollout.');
    return 'failed';
  }
  deploy(environment ?? '');
  log(`Deployed ${entityOf(pipeline)} to ${environment}.`);
  return 'success';
}

const SCRIPTS: Readonly<Record<string, Script>> = {
  'deploy-request': requestJob,
  build: buildJob,
  test: testJob,
  'deploy-gate': measureJob,
};
