import type { Gate } from '../../ledger/gates.ts';
import type { FlowContext } from '../shared/context.ts';
import { note, report } from '../shared/tell.ts';
import * as texts from './texts.ts';

/** Tells the runs and the timeline that the change waits. Run again after a crash, it tells what is missing. */
export async function tellWaiting(ctx: FlowContext, gate: Gate): Promise<void> {
  const { request, sys_id: sysId = '' } = gate;
  const text = texts.waitsForApproval(gate, ctx.servicenow.changeUrl(sysId));
  await ctx.enqueue('change-sync', sysId);
  const line = { step: `gate-${gate.id}`, message: `⏸ ${text}` };
  await report(ctx, request.deploy_run_id, line);
  const runId = request.port_context?.runId;
  if (runId !== request.deploy_run_id) await report(ctx, runId, line);
  await note(ctx, sysId, 'gate', text);
  await ctx.ledger.owed.settle('gate', gate.id);
}

/** Ends the developer's run. */
export async function tellRefused(ctx: FlowContext, gate: Gate): Promise<void> {
  const { outcome = texts.notOpened('') } = gate;
  ctx.log.error({ gate: gate.id, run: gate.request.deploy_run_id }, outcome);
  await report(ctx, gate.request.deploy_run_id, {
    step: 'end',
    message: `❌ ${outcome}`,
    ends: 'FAILURE',
    label: 'no change request',
  });
  await ctx.ledger.owed.settle('gate', gate.id);
}
