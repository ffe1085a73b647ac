import { retryAfterSeconds, retryDelaySeconds } from './backoff.ts';
import { explain, judge } from './outcome.ts';

/** One message that waits in the outbox; times are milliseconds since 1970. */
export interface OutboxRow {
  id: string;
  changeId: string;
  number: string;
  payload: string;
  attempts: number;
  nextAttemptAt: number;
  giveUpAt: number;
}

/** What came back for one attempt; status 0 means that no answer came. */
export interface Answer {
  status: number;
  detail: string;
  retryAfter: string;
  /** The `Date` header of the answer, '' when there was none. */
  date: string;
}

/** How an attempt ended, as it is written to the row. */
export interface Attempt {
  at: number;
  status: number;
  error: string;
  /** The bridge's clock minus ours in seconds; undefined when the answer carried no date. */
  clockSkewSeconds: number | undefined;
}

/** The rows. Every method throws when the database refuses. */
export interface Outbox {
  /** The oldest undelivered row of a change: the only one that may be sent. */
  head(changeId: string): OutboxRow | undefined;
  /** Writes that an attempt begins, so that an attempt that never ends is counted too. */
  begin(row: OutboxRow): void;
  markDelivered(row: OutboxRow, attempt: Attempt): void;
  markWaiting(row: OutboxRow, attempt: Attempt, nextAttemptAt: number): void;
  markFailed(row: OutboxRow, attempt: Attempt): void;
  /** The changes of the `limit` rows that have been due longest, without repeats. */
  changesDue(now: number, limit: number): string[];
  /** How many attempts have failed since the given time. */
  failuresSince(time: number): number;
}

/** One holder for each change, across all workers of all nodes. */
export interface Claims {
  /** A token, or undefined when another worker holds the change. */
  take(changeId: string, now: number): string | undefined;
  release(changeId: string, token: string): void;
}

/** Everything that delivery needs from outside. */
export interface DeliveryPorts {
  outbox: Outbox;
  claims: Claims;
  /** Sends one row and always returns an answer; it does not throw. */
  send: (row: OutboxRow, now: number) => Answer;
  now: () => number;
  random: () => number;
}

/** How a change stands after its rows were worked on. */
export type DrainResult = 'empty' | 'waiting' | 'failed' | 'busy' | 'out of time';

const CONSECUTIVE_FAILURES_THAT_STOP_A_SWEEP = 3;
const ROWS_AT_ONCE = 200;
const FAILURE_WINDOW_MS = 60_000;

/**
 * Sends the undelivered rows of one change, oldest first, until none is left, one fails or waits for
 * its time, or `deadline` has passed. A row that failed for good no longer holds back later ones.
 */
export function drainChange(changeId: string, deadline: number, ports: DeliveryPorts): DrainResult {
  for (;;) {
    const token = ports.claims.take(changeId, ports.now());
    if (token === undefined) return 'busy';
    let result: DrainResult;
    try {
      result = sendInOrder(changeId, deadline, ports);
    } finally {
      ports.claims.release(changeId, token);
    }
    // A row may have been written between the last look and the release, by a worker that was turned away.
    if (result !== 'empty' || !isDue(ports.outbox.head(changeId), ports.now())) return result;
  }
}

/**
 * Works on every change whose time has come, each once, for at most `budgetMs`. Three failures in a
 * row mean that the bridge is away: the rest waits for the next run rather than holding a worker.
 */
export function sweep(budgetMs: number, ports: DeliveryPorts): void {
  const deadline = ports.now() + budgetMs;
  const done = new Set<string>();
  let failures = 0;
  for (let changes = nextDue(done, ports); changes.length > 0; changes = nextDue(done, ports)) {
    for (const changeId of changes) {
      if (ports.now() >= deadline) return;
      done.add(changeId);
      const result = drainChange(changeId, deadline, ports);
      if (result === 'failed') failures += 1;
      if (result === 'empty' || result === 'waiting') failures = 0;
      if (failures >= CONSECUTIVE_FAILURES_THAT_STOP_A_SWEEP) return;
    }
  }
}

function nextDue(done: ReadonlySet<string>, ports: DeliveryPorts): string[] {
  return ports.outbox.changesDue(ports.now(), ROWS_AT_ONCE).filter((changeId) => !done.has(changeId));
}

/**
 * Whether an event should leave its row to the next sweep: while the bridge is away, each event would
 * otherwise hold one of the few workers of the node until the timeout.
 */
export function bridgeSeemsAway(ports: Pick<DeliveryPorts, 'outbox' | 'now'>): boolean {
  const failures = ports.outbox.failuresSince(ports.now() - FAILURE_WINDOW_MS);
  return failures >= CONSECUTIVE_FAILURES_THAT_STOP_A_SWEEP;
}

function sendInOrder(changeId: string, deadline: number, ports: DeliveryPorts): DrainResult {
  for (;;) {
    const row = ports.outbox.head(changeId);
    if (row === undefined) return 'empty';
    if (!isDue(row, ports.now())) return 'waiting';
    if (ports.now() >= deadline) return 'out of time';
    if (!attempt(row, ports)) return 'failed';
  }
}

function isDue(row: OutboxRow | undefined, now: number): boolean {
  return row !== undefined && row.nextAttemptAt <= now;
}

/** One attempt; true when the change's next row may go. */
function attempt(row: OutboxRow, ports: DeliveryPorts): boolean {
  ports.outbox.begin(row);
  const answer = ports.send(row, ports.now());
  const at = ports.now();
  const verdict = judge(answer.status);
  const error = verdict === 'delivered' ? '' : explain(answer.status, answer.detail);
  const ended: Attempt = { at, status: answer.status, error, clockSkewSeconds: skew(answer.date, at) };
  if (verdict === 'delivered') {
    ports.outbox.markDelivered(row, ended);
    return true;
  }
  if (verdict === 'refused') {
    ports.outbox.markFailed(row, ended);
    return true;
  }
  if (at >= row.giveUpAt) {
    ports.outbox.markFailed(row, { ...ended, error: `${error} Given up: the time for retries is over.` });
    return false;
  }
  const asked = retryAfterSeconds(answer.retryAfter, at);
  const delay = retryDelaySeconds(row.attempts + 1, asked, ports.random);
  ports.outbox.markWaiting(row, ended, at + delay * 1000);
  return false;
}

function skew(date: string, now: number): number | undefined {
  const theirs = Date.parse(date);
  return Number.isNaN(theirs) ? undefined : Math.round((theirs - now) / 1000);
}
