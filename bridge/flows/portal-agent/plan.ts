import type { z } from 'zod';
import {
  bodyOfRun,
  type ClaimedNode,
  type ClaimedRun,
  eventOfRun,
  type PortalRoute,
  routeAt,
} from '../../model/claimed-runs.ts';
import { type PipelineRun, pipelineRunSchema } from '../../model/pipeline-run.ts';
import {
  type ApproveCall,
  approveCallSchema,
  type DeployCall,
  deployCallSchema,
  type EntityCall,
  entityCallSchema,
} from '../../model/portal-calls.ts';
import * as texts from './texts.ts';

/** What an operator chose that a claim has to know. */
export type ClaimSettings = {
  readonly address: string;
  readonly approveAction: string;
  readonly deployActions: readonly string[];
};

/** What to do about a claimed run. What is `foreign` is left to the worker that it is meant for. */
export type Plan =
  | { readonly kind: 'foreign'; readonly why: string }
  | { readonly kind: 'unreadable'; readonly problem: string }
  /** A run of another action than the approve action that names no run: it decides nothing. */
  | { readonly kind: 'undecided' }
  /** An automation that tells of an approval, and not of which one. */
  | { readonly kind: 'approvals' }
  | { readonly kind: 'approve'; readonly call: ApproveCall }
  | { readonly kind: 'deploy'; readonly call: DeployCall }
  | { readonly kind: 'entity'; readonly call: EntityCall }
  | { readonly kind: 'gitlab'; readonly run: PipelineRun };

/** A run of an action or automation. */
export function planRun(run: ClaimedRun, settings: ClaimSettings): Plan {
  if (run.payload.type === 'GITLAB') return planPipeline(run, settings);
  const route = routeAt(run.payload.url, settings.address);
  if (route === undefined) {
    return {
      kind: 'foreign',
      why: texts.otherAddress(run.id, run.action, run.payload.url, settings.address),
    };
  }
  const plan = planCall(route, bodyOfRun(run));
  if (plan.kind !== 'approve' || plan.call.run !== run.id) return plan;
  if (run.action === undefined || run.action === settings.approveAction) return plan;
  return { kind: isAutomation(run) ? 'approvals' : 'undecided' };
}

/** A GITLAB run names no address, so its action says whose it is: an agent of somebody else may wait for it. */
function planPipeline(run: ClaimedRun, { deployActions }: ClaimSettings): Plan {
  if (run.action !== undefined && !deployActions.includes(run.action)) {
    return { kind: 'foreign', why: texts.otherAction(run.id, run.action) };
  }
  const plan = planCall('gitlab', eventOfRun(run));
  return plan.kind === 'gitlab' ? { kind: 'gitlab', run: { ...plan.run, runId: run.id } } : plan;
}

/** A run of a workflow's node. It is no run of an action itself: its body names the run or the change. */
export function planNode({ id, config }: ClaimedNode, { address }: ClaimSettings): Plan {
  const route = routeAt(config.url, address);
  if (route === undefined) {
    return { kind: 'foreign', why: texts.otherAddress(id, undefined, config.url, address) };
  }
  return planCall(route, config.body);
}

function planCall(route: PortalRoute, body: unknown): Plan {
  if (route === 'gitlab') return read(pipelineRunSchema, body, (run) => ({ kind: 'gitlab', run }));
  if (route === 'approve') return read(approveCallSchema, body, (call) => ({ kind: 'approve', call }));
  if (route === 'deploy') return read(deployCallSchema, body, (call) => ({ kind: 'deploy', call }));
  return read(entityCallSchema, body, (call) => ({ kind: 'entity', call }));
}

function read<T>(schema: z.ZodType<T>, body: unknown, plan: (call: T) => Plan): Plan {
  const result = schema.safeParse(body);
  if (result.success) return plan(result.data);
  const [issue] = result.error.issues;
  const path = issue === undefined || issue.path.length === 0 ? 'the body' : issue.path.join('.');
  return { kind: 'unreadable', problem: `${path}: ${issue?.message ?? 'does not fit'}.` };
}

/** Whether an automation made the run (`source` is a word, or an object around it). */
function isAutomation({ source }: ClaimedRun): boolean {
  return (JSON.stringify(source) ?? '').includes('"AUTOMATION"');
}
