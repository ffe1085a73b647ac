import { z } from 'zod';
import type { Bridge } from '../options.ts';
import { entityOf } from '../state/store.ts';
import { callBridge, isOk, type BridgeAnswer, type BridgeCall } from './bridge-client.ts';
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
    pipeline.gate = 'passed';
    return 'success';
  }
  if (bridge === undefined) {
    log('Coverage is too low and no bridge is configured: the deployment is left out.');
    return 'success';
  }
  const answer = await call(context, bridge, { path: '/v1/gates', body: gateBody(context, coverage) });
  if (!isOk(answer.status)) {
    log('ERROR: the change request could not be asked for; nothing is deployed.');
    return 'failed';
  }
  pipeline.gate = 'asked';
  pipeline.gateId = parse(gateSchema, answer)?.id ?? null;
  log('A change request has been asked for.');
  if (project.mode === 'play') return 'success';
  if (project.mode === 'wait') return waitForDecision(context, bridge);
  log('This pipeline ends here; the decision starts the next one.');
  return 'success';
}

/** Whether this pipeline may use the approval that it was started with, or that its own gate got. */
export async function claim(context: JobContext): Promise<boolean> {
  const { pipeline, bridge, log } = context;
  const { approval_status: status, decision_id: given } = pipeline.payload;
  const id = status === 'approved' ? given : await ownDecision(context);
  if (bridge === undefined || id === undefined) {
    log(`ERROR: no ${bridge === undefined ? 'bridge is configured' : 'decision_id'}.`);
    log('Nothing is deployed without a claimed approval.');
    return false;
  }
  const path = `/v1/decisions/${encodeURIComponent(id)}/claim`;
  const answer = await call(context, bridge, { path, body: {} });
  const isGranted = answer.status === 200 && parse(claimSchema, answer) !== undefined;
  log(
    isGranted
      ? `The approval ${id} belongs to this pipeline.`
      : `ERROR: this pipeline may not use the approval ${id}. Nothing is deployed.`,
  );
  return isGranted;
}

/** The id_token says which pipeline asks. */
function gateBody({ pipeline, pipelineUrl }: JobContext, coverage: number): object {
  const { payload, project } = pipeline;
  const { threshold } = project;
  return {
    deploy_run_id: payload.deploy_run_id,
    reason: `Coverage ${coverage} % is below the threshold of ${threshold} %`,
    port_context: payload.port_context,
    service: entityOf(pipeline),
    environment: requestedEnvironment(project, payload),
    evidence: [
      { name: 'coverage', value: coverage, threshold, passed: coverage >= threshold, url: pipelineUrl },
    ],
    change: { priority: '1' },
  };
}

async function waitForDecision(context: JobContext, bridge: Bridge): Promise<JobResult> {
  for (;;) {
    const gate = await readGate(context, bridge, WAIT_SECONDS);
    if (gate === undefined) return 'failed';
    if (gate.status === 'approved') return 'success';
    if (gate.status !== 'open' && gate.status !== 'opening') {
      context.log(`The gate is ${gate.status}: nothing is deployed.`);
      context.pipeline.gate = 'declined';
      return 'success';
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
  });
  return answer.status === 200 ? parse(gateStatusSchema, answer) : undefined;
}

function call(
  { signal, log, idToken }: JobContext,
  bridge: Bridge,
  asked: Pick<BridgeCall, 'method' | 'path' | 'body'>,
): Promise<BridgeAnswer> {
  return callBridge(bridge, { ...asked, token: idToken(bridge), signal, log });
}

function parse<T>(schema: z.ZodType<T>, { body }: BridgeAnswer): T | undefined {
  try {
    return schema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
