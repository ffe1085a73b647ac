import type { Lifecycle } from '../../ledger/lifecycles.ts';
import type { Trigger } from '../../ledger/triggers.ts';
import type { ChangeRecord } from '../../model/change.ts';
import type { FlowContext } from '../shared/context.ts';
import type { Flow } from '../shared/flow.ts';
import { readAndObserve } from '../shared/observe.ts';
import { note } from '../shared/tell.ts';
import { takeStep, writeNote } from './act.ts';
import { attachEvidence } from './evidence.ts';
import { planStep } from './plan.ts';
import * as texts from './texts.ts';

/** From Scheduled to Closed there are three. */
const MOST_STEPS = 4;
/** Stands in a note's marker for a decision that turned an earlier one around. */
const TURNED = 'turned';

/**
 * Tells ServiceNow what became of a deployment that it approved (key: the decision): the outcome as a work note, the
 * evidence as a file, and with `CHANGE_LIFECYCLE=full` the change moved on to Implement at the claim, to Review and
 * Closed at the end; also that a decision turned an earlier one around. What ServiceNow refuses is told once, and left
 * to people.
 */
export const changeLifecycle = {
  name: 'change-lifecycle',
  concurrency: 4,
  run,
  owes: true,
} as const satisfies Flow;

async function run(ctx: FlowContext, id: string): Promise<void> {
  const { ledger, settings } = ctx;
  const lifecycle = await ledger.lifecycles.get(id);
  const isOwed = await ledger.owed.isOwed('change-lifecycle', id);
  // An end that was told while the last run settled is owed too.
  if (!isOwed && lifecycle?.settled === (lifecycle?.outcome ?? '')) return;
  const trigger = await ledger.triggers.get(id);
  if (lifecycle === undefined || trigger?.sys_id === undefined || settings.lifecycle === 'off')
    return ledger.owed.settle('change-lifecycle', id);
  const record = await readAndObserve(ctx, trigger.sys_id);
  if (record !== undefined) await tellServiceNow(ctx, lifecycle, trigger, record);
  await settle(ctx, lifecycle);
}

/** Something more may have become known meanwhile. */
async function settle(ctx: FlowContext, seen: Lifecycle): Promise<void> {
  const { lifecycles } = ctx.ledger;
  const now = await lifecycles.get(seen.id);
  if (now?.outcome === seen.outcome && now?.turned === seen.turned) return lifecycles.settle(seen);
  await ctx.enqueue('change-lifecycle', seen.id);
}

async function tellServiceNow(
  ctx: FlowContext,
  lifecycle: Lifecycle,
  trigger: Trigger,
  record: ChangeRecord,
): Promise<void> {
  await tellTurn(ctx, lifecycle, record);
  const text = await outcomeOf(ctx, lifecycle, trigger);
  if (lifecycle.outcome !== undefined && lifecycle.noted !== lifecycle.outcome) {
    const trouble = await writeNote(ctx, lifecycle, record, text);
    if (trouble !== undefined) await tellPeople(ctx, record, trouble);
    const missing = await attachEvidence(ctx, lifecycle, trigger, record);
    if (missing !== undefined) await tellPeople(ctx, record, missing);
    await ctx.ledger.lifecycles.noted(lifecycle.id, lifecycle.outcome);
  }
  if (ctx.settings.lifecycle === 'full') await moveOn(ctx, lifecycle, record, text);
}

/** Whoever reads the change learns that the decision on it was turned around, and what had been done by then. */
async function tellTurn(ctx: FlowContext, lifecycle: Lifecycle, record: ChangeRecord): Promise<void> {
  const { id, turned, turned_noted: isNoted } = lifecycle;
  if (turned === undefined || isNoted) return;
  const text = `${turned}\n(${texts.marker(id, TURNED)})`;
  const trouble = await writeNote(ctx, { ...lifecycle, outcome: TURNED }, record, text);
  if (trouble !== undefined) await tellPeople(ctx, record, trouble);
  await ctx.ledger.lifecycles.turnNoted(id);
}

async function moveOn(
  ctx: FlowContext,
  lifecycle: Lifecycle,
  first: ChangeRecord,
  text: string,
): Promise<void> {
  let record = first;
  for (let taken = 0; taken < MOST_STEPS; taken += 1) {
    const plan = planStep(lifecycle, record, text);
    if (plan.kind === 'done') return;
    const moved = plan.kind === 'stuck' ? plan.text : await takeStep(ctx, record, plan);
    if (typeof moved === 'string') return tellPeople(ctx, record, moved);
    record = moved;
  }
}

async function outcomeOf(
  ctx: FlowContext,
  { id, outcome = '', pipeline = '', url = '' }: Lifecycle,
  { sys_id: sysId = '', decided_by: decidedBy }: Trigger,
): Promise<string> {
  const asked = (await ctx.ledger.gates.ofChange(sysId))?.request;
  return texts.outcomeText({
    id,
    outcome,
    pipeline,
    url,
    service: asked?.service,
    environment: asked?.environment,
    commit: asked?.pipeline.sha,
    decidedBy,
  });
}

async function tellPeople(ctx: FlowContext, record: ChangeRecord, text: string): Promise<void> {
  ctx.log.warn({ change: record.sysId }, text);
  await note(ctx, record.sysId, 'not-closed', text);
}
