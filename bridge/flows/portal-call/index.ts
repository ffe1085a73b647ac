import { isFinished } from '../../ledger/triggers.ts';
import type { PortalCall } from '../../ledger/portal-calls.ts';
import { nameOf } from '../../model/change.ts';
import { deployId } from '../../model/decision.ts';
import { NotYet, RequestRefused } from '../../model/errors.ts';
import type { FlowContext } from '../shared/context.ts';
import type { Flow } from '../shared/flow.ts';
import { report } from '../shared/tell.ts';
import * as texts from './texts.ts';

/**
 * Ends a run of the portal that only told of something, an automation's or a workflow's above all: with what became of it, or with
 * what was wrong with its body. Key: the run's id.
 */
export const portalCall = { name: 'portal-call', concurrency: 8, run, owes: true } as const satisfies Flow;

/** How long (ms) a run is kept open for the outcome of what it told of. */
const WAIT_MS = 120_000;
const LOOK_EVERY_MS = 1_000;

type Answer = { readonly isGood: boolean; readonly text: string };

async function run(ctx: FlowContext, runId: string): Promise<void> {
  const { portalCalls, owed } = ctx.ledger;
  const call = await portalCalls.get(runId);
  if (call === undefined) return owed.settle('portal-call', runId);
  if (!(await owed.isOwed('portal-call', runId))) return;
  const answer = await answerTo(ctx, call);
  if (answer === undefined && ctx.clock() - call.created_at < WAIT_MS) {
    throw new NotYet(texts.STILL_UNDER_WAY, LOOK_EVERY_MS);
  }
  await end(ctx, call, answer ?? { isGood: true, text: texts.STILL_UNDER_WAY });
  await portalCalls.settle(runId);
}

async function end(
  ctx: FlowContext,
  { runId, is_node: isNode }: PortalCall,
  { isGood, text }: Answer,
): Promise<void> {
  if (isNode) return endNode(ctx, runId, isGood, text);
  await report(ctx, runId, {
    step: 'end',
    message: `${isGood ? '✅' : '❌'} ${text}`,
    ends: isGood ? 'SUCCESS' : 'FAILURE',
  });
}

/** A run of a workflow's node cannot be read: one that takes no end has ended. */
async function endNode(ctx: FlowContext, id: string, isGood: boolean, text: string): Promise<void> {
  try {
    await ctx.port.claims.endNode(id, isGood ? 'SUCCESS' : 'FAILED', text);
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    ctx.log.warn({ run: id, error: error.message }, texts.NODE_TAKES_NO_END);
  }
}

/** What became of it; undefined while that is open. */
async function answerTo(ctx: FlowContext, call: PortalCall): Promise<Answer | undefined> {
  if (call.about === 'nothing') return { isGood: false, text: texts.unreadable(call.problem) };
  if (call.about === 'approvals') return { isGood: true, text: texts.OPEN_RUNS };
  if (call.about === 'change') return aboutChange(ctx, call.subject);
  if (call.about === 'approval') return aboutApproval(ctx, call.subject);
  return aboutTrigger(ctx, deployId(call.subject), texts.deploymentOf(call.subject));
}

async function aboutChange(ctx: FlowContext, sysId: string): Promise<Answer | undefined> {
  const { changes, owed, triggers } = ctx.ledger;
  // What ServiceNow shows is being read, or a decision is being looked for.
  if ((await owed.isOwed('change-sync', sysId)) || (await owed.isOwed('decision', sysId))) return undefined;
  const change = await changes.get(sysId);
  if (change === undefined) return { isGood: false, text: texts.noChange(sysId) };
  const id = await triggers.standingIdOn(change);
  const name = nameOf(change.record);
  if (id === undefined) return { isGood: true, text: texts.undecided(name) };
  return aboutTrigger(ctx, id, texts.decisionOn(name));
}

async function aboutApproval({ ledger }: FlowContext, runId: string): Promise<Answer | undefined> {
  const approveRun = await ledger.approveRuns.get(runId);
  if (approveRun === undefined) return { isGood: false, text: texts.noApproval(runId) };
  const { status, outcome = '' } = approveRun;
  if (status !== 'applied' && status !== 'refused') return undefined;
  return { isGood: status === 'applied', text: outcome };
}

async function aboutTrigger(ctx: FlowContext, id: string, what: string): Promise<Answer | undefined> {
  const trigger = await ctx.ledger.triggers.get(id);
  if (trigger === undefined) return undefined;
  const { status, reason = '', pipeline_id: pipeline = '', pipeline_url: url = '' } = trigger;
  if (status === 'triggered') return { isGood: true, text: texts.started(what, pipeline, url) };
  if (status === 'held') return { isGood: true, text: texts.waits(what, reason) };
  if (!isFinished(status)) return undefined;
  return { isGood: status === 'superseded', text: texts.noPipeline(what, reason) };
}
