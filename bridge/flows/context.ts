import type { Ledger } from '../ledger/ledger.ts';
import type { Report } from '../ledger/run-reports.ts';
import type { Log } from '../log.ts';
import { type ChangeRecord, field } from '../model/change.ts';
import type { Clock, Enqueue } from '../model/jobs.ts';
import type { GitLab } from '../outbound/gitlab.ts';
import type { Port } from '../outbound/port.ts';
import type { ServiceNow } from '../outbound/servicenow.ts';
import { parseTags, type Tags } from '../model/tags.ts';

/** What an operator chose for the flows. */
export type FlowSettings = {
  readonly tagsField: string;
  readonly changeQuery: string;
  readonly approvalMode: 'field' | 'approver' | 'change-api';
  readonly selfApproval: 'refuse' | 'allow';
  readonly approveAction: string;
  /** The default GitLab project and ref, and the trigger token of every project that may be triggered. */
  readonly gitlabProject: string;
  readonly gitlabRef: string;
  readonly triggerTokens: ReadonlyMap<string, string>;
  /** How long (ms) one worker keeps a record to itself while it calls out: longer than any call may take. */
  readonly leaseMs: number;
  /** How long (ms) after an ambiguous call its effect may still appear. */
  readonly settleMs: number;
};

/** Everything that a flow is handed. A flow has no other inputs than this and its job's key. */
export type FlowContext = {
  readonly ledger: Ledger;
  readonly servicenow: ServiceNow;
  readonly port: Port;
  readonly gitlab: GitLab;
  readonly enqueue: Enqueue;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: FlowSettings;
};

/** Reads ServiceNow and puts what it says into the ledger. Undefined where the record does not exist. */
export async function readAndObserve(ctx: FlowContext, sysId: string): Promise<ChangeRecord | undefined> {
  const record = await ctx.servicenow.readChange(sysId);
  if (record === undefined) return undefined;
  await watchTagsColumn(ctx, record);
  await ctx.ledger.changes.observe(record, true, 'read', ctx.clock());
  return record;
}

/** ServiceNow leaves unknown fields out without a word: then every tag is lost, and somebody must be told. */
async function watchTagsColumn(ctx: FlowContext, record: ChangeRecord): Promise<void> {
  const { tagsField } = ctx.settings;
  const { warnings } = ctx.ledger;
  if (record.fields[tagsField] !== undefined) return warnings.clear('tags-column');
  const text = `ServiceNow's answers have no ${tagsField}: the column is missing on change_request, or the integration user may not read it. Install the ServiceNow app, add the column by hand, or name another one in SERVICENOW_TAGS_FIELD.`;
  if (await warnings.raise('tags-column', text)) ctx.log.error({ column: tagsField }, text);
}

/**
 * The tags of a change. What the gate that opened it knows counts before the column, which people may edit.
 */
export async function tagsOf(ctx: FlowContext, record: ChangeRecord): Promise<Tags> {
  const tags = parseTags(field(record, ctx.settings.tagsField));
  const gate = await ctx.ledger.gates.ofChange(record.sysId);
  if (gate === undefined) return tags;
  const { deploy_run_id: deployRun, pipeline } = gate.request;
  return {
    ...tags,
    ...(deployRun === undefined ? {} : { deployRun }),
    ...(pipeline === undefined ? {} : { gitlabProject: pipeline.project_id, gitlabPipeline: pipeline.id }),
    ...(pipeline?.ref === undefined ? {} : { gitlabRef: pipeline.ref }),
  };
}

/** Queues a line for a run of the portal. Told again, the same step is not written again. */
export async function report(ctx: FlowContext, runId: string | undefined, line: Report): Promise<void> {
  if (runId === undefined) return;
  await ctx.ledger.runReports.add(runId, line, ctx.clock());
  await ctx.enqueue('run-report', runId);
}

/** Adds a line to a change's timeline and to the log, with the change as correlation. */
export async function note(ctx: FlowContext, sysId: string, what: string, text: string): Promise<void> {
  ctx.log.info({ change: sysId, what }, text);
  await ctx.ledger.timeline.add(sysId, { at: ctx.clock(), what, text });
}
