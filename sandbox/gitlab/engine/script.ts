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
  /** The bearer token for the bridge: the configured one, or this job's id_token. */
  bridgeToken: (bridge: Bridge) => string;
  deploy: (environment: string) => void;
  signal: AbortSignal;
  log: (line: string) => void;
};

export type JobResult = 'success' | 'failed' | 'success, no deployment';

type Script = (context: JobContext) => Promise<JobResult> | JobResult;

/**
 * The jobs that the project's .gitlab-ci.yml makes for this trigger, in their order. GitLab fixes their environments
 * here, before any of them reads the request: so each environment has its own deploy job.
 */
export function planJobs(project: Project, payload: TriggerPayload, claimsFirst: boolean): NewJob[] {
  if (requestedEnvironment(project, payload) === undefined) return [plain('check-request', 'approval')];
  const deploys = project.environments.map((environment) => deployment(project, environment));
  switch (payload.approval_status ?? 'pending') {
    case 'pending':
      return [plain('build', 'build'), plain('test', 'test'), plain('request-approval', 'gate'), ...deploys];
    case 'approved': {
      const isClaimed = project.useClaim && claimsFirst;
      return [
        ...(isClaimed ? [plain('claim-approval', 'approval')] : []),
        plain('build', 'build'),
        ...deploys,
      ];
    }
    case 'declined':
    case 'rejected':
      return [plain('note-decline', 'approval')];
    default:
      return [plain('check-request', 'approval')];
  }
}

/** The environment of the YAML that the request means: `Staging` in a form is `staging`. None named: the first. */
export function requestedEnvironment(project: Project, { environment }: TriggerPayload): string | undefined {
  if (environment === undefined) return project.environments[0];
  return project.environments.find((one) => one.toLowerCase() === environment.toLowerCase());
}

/** The script of a planned job, by its name. */
export function scriptOf({ name, environment }: Job): Script {
  return environment === null ? (SCRIPTS[name] ?? refuseRequest) : deployJob;
}

function deployment(project: Project, environment: string): NewJob {
  const isOnly = project.environments.length === 1;
  return {
    ...plain(isOnly ? 'deploy' : `deploy: [${environment}]`, 'deploy'),
    when: project.manualDeploy || project.mode === 'play' ? 'manual' : 'on_success',
    environment,
  };
}

function plain(name: string, stage: string): NewJob {
  return { name, stage, when: 'on_success', environment: null };
}

function buildJob({ pipeline, log }: JobContext): JobResult {
  log(`$ make build`);
  log(`Built ${entityOf(pipeline)} at ${pipeline.sha.slice(0, 8)}`);
  return 'success';
}

function testJob({ pipeline, log }: JobContext): JobResult {
  const coverage = pipeline.payload.coverage ?? pipeline.project.coverage;
  pipeline.coverage = coverage;
  log('$ make test');
  log(`Coverage: ${coverage} % (the threshold is ${pipeline.project.threshold} %)`);
  return 'success';
}

async function claimJob(context: JobContext): Promise<JobResult> {
  return (await claim(context)) ? 'success' : 'failed';
}

async function deployJob(context: JobContext): Promise<JobResult> {
  const { pipeline, job, bridge, deploy, log } = context;
  const { payload, project } = pipeline;
  const isApproval = payload.approval_status === 'approved' || pipeline.gateId !== null;
  const isClaimed = bridge?.token !== undefined || !project.useClaim || !isApproval || (await claim(context));
  if (!isClaimed) return 'failed';
  log(`$ ./deploy.sh ${entityOf(pipeline)} ${job.environment}`);
  if (project.deployFails) {
    log('ERROR: the cluster refused the rollout.');
    return 'failed';
  }
  deploy(job.environment ?? '');
  log('Deployed.');
  return 'success';
}

function declineJob({ pipeline, log }: JobContext): JobResult {
  const { change_number: number, decided_by: by, reason } = pipeline.payload;
  log(`${number ?? 'The change'} was declined${by === undefined ? '' : ` by ${by}`}: nothing is deployed.`);
  if (reason !== undefined) log(`Reason: ${reason}`);
  return 'success';
}

function refuseRequest({ pipeline, log }: JobContext): JobResult {
  const { approval_status: status, environment } = pipeline.payload;
  const { environments } = pipeline.project;
  if (requestedEnvironment(pipeline.project, pipeline.payload) === undefined) {
    log(`ERROR: the request is for ${environment}; this project deploys to ${environments.join(', ')}.`);
  } else {
    log(`ERROR: approval_status is "${status}". It must be pending, approved or declined.`);
  }
  log('Nothing is deployed.');
  return 'failed';
}

const SCRIPTS: Readonly<Record<string, Script>> = {
  build: buildJob,
  test: testJob,
  'request-approval': gateJob,
  'claim-approval': claimJob,
  'note-decline': declineJob,
};
