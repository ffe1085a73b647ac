import { z } from 'zod';
import type { ApproveRun } from '../ledger/approve-runs.ts';
import type { Trigger } from '../ledger/triggers.ts';
import { type ChangeRecord, field, isCancelled, isClosed, nameOf } from '../model/change.ts';
import { deployId, toApprovalStatus, type Decision } from '../model/decision.ts';
import { NotYet, RequestRefused } from '../model/errors.ts';
import { namesDeployment, type Tags } from '../model/tags.ts';
import type { Route } from '../outbound/gitlab.ts';
import { type FlowContext, readAndObserve, tagsOf } from './context.ts';
import { actedUponBefore } from './old-decisions.ts';

/** What the portal's deploy action asked for, as it was accepted. */
export const deployRequestSchema = z.object({
  runId: z.string(),
  entity: z.string().optional(),
  actor: z.string().optional(),
  inputs: z.record(z.string(), z.unknown()),
});
export type DeployRequest = z.output<typeof deployRequestSchema>;

/** What to do with a trigger record now. */
export type Plan =
  | { readonly kind: 'go'; readonly route: Route; readonly payload: Readonly<Record<string, unknown>> }
  | { readonly kind: 'superseded' | 'parked' | 'abandoned'; readonly reason: string };

/** How long (ms) a decision waits for the portal approval that is being written to say who made it. */
const ATTRIBUTION_MS = 15_000;
const DELETED = 'The change was deleted in ServiceNow before its pipeline was started.';
// ServiceNow answers 404 for both.
const UNREADABLE =
  'ServiceNow no longer shows this change: it was deleted, or the integration user may not read it any more. Check that user, then resolve this decision: trigger or abandon.';

/** Reads ServiceNow right before the trigger: the decision must still stand there, on a change that lives. */
export async function planDecision(ctx: FlowContext, trigger: Trigger): Promise<Plan> {
  const { sys_id: sysId, decision } = trigger;
  if (sysId === undefined || decision === undefined)
    return { kind: 'parked', reason: 'The record is damaged.' };
  const record = await readAndObserve(ctx, sysId);
  if (record === undefined) {
    const gone = (await ctx.ledger.changes.get(sysId))?.deleted === true;
    return gone ? { kind: 'superseded', reason: DELETED } : { kind: 'parked', reason: UNREADABLE };
  }
  const turned = await turnedAway(ctx, trigger, record, decision);
  if (turned !== undefined) return { kind: 'superseded', reason: turned };
  const tags = await tagsOf(ctx, record);
  if (!namesDeployment(tags)) {
    return {
      kind: 'abandoned',
      reason: `${nameOf(record)} names no deployment in ${ctx.settings.tagsField}: there is no pipeline to start.`,
    };
  }
  const route = routeOf(ctx, tags);
  if (typeof route === 'string') return { kind: 'parked', reason: route };
  const isFirst = trigger.attempt === 0 && !trigger.resolved;
  const doubt = isFirst ? await actedUponBefore(ctx, record, decision, route) : undefined;
  if (doubt !== undefined) return { kind: 'parked', reason: doubt };
  const author = await authorOf(ctx, record, trigger, decision);
  await ctx.ledger.triggers.describe(trigger.id, {
    sentence: sentenceOf(record, decision, author),
    ...(tags.deployRun === undefined ? {} : { deploy_run: tags.deployRun }),
  });
  // The second pipeline deploys what the first one was asked to.
  const asked = await askedFor(ctx, tags.deployRun);
  return { kind: 'go', route, payload: { ...asked, ...decisionPayload(record, decision, tags, author) } };
}

/** Why the decision no longer stands; undefined while it does. */
async function turnedAway(
  ctx: FlowContext,
  trigger: Trigger,
  record: ChangeRecord,
  decision: Decision,
): Promise<string | undefined> {
  const approval = field(record, 'approval');
  if (approval !== decision) return `ServiceNow now shows the approval as "${approval}".`;
  if (decision === 'approved' && isCancelled(record)) return 'The change was cancelled.';
  if (decision === 'approved' && isClosed(record)) return 'The change was closed.';
  const standing = await ctx.ledger.triggers.recordDecision(
    record.sysId,
    { status: 'pending', reason: '' },
    ctx.clock(),
  );
  if (standing === undefined || standing === trigger.id) return undefined;
  await ctx.enqueue('pipeline-trigger', standing);
  return `A newer decision (${standing}) took its place.`;
}

/** The project, ref and token for a change; a sentence where there is none. */
function routeOf(ctx: FlowContext, tags: Tags): Route | string {
  const { settings } = ctx;
  const project = tags.gitlabProject ?? settings.gitlabProject;
  const token = settings.triggerTokens.get(project);
  if (token === undefined) {
    return `No trigger token is configured for GitLab project ${project}: add it to GITLAB_TRIGGER_TOKENS, then resolve this decision with "trigger".`;
  }
  return { project, ref: tags.gitlabRef ?? settings.gitlabRef, token };
}

