import type { Lifecycle } from '../../ledger/lifecycles.ts';
import { type ChangeRecord, field, nameOf } from '../../model/change.ts';
import { NotYet, RequestRefused } from '../../model/errors.ts';
import { audited } from '../shared/audited.ts';
import type { FlowContext } from '../shared/context.ts';
import { observe } from '../shared/observe.ts';
import type { Plan } from './plan.ts';
import * as texts from './texts.ts';

/**
 * Writes the outcome of a deployment into the work notes of its change, effectively once: a note cannot be told from a
 * repetition, so after a crash it is looked for. Answers what people have to know where it is not there. Throws NotYet
 * while a lost note may still appear, and whatever ServiceNow's client throws.
 */
export async function writeNote(
  ctx: FlowContext,
  { id, outcome = '', sending, sent_at: sentAt = 0 }: Lifecycle,
  record: ChangeRecord,
  text: string,
): Promise<string | undefined> {
  const { ledger, servicenow, clock, settings } = ctx;
  const { sysId } = record;
  const isThere = (): Promise<'there' | 'absent' | 'hidden'> =>
    servicenow.files.workNotesHave(sysId, texts.marker(id, outcome));
  if (sending === outcome) {
    const found = await isThere();
    if (found === 'there') return undefined;
    if (found === 'hidden') return texts.maybeNoted(nameOf(record));
    const left = sentAt + settings.settleMs - clock();
    if (left > 0) throw new NotYet(texts.MAY_STILL_APPEAR, left + 50);
  }
  await ledger.lifecycles.sending(id, outcome, clock());
  const asked = clock();
  try {
    const fact = { action: 'note-outcome', subject: sysId, reason: text };
    const write = (): Promise<ChangeRecord> => servicenow.patchChange(sysId, { work_notes: text });
    await observe(ctx, await audited(ctx, fact, write, () => texts.NOTED), 'read', asked);
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    return texts.notNoted(nameOf(record), error.message);
  }
  // ServiceNow drops what the account may not write, with 200.
  return (await isThere()) === 'absent' ? texts.notNoted(nameOf(record), 'it was dropped') : undefined;
}

/**
 * Makes one step of a plan. Answers the change as ServiceNow left it, or what people have to know where it did not move.
 * Throws whatever ServiceNow's client throws.
 */
export async function takeStep(
  ctx: FlowContext,
  record: ChangeRecord,
  { to, fields }: Extract<Plan, { kind: 'step' }>,
): Promise<ChangeRecord | string> {
  const number = nameOf(record);
  const from = field(record, 'state');
  const asked = ctx.clock();
  try {
    const kept = await audited(
      ctx,
      { action: 'move-change', subject: record.sysId, reason: texts.moves(number, to) },
      () => ctx.servicenow.patchChange(record.sysId, fields),
      (answer) => texts.moved(number, field(answer, 'state')),
    );
    await observe(ctx, kept, 'read', asked);
    return field(kept, 'state') === to ? kept : texts.notMoved(number, from, to, '');
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    return texts.notMoved(number, from, to, error.message);
  }
}
