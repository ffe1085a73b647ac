import type { Context } from 'hono';
import { z } from 'zod';
import { parseJson } from '../http/json.ts';
import type { PipelineCaller } from '../http/pipeline-auth.ts';
import { ProblemError, type ProblemName } from '../http/problem.ts';
import { type Gate, type OwnPipeline, ownPipeline } from '../ledger/gates.ts';
import type { Trigger } from '../ledger/triggers.ts';
import { changeAddress, type ChangeRecord, field, nameOf } from '../model/change.ts';
import {
  CredentialsRefused,
  messageOf,
  OutcomeUnknown,
  RequestRefused,
  UpstreamUnavailable,
} from '../model/errors.ts';
import type { Decision } from '../model/decision.ts';
import type { PipelineIdentity } from '../model/pipeline-identity.ts';
import type { PipelineRule } from '../model/pipeline-rules.ts';
import { type NotStanding, whyHeld, whyNotStanding } from '../model/standing.ts';
import { type Caller, callerOf, ruleOf, type StatedPipeline, statedPipelineSchema } from './caller.ts';
import { audited } from './audited.ts';
import type { InboundContext } from './context.ts';

const claimSchema = z
  .strictObject({
    pipeline: statedPipelineSchema.optional(),
    project_id: statedPipelineSchema.shape.project_id,
    pipeline_id: statedPipelineSchema.shape.id,
  })
  .transform(({ pipeline = {}, project_id: project, pipeline_id: id }) => ({
    ...pipeline,
    ...(project === undefined ? {} : { project_id: project }),
    ...(id === undefined ? {} : { id }),
  }));

type Decided = Trigger & { readonly sys_id: string; readonly decision: Decision };
/** An approval on its way to a pipeline: what the claim is about. */
type Approval = Decided & { readonly decision: 'approved' };

/**
 * `POST /v1/decisions/{id}/claim`: binds an approval to the first pipeline that asks, after a look at ServiceNow. The
 * same pipeline may ask again, any other is refused; so is one that the approval was not for, or whose approval does
 * not stand at this moment.
 */
export function claimRoute(inbound: InboundContext) {
  return async (c: Context<PipelineCaller, '/decisions/:id/claim'>): Promise<Response> => {
    const identity = c.get('pipeline');
    const stated = parseJson(await inbound.bodies.usual.readJson(c), claimSchema);
    const name = c.req.param('id');
    const claimed = await audited(inbound, identity, 'claim', name, () =>
      claim(inbound, name, identity, stated),
    );
    return c.json(claimed);
  };
}

async function claim(
  inbound: InboundContext,
  name: string,
  identity: PipelineIdentity,
  stated: StatedPipeline,
): Promise<object> {
  const { ledger, enqueue, clock, config } = inbound;
  const decision = await decisionWith(inbound, name);
  const caller = callerOf(identity, stated);
  const { projectId: project, pipelineId: pipeline } = caller;
  const gate = await ledger.gates.ofChange(decision.sys_id);
  const own = ownPipeline(gate);
  const approval = approvalFor(decision, caller, own);
  const { id, sys_id: sysId } = approval;
  const environment = caller.environment ?? gate?.request.environment;
  const rule = ruleOf(caller, 'claim', config.PIPELINE_RULES, environment);
  refuseOtherGate(gate, caller);
  if (own === undefined) refuseOther(approval, caller);
  else refuseAllBut(own, caller);
  refuseOtherCommit(gate, caller, rule);
  const record = await standingChange(inbound, approval);
  const holder = await ledger.triggers.claim(id, project, pipeline, clock());
  if (holder !== `${project}/${pipeline}`) throw otherPipeline(holder);
  // The claim also tells which pipeline was started, should GitLab's own answer have been lost.
  const started = own === undefined ? { source: 'trigger', ref: approval.ref ?? '' } : {};
  await ledger.pipelines.observe(
    project,
    pipeline,
    { status: 'running', url: '', trigger: id, ...started },
    clock(),
  );
  await enqueue('pipeline-result', `${project}/${pipeline}`);
  if (own !== undefined) await handOn(inbound, approval, holder);
  if (config.CHANGE_LIFECYCLE !== 'off') {
    await ledger.lifecycles.claimed(id, clock());
    await enqueue('change-lifecycle', id);
  }
  return {
    claimed: true,
    decision_id: id,
    pipeline_id: pipeline,
    ...(caller.sha === undefined ? {} : { sha: caller.sha }),
    ...(caller.environment === undefined ? {} : { environment: caller.environment }),
    change: {
      sys_id: sysId,
      number: field(record, 'number'),
      url: changeAddress(config.SERVICENOW_INSTANCE_URL, sysId),
    },
  };
}

