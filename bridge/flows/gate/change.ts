import type { Gate } from '../../ledger/gates.ts';
import { type ChangeRecord, field, nameOf } from '../../model/change.ts';
import { NotYet, OutcomeUnknown, RequestRefused } from '../../model/errors.ts';
import { audit, audited } from '../shared/audited.ts';
import type { FlowContext } from '../shared/context.ts';
import { deployRunOf } from '../shared/deployment.ts';
import { observe } from '../shared/observe.ts';
import { note } from '../shared/tell.ts';
import { whyNotOurs } from './adoption.ts';
import { newChange } from './new-change.ts';
import { type Resolved, resolveReferences } from './references.ts';
import { requesterOf } from './requester.ts';
import * as texts from './texts.ts';

/**
 * Links the gate to its one change request, or records that ServiceNow refused it. Throws NotYet while a create
 * request may still take effect, and whatever else ServiceNow's client throws.
 */
export async function findOrCreateChange(ctx: FlowContext, gate: Gate): Promise<void> {
  const asked = ctx.clock();
  try {
    const found = await findChange(ctx, gate);
    if (found !== undefined)
      await audit(ctx, { ...opening(gate, ':done'), reason: texts.found(nameOf(found)) });
    const change = found ?? (await createChange(ctx, gate));
    await linkChange(ctx, gate, change, asked);
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    await ctx.ledger.gates.refused(gate.id, texts.notOpened(error.message));
  }
}

/**
 * The change that an earlier attempt of this gate created. ServiceNow ignores the parts of a query that it does not
 * know, and then returns everything: so each answer is compared. Throws RequestRefused where a change carries the
 * gate's id that is not its own.
 */
async function findChange(ctx: FlowContext, gate: Gate): Promise<ChangeRecord | undefined> {
  const found = await ctx.servicenow.listChanges(`correlation_id=${gate.id}`, 5);
  const exact = found.filter((record) => field(record, 'correlation_id') === gate.id);
  const doubts = exact.map((record) =>
    whyNotOurs(gate, record, ctx.servicenow.userName, ctx.settings.tagsField),
  );
  const own = exact[doubts.indexOf(undefined)];
  const [other] = exact;
  if (own !== undefined || other === undefined) return own;
  const text = texts.notOurs(nameOf(other), doubts[0] ?? '');
  await note(ctx, other.sysId, 'not-adopted', text);
  throw new RequestRefused('ServiceNow', 409, text);
}

/** What the audit calls the creation of a gate's change. */
function opening(gate: Gate, suffix = ''): { readonly action: string; readonly subject: string } {
  return { action: `open-change${suffix}`, subject: gate.id };
}

/** Sends one create request. Throws NotYet while an earlier one, or another worker's, may still take effect. */
async function createChange(ctx: FlowContext, gate: Gate): Promise<ChangeRecord> {
  const { ledger, servicenow, clock, settings } = ctx;
  const left = gate.sent_at === undefined ? 0 : settings.settleMs - (clock() - gate.sent_at);
  if (left > 0) throw new NotYet(texts.MAY_STILL_TAKE_EFFECT, left);
  const deployRun = await deployRunOf(ctx, gate.request.pipeline);
  const requester = await requesterOf(ctx, gate.request.pipeline, deployRun);
  const asked = await askedFields(ctx, gate, requester);
  const until = clock() + settings.leaseMs;
  if (!(await ledger.gates.beginSending(gate, until))) throw new NotYet(texts.BEING_CREATED, 500);
  try {
    const fact = { ...opening(gate), reason: gate.request.reason };
    const fields = newChange(gate, asked, settings, { deployRun, requester });
    const record = await audited(ctx, fact, () => servicenow.createChange(fields), nameOf);
    await tellLost(ctx, record, fields, asked.unresolved);
    return record;
  } catch (error) {
    // The time in which it may still take effect begins now, not when it was sent.
    if (error instanceof OutcomeUnknown) await ledger.gates.endSending(gate.id, until, clock());
    else await ledger.gates.notSent(gate.id);
    throw error;
  }
}

/** The fields of the change that somebody chose, the gate's own over the rule's over the bridge's, by sys_id. */
async function askedFields(ctx: FlowContext, gate: Gate, requester: string | undefined): Promise<Resolved> {
  const { service, change } = gate.request;
  const person = await personOf(ctx, requester);
  return resolveReferences(ctx, {
    ...ctx.settings.changeDefaults,
    ...(service === undefined ? {} : { business_service: service }),
    ...(person === undefined ? {} : { requested_by: person }),
    ...change,
  });
}

/** Who asked, where ServiceNow knows them. Who is not known there stands in the description alone. */
async function personOf(
  { servicenow }: FlowContext,
  requester: string | undefined,
): Promise<string | undefined> {
  if (requester === undefined) return undefined;
  const named = await servicenow.names.find({ table: 'sys_user', by: ['email'] }, requester);
  return named.kind === 'found' ? named.sysId : undefined;
}

/** ServiceNow leaves out what it does not take, with 201. */
async function tellLost(
  ctx: FlowContext,
  { sysId, fields }: ChangeRecord,
  sent: Readonly<Record<string, string>>,
  unresolved: readonly string[],
): Promise<void> {
  for (const text of unresolved) await note(ctx, sysId, 'not-resolved', text);
  const lost = Object.keys(sent).filter((name) => {
    // The tags are told by themselves; ServiceNow keeps no text longer than its column.
    if (name === ctx.settings.tagsField || name === 'approval') return false;
    const kept = fields[name] ?? '';
    return kept === '' && sent[name] !== '';
  });
  if (lost.length > 0) await note(ctx, sysId, 'fields-dropped', texts.dropped(lost));
}

/** `asked`: when (ms) ServiceNow was first asked for the record. */
async function linkChange(ctx: FlowContext, gate: Gate, record: ChangeRecord, asked: number): Promise<void> {
  const { ledger, settings } = ctx;
  await ledger.gates.opened(gate.id, record.sysId, nameOf(record));
  await observe(ctx, record, 'read', asked);
  if (record.fields[settings.tagsField] !== undefined) return;
  await note(ctx, record.sysId, 'tags-lost', texts.tagsLost(settings.tagsField));
}
