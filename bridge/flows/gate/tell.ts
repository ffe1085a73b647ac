import type { Gate } from '../../ledger/gates.ts';
import type { FlowContext } from '../shared/context.ts';
import { deployRunOf } from '../shared/deployment.ts';
import { note, report } from '../shared/tell.ts';
import * as texts from './texts.ts';

/** Tells the runs and the timeline that the change waits. Run again after a crash, it tells what is missing. */
export async function tellWaiting(ctx: FlowContext, gate: Gate): Promise<void> {
  const { sys_id: sysId = '' } = gate;
  if (gate.told_at !== undefined) return;
  const text = texts.waitsForApproval(gate, ctx.servicenow.changeUrl(sysId));
  await ctx.enqueue('change-sync', sysId);
  const line = { step: `gate-${gate.id}`, message: `⏸ ${text}` };
  await report(ctx, await deployRunOf(ctx, gate.request.pipeline), line);
  await note(ctx, sysId, 'gate', text);
  await ctx.ledger.gates.told(gate.id, ctx.clock());
}

/** Ends the developer's run. */
export async function tellRefused(ctx: FlowContext, gate: Gate): Promise<void> {
  const { outcome = texts.notOpened('') } = gate;
  const deployRun = await deployRunOf(ctx, gate.request.pipeline);
  ctx.log.error({ gate: gate.id, run: deployRun }, outcome);
  await report(ctx, deployRun, {
    step: 'end',
    message: `❌ ${outcome}`,
    ends: 'FAILURE',
    label: 'no change request',
  });
  await ctx.ledger.owed.settle('gate', gate.id);
}
