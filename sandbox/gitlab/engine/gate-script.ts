import { z } from 'zod';
import type { Bridge } from '../options.ts';
import { entityOf } from '../state/store.ts';
import { callBridge, isOk, isRefusal, type BridgeAnswer, type BridgeCall } from './bridge-client.ts';
import { requestedEnvironment, type JobContext, type JobResult } from './script.ts';

const WAIT_SECONDS = 50;

const gateSchema = z.object({ id: z.string().optional() });
const gateStatusSchema = z.object({
  status: z.enum(['opening', 'open', 'approved', 'declined', 'withdrawn', 'refused']),
  decision_id: z.string().optional(),
});
const claimSchema = z.object({ claimed: z.literal(true) });

/** Measures, and asks the bridge for a gate where the coverage is too low. */
export async function gateJob(context: JobContext): Promise<JobResult> {
  const { pipeline, bridge, log } = context;
  const { project } = pipeline;
  const coverage = pipeline.coverage ?? 0;
  if (coverage >= project.threshold && project.mode !== 'play') {
    log('Coverage is high enough: no approval needed.');
    return 'success';
  }
  if (bridge === undefined) {
    log('Coverage is too low and no bridge is configured: the deployment is left out.');
    return 'success, no deployment';
  }
  const answer = await call(context, bridge, {
    path: '/v1/gates',
    body: gateBody(context, bridge, coverage),
    ...(bridge.token === undefined ? {} : { idempotencyKey: `gate-${project.id}-${pipeline.id}` }),
    isFinal: bridge.token === undefined ? isRefusal : () => false,
  });
  if (!isOk(answer.status)) {
    log('ERROR: the change request could not be asked for; nothing is deployed.');
    return 'failed';
  }
  pipeline.gateId = parse(gateSchema, answer)?.id ?? null;
  log('A change request has been asked for.');
  if (project.mode === 'play') return 'success';
  if (project.mode === 'wait') return waitForDecision(context, bridge);
  log('This pipeline ends here; the decision starts the next one.');
  return 'success, no deployment';
}

/** Whether this pipeline may use the approval that it was started with, or that its own gate got. */
export async function claim(context: JobContext): Promise<boolean> {
  const { pipeline, bridge, log } = context;
  const id = pipeline.payload.decision_id ?? (await ownDecision(context));
  if (bridge === undefined || id === undefined) {
    log(`ERROR: no ${bridge === undefined ? 'bridge is configured' : 'decision_id'}.`);
    log('Nothing is deployed without a claimed approval.');
    return false;
  }
  const answer = await call(context, bridge, {
    path: `/v1/decisions/${encodeURIComponent(id)}/claim`,
    body: bridge.token === undefined ? {} : { project_id: pipeline.project.id, pipeline_id: pipeline.id },
    isFinal: bridge.token === undefined ? isRefusal : (status) => status === 409,
  });
  const isGranted =
    answer.status === 200 && (bridge.token !== undefined || parse(claimSchema, answer) !== undefined);
  if (isGranted) log(`The approval ${id} belongs to this pipeline.`);
  else if (answer.status === 409)
    log('ERROR: this approval is not for this pipeline to use. Nothing is deployed.');
  else log('ERROR: the approval could not be claimed. Nothing is deployed.');
  return isGranted;
}

/** With a bearer token the body says which pipeline asks; an id_token says it itself. */
function gateBody({ pipeline, pipelineUrl }: JobContext, bridge: Bridge, coverage: number): object {
  const { payload, project } = pipeline;
  const environment = requestedEnvironment(project, payload) ?? payload.environment;
  const reason = `Coverage ${coverage} % is below the threshold of ${project.threshold} %`;
  const common = { deploy_run_id: payload.deploy_run_id, reason, port_context: payload.port_context };
  if (bridge.token !== undefined) {
    return {
      ...common,
      pipeline: { project_id: project.id, id: pipeline.id, ref: pipeline.ref, url: pipelineUrl },
      short_description: `Deploy ${entityOf(pipeline)} to ${payload.environment ?? project.environments[0]}`,
      business_service: entityOf(pipeline),
      priority: '1',
    };
  }
  const { threshold } = project;
  const passed = coverage >= threshold;
  const evidence = [{ name: 'coverage', value: coverage, threshold, passed, url: pipelineUrl }];
  return { ...common, service: entityOf(pipeline), environment, evidence, change: { priority: '1' } };
}

async function waitForDecision(context: JobContext, bridge: Bridge): Promise<JobResult> {
  for (;;) {
    const gate = await readGate(context, bridge, WAIT_SECONDS);
    if (gate === undefined) return 'failed';
    if (gate.status === 'approved') return 'success';
    if (gate.status !== 'open' && gate.status !== 'opening') {
      context.log(`The gate is ${gate.status}: nothing is deployed.`);
      return 'success, no deployment';
    }
  }
}

async function ownDecision(context: JobContext): Promise<string | undefined> {
  const { bridge } = context;
  if (bridge === undefined) return undefined;
  const gate = await readGate(context, bridge, 0);
  return gate?.status === 'approved' ? gate.decision_id : undefined;
}

async function readGate(context: JobContext, bridge: Bridge, seconds: number) {
  const id = context.pipeline.gateId;
  if (id === null) return undefined;
  const answer = await call(context, bridge, {
    method: 'GET',
    path: `/v1/gates/${encodeURIComponent(id)}?wait=${seconds}`,
    isFinal: isRefusal,
  });
  return answer.status === 200 ? parse(gateStatusSchema, answer) : undefined;
}

function call(
  { signal, log, bridgeToken }: JobContext,
  bridge: Bridge,
  asked: Omit<BridgeCall, 'token' | 'signal' | 'log'>,
): Promise<BridgeAnswer> {
  return callBridge(bridge, { ...asked, token: bridgeToken(bridge), signal, log });
}

function parse<T>(schema: z.ZodType<T>, { body }: BridgeAnswer): T | undefined {
  try {
    return schema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