type Author = { readonly name: string; readonly reason: string; readonly approveRun?: string };

/** Who decided: the portal's user where this decision is the portal's, else who ServiceNow names. */
async function authorOf(
  ctx: FlowContext,
  record: ChangeRecord,
  trigger: Trigger,
  decision: Decision,
): Promise<Author> {
  const version = trigger.version ?? record.version;
  const wishes = await ctx.ledger.approveRuns.ofChange(record.sysId);
  const wish = wishes.find((candidate) => isOrigin(candidate, decision, version));
  if (wish?.status === 'writing' && ctx.clock() - wish.updated_at < ATTRIBUTION_MS) {
    throw new NotYet('The portal approval behind this decision is still being confirmed.', 100);
  }
  // Never confirmed, but the record was last written by the bridge's own account.
  const ownWrite = isOwn(ctx, record);
  if (wish?.status === 'applied' || (wish !== undefined && ownWrite)) {
    return { name: wish.actor ?? 'a portal user', reason: wish.reason ?? '', approveRun: wish.runId };
  }
  const approver = await approverOf(ctx, record.sysId, decision);
  return { name: approver ?? (field(record, 'sys_updated_by') || 'ServiceNow'), reason: '' };
}

function isOwn(ctx: FlowContext, record: ChangeRecord): boolean {
  const { userName } = ctx.servicenow;
  return userName !== undefined && field(record, 'sys_updated_by') === userName;
}

function isOrigin(wish: ApproveRun, decision: Decision, version: number): boolean {
  if (wish.decision !== decision || wish.base_version === undefined || version <= wish.base_version)
    return false;
  if (wish.status === 'writing') return true;
  return wish.status === 'applied' && wish.applied_version !== undefined && version <= wish.applied_version;
}

/** The approver whose row carries the decision. Reading those rows is a courtesy, not a need. */
async function approverOf(ctx: FlowContext, sysId: string, decision: Decision): Promise<string | undefined> {
  try {
    const rows = await ctx.servicenow.approversWho(sysId, decision);
    return rows[0]?.name || undefined;
  } catch (error) {
    if (error instanceof RequestRefused) return undefined;
    throw error;
  }
}

function sentenceOf(record: ChangeRecord, decision: Decision, author: Author): string {
  const reason = author.reason === '' ? '' : ` Reason: ${author.reason}`;
  return `${nameOf(record)} was ${toApprovalStatus(decision)} by ${author.name}.${reason}`;
}

function decisionPayload(
  record: ChangeRecord,
  decision: Decision,
  tags: Tags,
  author: Author,
): Record<string, unknown> {
  return {
    approval_status: toApprovalStatus(decision),
    system_id: record.sysId,
    change_number: field(record, 'number'),
    ...(tags.deployRun === undefined ? {} : { deploy_run_id: tags.deployRun }),
    decided_by: author.name,
    reason: author.reason,
    ...(author.approveRun === undefined ? {} : { port_context: { runId: author.approveRun } }),
  };
}

/** The inputs and the entity of the deploy request behind a change, where the bridge has seen it. */
async function askedFor(ctx: FlowContext, deployRun: string | undefined): Promise<Record<string, unknown>> {
  const trigger = deployRun === undefined ? undefined : await ctx.ledger.triggers.get(deployId(deployRun));
  return trigger === undefined ? {} : inputsOf(requestOf(trigger));
}

function requestOf(trigger: Trigger): DeployRequest {
  return deployRequestSchema.parse(JSON.parse(trigger.request ?? '{}'));
}

/** Names that mean something to the bridge, to its pipelines or to GitLab's own API. */
const RESERVED = new Set(
  'approval_status system_id change_number deploy_run_id decision_id decided_by reason port_context entity id token ref variables inputs'.split(
    ' ',
  ),
);

/** What people typed, without whatever could pose as a field of the bridge or of GitLab. */
function inputsOf(request: DeployRequest): Record<string, unknown> {
  const typed = Object.entries(request.inputs).filter(([name]) => !RESERVED.has(name));
  return {
    ...Object.fromEntries(typed),
    ...(request.entity === undefined ? {} : { entity: request.entity }),
  };
}

/** Reads the run through the portal's API: only a run that exists and is under way starts a pipeline. */
export async function planDeploy(ctx: FlowContext, trigger: Trigger): Promise<Plan> {
  const request = requestOf(trigger);
  const run = await ctx.port.readRun(request.runId);
  if (run === undefined) return { kind: 'abandoned', reason: 'The portal knows no such run.' };
  if (run.status !== 'IN_PROGRESS')
    return { kind: 'abandoned', reason: `The run is ${run.status} in the portal.` };
  const route = routeOf(ctx, { others: [] });
  if (typeof route === 'string') return { kind: 'parked', reason: route };
  const payload = {
    ...inputsOf(request),
    approval_status: 'pending',
    deploy_run_id: request.runId,
    port_context: { runId: request.runId },
  };
  return { kind: 'go', route, payload };
}
