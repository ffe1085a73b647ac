import type { Lifecycle } from '../../ledger/lifecycles.ts';
import { type ChangeRecord, field, nameOf } from '../../model/change.ts';
import { toRawDate } from '../../model/time.ts';
import * as texts from './texts.ts';

/** What is done to a change next: one legal step, or nothing, with what people have to know. */
export type Plan =
  | { readonly kind: 'done' }
  | { readonly kind: 'step'; readonly to: string; readonly fields: Readonly<Record<string, string>> }
  | { readonly kind: 'stuck'; readonly text: string };

const SCHEDULED = '-2';
const IMPLEMENT = '-1';
const REVIEW = '0';
const CLOSED = '3';
const CANCELED = '4';

/**
 * The next step of a change on its way from Scheduled to Closed (docs/servicenow.md, "How a change is closed"): Implement
 * once its deployment is claimed, Review and Closed once it has ended. Whatever people did by hand counts.
 */
export function planStep(lifecycle: Lifecycle, record: ChangeRecord, closeNotes: string): Plan {
  const state = field(record, 'state');
  const { outcome, ended_at: endedAt = 0, claimed_at: claimedAt = endedAt } = lifecycle;
  if (state === CLOSED) return { kind: 'done' };
  if (state === CANCELED) {
    return outcome === undefined ? { kind: 'done' } : { kind: 'stuck', text: texts.gone(nameOf(record)) };
  }
  if (state === SCHEDULED) return step(IMPLEMENT, { work_start: toRawDate(claimedAt) });
  if (state !== IMPLEMENT && state !== REVIEW)
    return { kind: 'stuck', text: texts.notReady(nameOf(record), state) };
  if (outcome === undefined) return { kind: 'done' };
  if (state === IMPLEMENT) return step(REVIEW, { work_end: toRawDate(endedAt) });
  const isSuccess = outcome === 'success';
  return step(CLOSED, { close_code: isSuccess ? 'successful' : 'unsuccessful', close_notes: closeNotes });
}

function step(to: string, fields: Readonly<Record<string, string>>): Plan {
  return { kind: 'step', to, fields: { state: to, ...fields } };
}