/** A person started the job before the bridge did, or where it could not: there is nothing left to wait for. */
async function handOn(
  { ledger, enqueue, clock }: InboundContext,
  { id, status }: Approval,
  holder: string,
): Promise<void> {
  if (status === 'triggered') return;
  if (status === 'parked')
    await ledger.triggers.resolve(id, 'pending', `Pipeline ${holder} has claimed it.`, clock());
  await enqueue('pipeline-trigger', id);
}

/** The decision with this id. Throws `not-found`. */
async function decisionWith(inbound: InboundContext, id: string): Promise<Decided> {
  const trigger = await inbound.ledger.triggers.get(id);
  const { sys_id: sysId, decision } = trigger ?? {};
  if (trigger !== undefined && sysId !== undefined && decision !== undefined) {
    return { ...trigger, sys_id: sysId, decision };
  }
  throw new ProblemError('not-found', 'There is no decision with this id.');
}

/** The decision as an approval of the caller's project. Throws the problem that stands against it. */
function approvalFor(decided: Decided, caller: Caller, own: OwnPipeline | undefined): Approval {
  const { id, decision, status, reason } = decided;
  const project = own?.project ?? decided.project;
  if (project !== undefined && project !== caller.projectId) {
    throw new ProblemError('other-project', `Decision ${id} is not about project ${caller.projectId}.`);
  }
  if (status === 'superseded' || status === 'abandoned') {
    throw new ProblemError(
      'superseded',
      `This decision is ${status}: ${reason ?? 'it may not be acted upon.'}`,
    );
  }
  if (decision !== 'approved') {
    throw new ProblemError('declined', 'The change was declined: nothing may be deployed.');
  }
  // Where the decision belongs to the gate's own pipeline, nothing has to be started for it first.
  const isHandedOn = own !== undefined || status === 'triggered' || status === 'triggering';
  if (project === undefined || !isHandedOn) {
    throw new ProblemError('undecided', `This decision is ${status}: no pipeline was started for it.`);
  }
  return { ...decided, decision };
}

/**
 * Throws `other-pipeline` for a pipeline that was not started for the approval. Where GitLab was called more than
 * once, because an answer was lost, any of those pipelines may be the one that deploys: the first that claims.
 */
function refuseOther(approval: Approval, { identity, projectId, pipelineId, ref }: Caller): void {
  const { claimed_by: holder, pipeline_id: started, attempt } = approval;
  const me = `${projectId}/${pipelineId}`;
  if (holder !== undefined && holder !== me) throw otherPipeline(holder);
  if (holder === me || started === pipelineId) return;
  if (started !== undefined && attempt === 1) throw otherPipeline(`${approval.project}/${started}`);
  if (identity.kind === 'id-token' && identity.pipelineSource !== 'trigger') {
    const text = `The bridge triggers the pipeline of this decision, and this one was started by "${identity.pipelineSource}".`;
    throw new ProblemError('other-pipeline', text);
  }
  if (ref !== undefined && approval.ref !== undefined && ref !== approval.ref) {
    const text = `The pipeline of this decision runs on ${approval.ref}, this one on ${ref}.`;
    throw new ProblemError('other-pipeline', text);
  }
}

/** Throws `other-pipeline` for any pipeline but the one that asked for the gate. */
function refuseAllBut(own: OwnPipeline, { projectId, pipelineId }: Caller): void {
  if (own.project !== projectId || own.id !== pipelineId) throw otherPipeline(`${own.project}/${own.id}`);
}

