import { GlideRecord, gs } from '@servicenow/glide';
import type { Attempt, Outbox, OutboxRow } from './delivery.ts';
import { textOf } from './glide-query.ts';
import { DELIVER_EVENT, FAILED_EVENT, OUTBOX_TABLE } from './names.ts';
import { fromGlideTime, toGlideTime } from './time.ts';

/** A message as it is first written; times are milliseconds since 1970. */
export interface NewRow {
  event: string;
  origin: 'rule' | 'resend';
  changeId: string;
  number: string;
  modCount: string;
  payload: string;
  now: number;
  giveUpAt: number;
}

/** Writes the message. Returns its row; throws when it was not written. Nothing is sent yet. */
export function insertRow(message: NewRow): GlideRecord {
  const row = new GlideRecord(OUTBOX_TABLE);
  row.initialize();
  row.setValue('event', message.event);
  row.setValue('origin', message.origin);
  row.setValue('record_id', message.changeId);
  row.setValue('change', message.changeId);
  row.setValue('number', message.number);
  row.setValue('mod_count', /^\d{1,9}$/.test(message.modCount) ? message.modCount : '0');
  row.setValue('payload', message.payload);
  row.setValue('state', 'pending');
  row.setValue('attempts', 0);
  row.setValue('occurred_at', toGlideTime(message.now));
  row.setValue('next_attempt', toGlideTime(message.now));
  row.setValue('give_up_at', toGlideTime(message.giveUpAt));
  const id = row.insert();
  if (id === null || id === '') throw new Error(`The database did not accept a row of ${OUTBOX_TABLE}.`);
  return row;
}

/** Asks for the delivery of the waiting rows of a change, in a worker. */
export function queueDelivery(row: GlideRecord, changeId: string): void {
  gs.eventQueue(DELIVER_EVENT, row, changeId, row.getUniqueValue());
}

/** Whether this version of the change is recorded already by the rules and is delivered or on its way. */
export function isRecorded(event: string, changeId: string, modCount: string): boolean {
  const row = new GlideRecord(OUTBOX_TABLE);
  row.addQuery('record_id', changeId);
  row.addQuery('event', event);
  row.addQuery('mod_count', modCount);
  row.addQuery('origin', 'rule');
  row.addQuery('state', '!=', 'dead');
  row.setLimit(1);
  row.query();
  return row.next();
}

/** Puts a row back at the start of its retries. Returns false when the row is gone or delivered. */
export function restartRow(id: string, now: number, giveUpAt: number): boolean {
  const row = open(id);
  if (row === undefined) return false;
  row.setValue('state', 'pending');
  row.setValue('attempts', 0);
  row.setValue('next_attempt', toGlideTime(now));
  row.setValue('give_up_at', toGlideTime(giveUpAt));
  row.update();
  gs.eventQueue(DELIVER_EVENT, row, row.getValue('record_id'), id);
  return true;
}

/** Removes delivered rows older than the given time, at most `limit` of them. Failed rows stay. */
export function purgeDelivered(before: number, limit: number): void {
  const row = new GlideRecord(OUTBOX_TABLE);
  row.addQuery('state', 'delivered');
  row.addQuery('delivered_at', '<', toGlideTime(before));
  row.setLimit(limit);
  row.query();
  while (row.next()) row.deleteRecord();
}

/** The outbox table as the delivery sees it. */
export function glideOutbox(): Outbox {
  return { head, begin, markDelivered, markWaiting, markFailed, changesDue, failuresSince };
}

function head(changeId: string): OutboxRow | undefined {
  const row = new GlideRecord(OUTBOX_TABLE);
  row.addQuery('record_id', changeId);
  row.addQuery('state', 'IN', 'pending,delivering');
  row.orderBy('mod_count');
  row.orderBy('sys_created_on');
  row.orderBy('sys_id');
  row.setLimit(1);
  row.query();
  return row.next() ? readRow(row) : undefined;
}

function readRow(row: GlideRecord): OutboxRow {
  return {
    id: row.getUniqueValue(),
    changeId: textOf(row, 'record_id'),
    number: textOf(row, 'number'),
    payload: textOf(row, 'payload'),
    attempts: Number(textOf(row, 'attempts')) || 0,
    nextAttemptAt: fromGlideTime(textOf(row, 'next_attempt')) ?? 0,
    giveUpAt: fromGlideTime(textOf(row, 'give_up_at')) ?? 0,
  };
}

/** The row for writing, unless it is gone or was delivered by another worker meanwhile. */
function open(id: string): GlideRecord | undefined {
  const row = new GlideRecord(OUTBOX_TABLE);
  if (!row.get(id)) return undefined;
  return textOf(row, 'state') === 'delivered' ? undefined : row;
}

function begin(row: OutboxRow): void {
  const record = open(row.id);
  if (record === undefined) return;
  record.setValue('state', 'delivering');
  record.setValue('attempts', row.attempts + 1);
  record.update();
}

function markDelivered(row: OutboxRow, attempt: Attempt): void {
  const record = ended(row, attempt);
  if (record === undefined) return;
  record.setValue('state', 'delivered');
  record.setValue('delivered_at', toGlideTime(attempt.at));
  record.update();
}

function markWaiting(row: OutboxRow, attempt: Attempt, nextAttemptAt: number): void {
  const record = ended(row, attempt);
  if (record === undefined) return;
  record.setValue('state', 'pending');
  record.setValue('next_attempt', toGlideTime(nextAttemptAt));
  record.update();
}

function markFailed(row: OutboxRow, attempt: Attempt): void {
  const record = ended(row, attempt);
  if (record === undefined) return;
  record.setValue('state', 'dead');
  record.update();
  gs.error('Changebridge: the delivery {0} of {1} failed for good: {2}', row.id, row.number, attempt.error);
  gs.eventQueue(FAILED_EVENT, record, row.number, attempt.error.slice(0, 250));
}

function ended(row: OutboxRow, attempt: Attempt): GlideRecord | undefined {
  const record = open(row.id);
  if (record === undefined) return undefined;
  record.setValue('last_attempt', toGlideTime(attempt.at));
  record.setValue('http_status', attempt.status);
  record.setValue('last_error', attempt.error.slice(0, 1000));
  if (attempt.clockSkewSeconds !== undefined) record.setValue('clock_skew', attempt.clockSkewSeconds);
  return record;
}

function changesDue(now: number, limit: number): string[] {
  const row = new GlideRecord(OUTBOX_TABLE);
  row.addQuery('state', 'IN', 'pending,delivering');
  row.addQuery('next_attempt', '<=', toGlideTime(now));
  row.orderBy('next_attempt');
  row.setLimit(limit);
  row.query();
  const changes = new Set<string>();
  while (row.next()) changes.add(textOf(row, 'record_id'));
  return [...changes];
}

function failuresSince(time: number): number {
  const row = new GlideRecord(OUTBOX_TABLE);
  row.addQuery('state', 'pending');
  row.addQuery('attempts', '>', 0);
  row.addQuery('last_attempt', '>=', toGlideTime(time));
  row.setLimit(3);
  row.query();
  return row.getRowCount();
}
