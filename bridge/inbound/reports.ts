import { createHash } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { parseJson } from '../http/json.ts';
import type { PipelineCaller } from '../http/pipeline-auth.ts';
import { ProblemError } from '../http/problem.ts';
import type { Report } from '../ledger/run-reports.ts';
import { actingPipeline, type Trigger } from '../ledger/triggers.ts';
import { sysIdSchema } from '../model/change.ts';
import type { PipelineIdentity } from '../model/pipeline-identity.ts';
import { audited } from './audited.ts';
import { type Caller, callerOf, ruleOf, type StatedPipeline, statedPipelineSchema } from './caller.ts';
import type { InboundContext } from './context.ts';

const message = z.string().min(1).max(2_000);
const webAddress = z.url({ protocol: /^https?$/ }).max(500);
const pipeline = statedPipelineSchema.optional();
const logSchema = z.strictObject({ pipeline, message });
const runSchema = z
  .strictObject({
    pipeline,
    status: z.enum(['SUCCESS', 'FAILURE']).optional(),
    link: webAddress.optional(),
    message: message.optional(),
  })
  .refine(({ status, link, message: text }) => status ?? link ?? text, 'say a status, a link or a message');
const deploymentSchema = z.strictObject({
  pipeline,
  service: z.string().min(1).max(160).optional(),
  environment: z.string().min(1).max(255).optional(),
  status: z.enum(['success', 'failed']).optional(),
  jobUrl: webAddress.optional(),
  imageTag: z.string().min(1).max(255).optional(),
  commitSha: statedPipelineSchema.shape.sha,
  /** The number or the sys_id of the change that it was approved by. */
  change: z.string().max(40).optional(),
});
/** What the portal takes as an identifier (Port's OpenAPI document). */
const identifierSchema = z
  .string()
  .regex(/^[A-Za-z0-9@_.+:\\/=-]{1,100}$/, 'must be an identifier of the portal');

/** What pipelines report: lines and the end of their developer's run, and what they deployed. */
export function reportRoutes(inbound: InboundContext): Hono<PipelineCaller> {
  return new Hono<PipelineCaller>()
    .post('/runs/:runId/logs', async (c) => {
      const body = parseJson(await inbound.bodies.usual.readJson(c), logSchema);
      const runId = c.req.param('runId');
      return reportTo(inbound, c, runId, body.pipeline, (who) => logLine(who, body.message));
    })
    .patch('/runs/:runId', async (c) => {
      const body = parseJson(await inbound.bodies.usual.readJson(c), runSchema);
      const runId = c.req.param('runId');
      return reportTo(inbound, c, runId, body.pipeline, (who) => runNews(who, body));
    })
    .put('/deployments/:identifier', (c) => reportDeployment(inbound, c));
}

async function reportTo(
  inbound: InboundContext,
  c: Context<PipelineCaller>,
  runId: string,
  stated: StatedPipeline | undefined,
  reportOf: (caller: Caller) => Report,
): Promise<Response> {
  const identity = c.get('pipeline');
  await audited(inbound, identity, 'report', `run ${runId}`, async () => {
    const caller = reporter(inbound, identity, stated);
    const trigger = await triggerOf(inbound, caller);
    if (!(await belongs(inbound, runId, trigger))) {
      throw new ProblemError('not-found', 'This pipeline has no run with this id.');
    }
    await tell(inbound, runId, reportOf(caller), trigger);
  });
  return c.json({ status: 'accepted' }, 202);
}

/** Who reports. Throws `not-allowed` where no rule lets it. */
function reporter(
  inbound: InboundContext,
  identity: PipelineIdentity,
  stated: StatedPipeline | undefined,
): Caller {
  const caller = callerOf(identity, stated);
  ruleOf(caller, 'report', inbound.config.PIPELINE_RULES);
  return caller;
}

/** The record that the pipeline acts for: it was started for it, or it claimed it. */
async function triggerOf({ ledger }: InboundContext, caller: Caller): Promise<Trigger | undefined> {
  const { projectId, pipelineId } = caller;
  const started = await ledger.triggers.ofPipeline(projectId, pipelineId);
  const told = started ?? (await ledger.pipelines.get(projectId, pipelineId))?.trigger;
  const trigger = told === undefined || told === '' ? undefined : await ledger.triggers.get(told);
  const acting = trigger === undefined ? undefined : actingPipeline(trigger);
  return acting?.project === projectId && acting.id === pipelineId ? trigger : undefined;
}