function otherPipeline(holder: string): ProblemError {
  const text = `This decision belongs to pipeline ${holder} (project/pipeline); this one may not deploy.`;
  return new ProblemError('other-pipeline', text);
}

/** A gate that expired lets nobody through, and one for an environment nobody to another. */
function refuseOtherGate(gate: Gate | undefined, { environment }: Caller): void {
  if (gate?.status === 'withdrawn') {
    throw new ProblemError('cancelled', gate.outcome ?? 'The gate was withdrawn.');
  }
  const asked = gate?.request.environment;
  if (asked === undefined || environment === undefined) return;
  if (asked.toLowerCase() === environment.toLowerCase()) return;
  const text = `The change was approved for ${asked}, and this job deploys to ${environment}.`;
  throw new ProblemError('identity-mismatch', text);
}

/** What was tested and approved is what goes out. */
function refuseOtherCommit(gate: Gate | undefined, { sha }: Caller, rule: PipelineRule): void {
  const asked = gate?.request.pipeline.sha;
  if (!rule.sameCommit || asked === undefined || sha === asked) return;
  const now = sha === undefined ? 'does not say which commit it is of' : `is of commit ${sha}`;
  const text = `Commit ${asked} was tested and approved, and this pipeline ${now}. Start the deployment of the commit that is to go out, so that it is tested and approved itself.`;
  throw new ProblemError('other-commit', text);
}

/** The change as ServiceNow shows it now. Throws the problem where the approval may not be acted upon at this moment. */
async function standingChange(inbound: InboundContext, approval: Approval): Promise<ChangeRecord> {
  const { ledger, clock, config } = inbound;
  const record = await readChange(inbound, approval.sys_id);
  const known = await ledger.changes.get(approval.sys_id);
  const standingId = known === undefined ? undefined : await ledger.triggers.standingIdOn(known);
  const notStanding = whyNotStanding(approval, { record, deleted: false, standingId });
  if (notStanding !== undefined) throw new ProblemError(problemOf(notStanding, record), notStanding.reason);
  const held = whyHeld('approved', record, { now: clock(), window: config.CHANGE_WINDOW });
  if (held === undefined) return record;
  const { notBefore } = held;
  const members = notBefore === undefined ? {} : { not_before: new Date(notBefore).toISOString() };
  throw new ProblemError(held.because, held.reason, undefined, members);
}

function problemOf({ because }: NotStanding, record: ChangeRecord): ProblemName {
  if (because === 'replaced') return 'superseded';
  if (because !== 'turned') return 'cancelled';
  return field(record, 'approval') === 'rejected' ? 'declined' : 'undecided';
}

async function readChange(inbound: InboundContext, sysId: string): Promise<ChangeRecord> {
  try {
    const record = await inbound.readChange(sysId);
    if (record !== undefined) return record;
  } catch (error) {
    if (!isUpstreamTrouble(error)) throw error;
    inbound.log.error(
      { change: sysId, error: messageOf(error) },
      'A claim was refused: ServiceNow cannot be asked.',
    );
    const waitMs = error instanceof UpstreamUnavailable ? error.retryAfterMs : undefined;
    const text =
      'ServiceNow cannot be asked whether the approval still stands. Nothing is deployed without a look.';
    const waitS = waitMs === undefined ? undefined : Math.max(1, Math.ceil(waitMs / 1_000));
    throw new ProblemError('servicenow-unavailable', text, waitS);
  }
  const known = await inbound.ledger.changes.get(sysId);
  const name = known === undefined ? sysId : nameOf(known.record);
  const text = `ServiceNow no longer shows ${name}: it was deleted, or the integration user may not read it.`;
  throw new ProblemError('cancelled', text);
}

function isUpstreamTrouble(error: unknown): boolean {
  return (
    error instanceof UpstreamUnavailable ||
    error instanceof CredentialsRefused ||
    error instanceof RequestRefused ||
    error instanceof OutcomeUnknown
  );
}
