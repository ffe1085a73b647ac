import { callBridge } from './bridge-client.ts';
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
  deploy: () => void;
  signal: AbortSignal;
  log: (line: string) => void;
};

export type JobResult = 'success' | 'failed' | 'success, no deployment';

type Script = (context: JobContext) => Promise<JobResult> | JobResult;

/** The jobs that the project's .gitlab-ci.yml makes for this trigger, in their order. */
export function planJobs(project: Project, payload: TriggerPayload): NewJob[] {
  const deploy: NewJob = {
    ...plain('deploy', 'deploy'),
    when: project.manualDeploy ? 'manual' : 'on_success',
    environment: payload.environment ?? project.environment,
  };
  switch (payload.approval_status ?? 'pending') {
    case 'pending':
      return [plain('build', 'build'), plain('test', 'test'), plain('request-approval', 'gate'), deploy];
    case 'approved': {
      const claim = project.useClaim ? [plain('claim-approval', 'approval')] : [];
      return [...claim, plain('build', 'build'), deploy];
    }
    case 'declined':
    case 'rejected':
      return [plain('note-decline', 'approval')];
    default:
      return [plain('check-request', 'approval')];
  }
}

/** The script of a planned job, by its name. */
export function scriptOf(name: string): Script {
  return SCRIPTS[name] ?? unknownStatusJob;
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

async function gateJob(context: JobContext): Promise<JobResult> {
  const { pipeline, bridge, log } = context;
  const { payload, project } = pipeline;
  const coverage = pipeline.coverage ?? 0;
  if (coverage >= project.threshold) {
    log('Coverage is high enough: no approval needed.');
    return 'success';
  }
  if (bridge === undefined) {
    log('Coverage is too low and no bridge is configured: the deployment is left out.');
    return 'success, no deployment';
  }
  const environment = payload.environment ?? project.environment;
  const answer = await callBridge(bridge, {
    path: '/v1/gates',
    token: context.bridgeToken(bridge),
    idempotencyKey: `gate-${project.id}-${pipeline.id}`,
    body: {
      deploy_run_id: payload.deploy_run_id,
      pipeline: { project_id: project.id, id: pipeline.id, ref: pipeline.ref, url: context.pipelineUrl },
      reason: `Coverage ${coverage} % is below the threshold of ${project.threshold} %`,
      service: entityOf(pipeline),
      environment,
      change: { priority: '1' },
      port_context: payload.port_context,
    },
    signal: context.signal,
    log,
  });
  if (!isOk(answer.status)) {
    log('ERROR: the change request could not be asked for; nothing is deployed.');
    return 'failed';
  }
  log('A change request has been asked for. This pipeline ends here; the decision starts the next one.');
  return 'success, no deployment';
}

async function claimJob(context: JobContext): Promise<JobResult> {
  const { pipeline, bridge, log } = context;
  const id = pipeline.payload.decision_id;
  if (bridge === undefined || id === undefined) {
    log(`ERROR: no ${id === undefined ? 'decision_id in TRIGGER_PAYLOAD' : 'bridge is configured'}.`);
    log('Nothing is deployed without a claimed approval.');
    return 'failed';
  }
  const answer = await callBridge(bridge, {
    path: `/v1/decisions/${encodeURIComponent(id)}/claim`,
    token: context.bridgeToken(bridge),
    body: { project_id: pipeline.project.id, pipeline_id: pipeline.id },
    final: [409],
    signal: context.signal,
    log,
  });
  if (answer.status === 200) {
    log(`The approval ${id} belongs to this pipeline.`);
    return 'success';
  }
  if (answer.status === 409)
    log('ERROR: this approval is not for this pipeline to use. Nothing is deployed.');
  else log('ERROR: the approval could not be claimed. Nothing is deployed.');
  return 'failed';
}

function deployJob({ pipeline, deploy, log }: JobContext): JobResult {
  const { payload, project } = pipeline;
  log(`$ ./deploy.sh ${entityOf(pipeline)} ${payload.environment ?? project.environment}`);
  if (project.deployFails) {
    log('ERROR: the cluster refused the rollout.');
    return 'failed';
  }
  deploy();
  log('Deployed.');
  return 'success';
}

function declineJob({ pipeline, log }: JobContext): JobResult {
  const { change_number: number, decided_by: by, reason } = pipeline.payload;
  log(`${number ?? 'The change'} was declined${by === undefined ? '' : ` by ${by}`}: nothing is deployed.`);
  if (reason !== undefined) log(`Reason: ${reason}`);
  return 'success';
}

function unknownStatusJob({ pipeline, log }: JobContext): JobResult {
  log(`ERROR: approval_status is "${pipeline.payload.approval_status}".`);
  log('It must be pending, approved or declined. Nothing is deployed.');
  return 'failed';
}

function isOk(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300;
}

const SCRIPTS: Readonly<Record<string, Script>> = {
  build: buildJob,
  test: testJob,
  'request-approval': gateJob,
  'claim-approval': claimJob,
  deploy: deployJob,
  'note-decline': declineJob,
};
