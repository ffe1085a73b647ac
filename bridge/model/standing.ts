import { type ChangeRecord, field, isCancelled, isClosed, isOnHold, nameOf } from './change.ts';
import { type Decision, isDecision } from './decision.ts';
import { toIsoDate } from './time.ts';

/** What change_request.approval said at each version (sys_mod_count) that was ever seen. */
export type KnownApprovals = ReadonlyMap<number, string>;

/** The decision that the newest known version shows, and the version from which on nothing contradicts it. */
export type Standing = { readonly decision: Decision; readonly since: number };

/** The last decision that was recorded for a change. */
export type RecordedDecision = {
  readonly id: string;
  readonly decision: Decision;
  readonly version: number;
  /** Nothing was done about it yet, so it can still be superseded. */
  readonly isPending: boolean;
};

/** What has to be written so that the recorded decision is the one that stands. */
export type StandingStep =
  | { readonly kind: 'unchanged'; readonly id: string | undefined }
  | {
      readonly kind: 'record';
      readonly decision: Decision;
      readonly since: number;
      readonly supersede?: Superseded;
    }
  | { readonly kind: 'withdraw'; readonly supersede?: Superseded };

type Superseded = { readonly id: string; readonly reason: string };

/** Known approvals beyond this number may be forgotten, the oldest first. */
const KEEP_APPROVALS = 100;

/**
 * The decision that stands. A late event that says "requested" between two approvals is the only trace of a second
 * decision, so every version counts: from the newest one down, as long as all known versions say the same.
 */
export function standingDecision(approvals: KnownApprovals): Standing | undefined {
  const [newest, ...older] = newestFirst(approvals);
  if (newest === undefined) return undefined;
  const [since, decision] = newest;
  if (!isDecision(decision)) return undefined;
  const differs = older.findIndex(([, approval]) => approval !== decision);
  const same = differs < 0 ? older : older.slice(0, differs);
  return { decision, since: same.at(-1)?.[0] ?? since };
}

/**
 * From the approvals known of a change and the decision recorded last: what has to be recorded. A recorded decision
 * of the same value within the span in which it stands is the same decision; any other is a new one.
 */
export function nextStep(approvals: KnownApprovals, last: RecordedDecision | undefined): StandingStep {
  const standing = standingDecision(approvals);
  if (standing === undefined) {
    const approval = newestFirst(approvals)[0]?.[1];
    const reason = `The change is no longer decided: its approval is ${approval ?? 'unknown'}.`;
    return last?.isPending === true
      ? { kind: 'withdraw', supersede: { id: last.id, reason } }
      : { kind: 'withdraw' };
  }
  if (last?.decision === standing.decision && last.version >= standing.since) {
    return { kind: 'unchanged', id: last.id };
  }
  const reason = `A newer decision followed: ${standing.decision}.`;
  return {
    kind: 'record',
    ...standing,
    ...(last?.isPending === true ? { supersede: { id: last.id, reason } } : {}),
  };
}

/** The id of a decision: its change, what was decided, and the version at which it appeared. */
export function decisionId(sysId: string, standing: Standing): string {
  return `${sysId}-${standing.decision}-${standing.since}`;
}

/** The id of the decision that stands, recorded or not; undefined where none does. */
export function standingIdOf(
  sysId: string,
  approvals: KnownApprovals,
  last: RecordedDecision | undefined,
): string | undefined {
  const step = nextStep(approvals, last);
  if (step.kind === 'unchanged') return step.id;
  return step.kind === 'record' ? decisionId(sysId, step) : undefined;
}

/**
 * The versions whose approvals need not be kept. The one at which the standing decision began is never among them:
 * without it a long-lived change would seem to be decided anew.
 */
export function forgettableVersions(approvals: KnownApprovals): number[] {
  if (approvals.size <= KEEP_APPROVALS) return [];
  const since = standingDecision(approvals)?.since;
  return newestFirst(approvals)
    .slice(KEEP_APPROVALS)
    .map(([version]) => version)
    .filter((version) => version !== since);
}

