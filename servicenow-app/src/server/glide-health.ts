import { GlideRecord } from '@servicenow/glide';
import { checkBridge, whyNotAsked } from './bridge-check.ts';
import { countRows, firstRow, textOf } from './glide-query.ts';
import { currentSettings, currentTime, ping, platformMac } from './glide-platform.ts';
import { checkHealth, COUNTED_AT_MOST, MAC_VECTOR, type Check, type DeliveryFacts } from './health.ts';
import { CHANGE_TABLE, HEALTH_TABLE, OUTBOX_TABLE } from './names.ts';
import { fromGlideTime, toGlideTime } from './time.ts';

/** An unchanged line is written again this often, to show that the job still runs. */
const REFRESH_MS = 5 * 60_000;

/** Runs every check and writes what has changed to the Health list. Throws when the database refuses. */
export function refreshHealth(): void {
  const now = currentTime();
  const settings = currentSettings();
  const checks = checkHealth({
    now,
    settings,
    tagsColumnPresent: new GlideRecord(CHANGE_TABLE).isValidField(settings.tagsField),
    macResult: tryMac(),
    deliveries: deliveryFacts(),
  });
  checks.forEach((check, position) => {
    // The bridge's own line is the first.
    writeCheck(check, position + 1, now);
  });
}

/**
 * Asks the bridge and writes its line of the Health list. Outbound calls are for jobs and script actions alone: the
 * platform refuses them in a UI action. Throws when the database refuses.
 */
export function askBridge(): void {
  const settings = currentSettings();
  const now = currentTime();
  const check = whyNotAsked(settings) ?? checkBridge(ping(now, settings), now);
  writeCheck(check, 0, now);
}

function tryMac(): string {
  try {
    return platformMac(MAC_VECTOR.key, MAC_VECTOR.text);
  } catch (error) {
    return String(error);
  }
}

function deliveryFacts(): DeliveryFacts {
  const undelivered = 'stateINpending,delivering';
  const oldest = firstRow(OUTBOX_TABLE, `${undelivered}^ORDERBYoccurred_at`);
  const delivered = firstRow(OUTBOX_TABLE, 'state=delivered^ORDERBYDESCdelivered_at');
  const skew = textOf(oldest, 'clock_skew') || textOf(delivered, 'clock_skew');
  return {
    waiting: countRows(OUTBOX_TABLE, undelivered, COUNTED_AT_MOST),
    oldestWaitingSince: fromGlideTime(textOf(oldest, 'occurred_at')),
    oldestWaitingError: textOf(oldest, 'last_error'),
    failed: countRows(OUTBOX_TABLE, 'state=dead', COUNTED_AT_MOST),
    lastDeliveredAt: fromGlideTime(textOf(delivered, 'delivered_at')),
    clockSkewSeconds: skew === '' ? undefined : Number(skew),
  };
}

function writeCheck(check: Check, position: number, now: number): void {
  const row = new GlideRecord(HEALTH_TABLE);
  if (!row.get('key', check.key)) {
    row.initialize();
    row.setValue('key', check.key);
    fill(row, check, position, now);
    row.insert();
    return;
  }
  const unchanged = textOf(row, 'status') === check.status && textOf(row, 'detail') === check.detail;
  const checkedAt = fromGlideTime(textOf(row, 'checked_at')) ?? 0;
  if (unchanged && now - checkedAt < REFRESH_MS) return;
  fill(row, check, position, now);
  row.update();
}

function fill(row: GlideRecord, check: Check, position: number, now: number): void {
  row.setValue('name', check.name);
  row.setValue('status', check.status);
  row.setValue('detail', check.detail);
  row.setValue('position', position);
  row.setValue('checked_at', toGlideTime(now));
}
