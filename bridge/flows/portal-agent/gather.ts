import { claimedNodeSchema, claimedRunSchema } from '../../model/claimed-runs.ts';
import type { ClaimedKind } from '../shared/agent-keys.ts';
import type { Agent, FlowContext } from '../shared/context.ts';
import { type ClaimSettings, type Plan, planNode, planRun } from './plan.ts';
import * as texts from './texts.ts';

/** A claimed run, of an action or of a workflow's node, and what to do about it. */
export type Claimed = { readonly id: string; readonly isNode: boolean; readonly plan: Plan };

/** Claims at most `limit` runs of a kind. */
export async function claim(
  ctx: FlowContext,
  agent: Agent,
  kind: ClaimedKind,
  limit: number,
): Promise<Claimed[]> {
  const { claims } = ctx.port;
  const { approveAction, deployActions } = ctx.settings;
  const settings = { address: agent.address, approveAction, deployActions };
  if (kind === 'workflow') {
    return (await claims.nodeRuns(limit, agent.claimMs)).map((json) => readNode(json, settings));
  }
  const runs = await claims.runs(kind === 'webhook' ? 'WEBHOOK' : 'GITLAB', limit, agent.claimMs);
  return runs.map((json) => readRun(json, settings, kind));
}

function readRun(json: unknown, settings: ClaimSettings, kind: ClaimedKind): Claimed {
  const run = claimedRunSchema.safeParse(json);
  if (!run.success) return nameless(kind);
  return { id: run.data.id, isNode: false, plan: planRun(run.data, settings) };
}

function readNode(json: unknown, settings: ClaimSettings): Claimed {
  const node = claimedNodeSchema.safeParse(json);
  if (!node.success) return nameless('workflow');
  return { id: node.data.id, isNode: true, plan: planNode(node.data, settings) };
}

function nameless(kind: ClaimedKind): Claimed {
  return { id: '', isNode: false, plan: { kind: 'foreign', why: texts.nameless(kind) } };
}
