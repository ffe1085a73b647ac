import type { Lifecycle } from '../../ledger/lifecycles.ts';
import type { Trigger } from '../../ledger/triggers.ts';
import { type ChangeRecord, field, nameOf } from '../../model/change.ts';
import { RequestRefused } from '../../model/errors.ts';
import { audited } from '../shared/audited.ts';
import type { FlowContext } from '../shared/context.ts';
import * as texts from './texts.ts';

/**
 * Attaches the evidence of a deployment that has ended to its change, once for each outcome: whether it is there is
 * looked at by its name first. Answers what people have to know where it could not be attached. Throws whatever
 * ServiceNow's client throws.
 */
export async function attachEvidence(
  ctx: FlowContext,
  lifecycle: Lifecycle,
  trigger: Trigger,
  record: ChangeRecord,
): Promise<string | undefined> {
  const { servicenow } = ctx;
  const { sysId } = record;
  const name = texts.evidenceName(lifecycle.id, lifecycle.outcome ?? '');
  try {
    if (await servicenow.files.hasAttachment(sysId, name)) return undefined;
    const pack = await packFor(ctx, lifecycle, trigger, record);
    const fact = { action: 'attach-evidence', subject: sysId, reason: name };
    await audited(
      ctx,
      fact,
      () => servicenow.files.attach(sysId, name, pack),
      () => texts.ATTACHED,
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    return texts.notAttached(nameOf(record), error.message);
  }
}

/** The last line of its kind is the bridge's own: what a pipeline says stands before it. */
function requesterIn(description: string): string | null {
  return [...description.matchAll(/^Requested by: (.*)$/gm)].at(-1)?.[1] ?? null;
}

async function packFor(
  { ledger, servicenow }: FlowContext,
  { id, outcome = '', pipeline = '', url = '', claimed_at: claimedAt, ended_at: endedAt = 0 }: Lifecycle,
  trigger: Trigger,
  record: ChangeRecord,
): Promise<string> {
  const { sysId } = record;
  const gate = await ledger.gates.ofChange(sysId);
  const asked = gate?.request;
  const subjects = [
    sysId,
    id,
    ...(gate === undefined ? [] : [gate.id, `pipeline ${gate.request.pipeline.id}`]),
  ];
  return ledger.audit.evidence({
    change: { sys_id: sysId, number: field(record, 'number'), url: servicenow.changeUrl(sysId) },
    requested_by: requesterIn(field(record, 'description')),
    service: asked?.service ?? null,
    environment: asked?.environment ?? null,
    checks: asked?.evidence ?? [],
    decision: {
      id,
      decision: trigger.decision ?? '',
      by: trigger.decided_by ?? null,
      words: trigger.decided_why ?? null,
      seen_at: new Date(trigger.created_at).toISOString(),
    },
    deployment: {
      outcome,
      pipeline,
      url,
      commit: asked?.pipeline.sha ?? null,
      claimed_at: claimedAt === undefined ? null : new Date(claimedAt).toISOString(),
      ended_at: new Date(endedAt).toISOString(),
    },
    audit: await ledger.audit.about(subjects),
  });
}
