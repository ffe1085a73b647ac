import type { Gate } from '../ledger/gates.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type ChangeRecord, field, nameOf } from '../model/change.ts';
import { NotYet, OutcomeUnknown, RequestRefused } from '../model/errors.ts';
import type { ReplayEffect } from '../model/jobs.ts';
import { formatTags } from '../model/tags.ts';
import type { FlowContext } from './shared/context.ts';
import type { Flow } from './shared/flow.ts';
import { observe } from './shared/observe.ts';
import { note, report } from './shared/tell.ts';

/**
 * Opens the gate that a pipeline asked for: one change request in ServiceNow, tagged with the deployment it
 * stands for. Creating a record is not idempotent, so the gate's id goes along as correlation_id, and before
 * every create the flow looks for it.
 */
export const gate = {
  name: 'gate',
  concurrency: 4,
  run,
  owes: true,
  replayEffect,
} as const satisfies Flow;

async function run(ctx: FlowContext, id: string): Promise<void> {
  const known = await ctx.ledger.gates.get(id);
  if (known === undefined) return;
  if (known.status === 'open') {
    await tellOpened(ctx, known);
    return;
  }
  if (known.status === 'refused') {
    await settle(ctx, id);
    return;
  }
  try {
    await open(ctx, known);
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    await refused(ctx, known, error.message);
  }
}

async function open(ctx: FlowContext, gate: Gate): Promise<void> {
  const found = await find(ctx, gate);
  if (found !== undefined) {
    await opened(ctx, gate, found);
    return;
  }
  const sentAgo = gate.sent_at === undefined ? undefined : ctx.clock() - gate.sent_at;
  if (sentAgo !== undefined && sentAgo < ctx.settings.settleMs) {
    throw new NotYet('The last create request may still take effect.', ctx.settings.settleMs - sentAgo);
  }
  await create(ctx, gate);
}

async function create(ctx: FlowContext, gate: Gate): Promise<void> {
  const { ledger, servicenow, clock, settings } = ctx;
  const until = clock() + settings.leaseMs;
  if (!(await ledger.gates.beginSending(gate, until)))
    throw new NotYet('Another worker creates this change.', 500);
  try {
    await opened(ctx, gate, await servicenow.createChange(fieldsOf(ctx, gate)));
  } catch (error) {
    // The time in which it may still take effect begins now, not when it was sent.
    if (error instanceof OutcomeUnknown) await ledger.gates.endSending(gate.id, until, clock());
    else await ledger.gates.notSent(gate.id);
    throw error;
  }
}

/**
 * The change that an earlier attempt made, perhaps before this ledger began. ServiceNow ignores query parts that it does not know and then
 * returns everything, so the answer is checked, not believed.
 */
async function find(ctx: FlowContext, gate: Gate): Promise<ChangeRecord | undefined> {
  const pipeline = gate.request.pipeline;
  const byCorrelation = await ctx.servicenow.listChanges(`correlation_id=${gate.id}`, 5);
  const exact = byCorrelation.find((record) => field(record, 'correlation_id') === gate.id);
  if (exact !== undefined || pipeline === undefined) return exact;
  const { tagsField } = ctx.settings;
  const tag = `gitlab_pipeline:${pipeline.id}`;
  const byTag = await ctx.servicenow.listChanges(`${tagsField}LIKE${tag}`, 20);
  return byTag.find((record) => {
    const tags = field(record, tagsField).split(',');
    return tags.includes(tag) && tags.includes(`gitlab_project:${pipeline.project_id}`);
  });
}

function fieldsOf(ctx: FlowContext, gate: Gate): Record<string, string> {
  const { request } = gate;
  const tags = formatTags({
    ...(request.deploy_run_id === undefined ? {} : { deployRun: request.deploy_run_id }),
    ...(request.pipeline === undefined
      ? {}
      : { gitlabProject: request.pipeline.project_id, gitlabPipeline: request.pipeline.id }),
    ...(request.pipeline?.ref === undefined ? {} : { gitlabRef: request.pipeline.ref }),
    others: request.tags ?? [],
  });
  const facts = [
    request.description ?? request.reason,
    ...(request.business_service === undefined ? [] : [`Service: ${request.business_service}`]),
    ...(request.pipeline?.url === undefined ? [] : [`Pipeline: ${request.pipeline.url}`]),
  ];
  return {
    short_description: request.short_description ?? 'Deployment needs an approval',
    // A service that ServiceNow does not know by this name is dropped from its own field, not from here.
    description: facts.join('\n'),
    ...(request.priority === undefined ? {} : { priority: request.priority }),
    ...(request.category === undefined ? {} : { category: request.category }),
    ...(request.business_service === undefined ? {} : { business_service: request.business_service }),
    approval: 'requested',
    correlation_id: gate.id,
    correlation_display: 'Changebridge gate',
    [ctx.settings.tagsField]: tags,
  };
}

async function opened(ctx: FlowContext, gate: Gate, record: ChangeRecord): Promise<void> {
  const { ledger, clock, settings } = ctx;
  await ledger.gates.opened(gate.id, record.sysId, nameOf(record));
  await observe(ctx, record, 'read', clock());
  if (record.fields[settings.tagsField] === undefined) {
    await note(
      ctx,
      record.sysId,
      'tags-lost',
      `ServiceNow has no column ${settings.tagsField} (or the integration user may not write it): the change carries no tags, and only this bridge knows what it stands for. Install the ServiceNow app or name another column in SERVICENOW_TAGS_FIELD.`,
    );
  }
  const fresh = await ledger.gates.get(gate.id);
  if (fresh !== undefined) await tellOpened(ctx, fresh);
}

async function tellOpened(ctx: FlowContext, gate: Gate): Promise<void> {
  const { request, sys_id: sysId = '', number = '' } = gate;
  const text = `${number} was opened: ${request.reason}. It waits for an approval in ServiceNow or in the portal. ${ctx.servicenow.changeUrl(sysId)}`;
  await ctx.enqueue('change-sync', sysId);
  const line = { step: `gate-${gate.id}`, message: `⏸ ${text}` };
  await report(ctx, request.deploy_run_id, line);
  const runId = request.port_context?.runId;
  if (runId !== request.deploy_run_id) await report(ctx, runId, line);
  await note(ctx, sysId, 'gate', text);
  await settle(ctx, gate.id);
}

async function refused(ctx: FlowContext, gate: Gate, why: string): Promise<void> {
  const text = `No change request could be opened. ${why}`;
  await ctx.ledger.gates.refused(gate.id, text);
  ctx.log.error({ gate: gate.id, run: gate.request.deploy_run_id }, text);
  await report(ctx, gate.request.deploy_run_id, {
    step: 'end',
    message: `❌ ${text}`,
    ends: 'FAILURE',
    label: 'no change request',
  });
  await settle(ctx, gate.id);
}

async function settle(ctx: FlowContext, id: string): Promise<void> {
  await ctx.ledger.owed.settle('gate', id);
}

async function replayEffect(ledger: Ledger, id: string): Promise<ReplayEffect> {
  const status = (await ledger.gates.get(id))?.status;
  return status === 'open' ? 'already_applied' : status === 'refused' ? 'superseded' : 'would_apply';
}