function newestFirst(approvals: KnownApprovals): (readonly [number, string])[] {
  return [...approvals].toSorted(([a], [b]) => b - a);
}

/** Whether this version may make, turn or end a decision: then the decision on the change has to be looked at. */
export function concernsDecision(record: ChangeRecord): boolean {
  return isDecision(field(record, 'approval')) || isClosed(record) || isCancelled(record);
}

/** A change as it is known now, for the question whether a decision on it may be acted upon. */
export type DecidedChange = {
  readonly record: ChangeRecord;
  readonly deleted: boolean;
  /** The decision that stands, where one is recorded. */
  readonly standingId: string | undefined;
};

/** Why a recorded decision may not be acted upon (any more). */
export type NotStanding = {
  readonly because: 'deleted' | 'turned' | 'cancelled' | 'closed' | 'replaced';
  readonly reason: string;
};

/**
 * Why a decision may not be acted upon; undefined while it stands. The trigger, a pipeline's claim and the status of
 * a gate all ask this. A rejection stands on a closed change too: somebody still has to be told.
 */
export function whyNotStanding(
  decision: { readonly id: string; readonly decision: Decision },
  change: DecidedChange,
): NotStanding | undefined {
  const { record } = change;
  if (change.deleted) return { because: 'deleted', reason: 'The change was deleted in ServiceNow.' };
  const approval = field(record, 'approval');
  if (approval !== decision.decision) {
    return { because: 'turned', reason: `ServiceNow now shows the approval as "${approval}".` };
  }
  if (decision.decision === 'approved' && isCancelled(record)) {
    return { because: 'cancelled', reason: 'The change was cancelled.' };
  }
  if (decision.decision === 'approved' && isClosed(record)) {
    return { because: 'closed', reason: 'The change was closed.' };
  }
  if (change.standingId !== undefined && change.standingId !== decision.id) {
    return { because: 'replaced', reason: `A newer decision (${change.standingId}) took its place.` };
  }
  return undefined;
}

/**
 * Why a decision that stands has to wait. `notBefore`: when (ms) the wait ends, where that is known. `isOver`: the
 * window has ended, so that waiting alone does not help.
 */
export type Held = {
  readonly because: 'on-hold' | 'outside-window';
  readonly reason: string;
  readonly notBefore: number | undefined;
  readonly isOver: boolean;
};

/** When a question is asked (ms), and whether the planned dates of a change count. */
export type Moment = { readonly now: number; readonly window: 'honour' | 'ignore' };

/**
 * Why an approval that stands may not be acted upon at this moment, because the change is on hold or outside its
 * planned window; undefined where it may. A rejection is told at any time.
 */
export function whyHeld(decision: Decision, record: ChangeRecord, { now, window }: Moment): Held | undefined {
  if (decision !== 'approved') return undefined;
  if (isOnHold(record)) {
    const why = field(record, 'on_hold_reason');
    const reason = `${nameOf(record)} is on hold in ServiceNow${why === '' ? '.' : `: ${why}`}`;
    return { because: 'on-hold', reason, notBefore: undefined, isOver: false };
  }
  return window === 'honour' ? whyOutsideWindow(record, now) : undefined;
}

function whyOutsideWindow(record: ChangeRecord, now: number): Held | undefined {
  const start = toIsoDate(field(record, 'start_date'));
  const end = toIsoDate(field(record, 'end_date'));
  if (start !== null && now < Date.parse(start)) {
    const reason = `The planned window of ${nameOf(record)} begins at ${start}.`;
    return { because: 'outside-window', reason, notBefore: Date.parse(start), isOver: false };
  }
  if (end === null || now <= Date.parse(end)) return undefined;
  const reason = `The planned window of ${nameOf(record)} ended at ${end}. Move its planned end date in ServiceNow.`;
  return { because: 'outside-window', reason, notBefore: undefined, isOver: true };
}