/** The run that started the pipeline, the one of the deployment it acts for, and the one that approved it. */
async function belongs(
  { ledger }: InboundContext,
  runId: string,
  trigger: Trigger | undefined,
): Promise<boolean> {
  if (trigger === undefined) return false;
  if (trigger.run_id === runId || trigger.deploy_run === runId) return true;
  if (trigger.sys_id === undefined) return false;
  const approvals = await ledger.approveRuns.ofChange(trigger.sys_id);
  return approvals.some((run) => run.runId === runId && run.decision === trigger.decision);
}

/** A run that has ended takes no more: then the change's timeline is told instead. */
async function tell(
  { ledger, enqueue, clock }: InboundContext,
  runId: string,
  report: Report,
  trigger: Trigger | undefined,
): Promise<void> {
  const hasEnded = await ledger.runReports.ended(runId);
  if (!hasEnded) {
    await ledger.runReports.add(runId, report, clock());
    return enqueue('run-report', runId);
  }
  const sysId = trigger?.sys_id;
  const text = `Run ${runId} had ended before a pipeline reported: ${report.message ?? report.ends ?? report.link ?? ''}`;
  if (sysId !== undefined) await ledger.timeline.add(sysId, { at: clock(), what: 'late-report', text });
}

/** The same line of the same job is told once. */
function logLine(caller: Caller, text: string): Report {
  return { step: stepOf(caller, text), message: text };
}

function runNews(caller: Caller, body: z.output<typeof runSchema>): Report {
  const { status, link, message: text } = body;
  return {
    step: status === undefined ? stepOf(caller, JSON.stringify([link, text])) : 'end',
    ...(text === undefined ? {} : { message: text }),
    ...(link === undefined ? {} : { link }),
    ...(status === undefined ? {} : { ends: status, message: text ?? `The pipeline ended: ${status}` }),
  };
}

function stepOf({ identity, projectId, pipelineId }: Caller, text: string): string {
  const job = identity.kind === 'token' ? '' : identity.jobId;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return `pipeline-${projectId}-${pipelineId}-${job}-${digest}`;
}

async function reportDeployment(
  inbound: InboundContext,
  c: Context<PipelineCaller, '/deployments/:identifier'>,
): Promise<Response> {
  const body = parseJson(await inbound.bodies.usual.readJson(c), deploymentSchema);
  const identity = c.get('pipeline');
  const named = c.req.param('identifier');
  await audited(inbound, identity, 'report', `deployment ${named}`, async () => {
    const identifier = identifierSchema.safeParse(named);
    if (!identifier.success) throw new ProblemError('not-found', 'The portal takes no such identifier.');
    const stated = { ...body.pipeline, ...(body.commitSha === undefined ? {} : { sha: body.commitSha }) };
    const caller = reporter(inbound, identity, stated);
    await keepDeployment(inbound, identifier.data, caller, body);
  });
  return c.json({ status: 'accepted' }, 202);
}

async function keepDeployment(
  inbound: InboundContext,
  identifier: string,
  caller: Caller,
  body: z.output<typeof deploymentSchema>,
): Promise<void> {
  const { ledger, enqueue, clock } = inbound;
  const { identity, projectId, pipelineId, sha } = caller;
  const trigger = await triggerOf(inbound, caller);
  const change = trigger?.sys_id ?? (await namedChange(inbound, body.change));
  const facts = {
    pipeline: pipelineId,
    ...(body.service === undefined ? {} : { service: body.service }),
    ...(body.environment === undefined ? {} : { environment: body.environment }),
    ...(body.status === undefined ? {} : { status: body.status, ended_at: new Date(clock()).toISOString() }),
    ...(body.jobUrl === undefined ? {} : { job_url: body.jobUrl }),
    ...(body.imageTag === undefined ? {} : { image_tag: body.imageTag }),
    ...(change === undefined ? {} : { change }),
    ...(sha === undefined ? {} : { commit_sha: sha }),
    ...(identity.kind === 'token' || identity.user === '' ? {} : { user: identity.user }),
  };
  if (!(await ledger.deployments.report(identifier, projectId, facts, clock()))) {
    throw new ProblemError('not-found', 'This project has no deployment with this identifier.');
  }
  await enqueue('deployment', identifier);
  if (trigger?.sys_id === undefined) return;
  const where = body.environment === undefined ? '' : ` to ${body.environment}`;
  const text = `Pipeline ${pipelineId} deployed${where}: ${body.status ?? 'no status'}.`;
  await ledger.timeline.add(trigger.sys_id, { at: clock(), what: 'deployment', text });
}

/** A change that the bridge knows, by number or sys_id. */
async function namedChange(
  { ledger }: InboundContext,
  name: string | undefined,
): Promise<string | undefined> {
  if (name === undefined) return undefined;
  return sysIdSchema.safeParse(name).success ? name : ledger.changes.sysIdOf(name);
}
