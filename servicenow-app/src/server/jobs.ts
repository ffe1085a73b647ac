import { GlideRecord, gs } from '@servicenow/glide';
import { bridgeSeemsAway, drainChange, sweep, type DeliveryPorts } from './delivery.ts';
import { glideClaims } from './glide-claims.ts';
import { askBridge, refreshHealth } from './glide-health.ts';
import { glideOutbox, purgeDelivered } from './glide-outbox.ts';
import { currentSettings, currentTime, sendRow } from './glide-platform.ts';
import { missingSettings, type Settings } from './settings.ts';

const EVENT_BUDGET_MS = 15_000;
const SWEEP_BUDGET_MS = 25_000;
const PURGE_AT_ONCE = 500;
const DAY_MS = 86_400_000;

/** Delivers what a queued event announces; what it leaves is taken up by the next minute's run. */
export function deliverOnEvent(event: GlideRecord, current: GlideRecord): void {
  try {
    const settings = currentSettings();
    if (!canSend(settings)) return;
    const ports = deliveryPorts(settings);
    if (bridgeSeemsAway(ports)) return;
    const changeId = event.getValue('parm1') || current.getValue('record_id');
    drainChange(changeId, currentTime() + EVENT_BUDGET_MS, ports);
  } catch (error) {
    gs.error('Changebridge: a delivery was interrupted and will be tried again: {0}', String(error));
  }
}

/** Once a minute: sends whatever is due, removes old delivered rows, refreshes the Health list. */
export function everyMinute(): void {
  const settings = currentSettings();
  guarded('the retries', () => {
    if (canSend(settings)) sweep(SWEEP_BUDGET_MS, deliveryPorts(settings));
  });
  guarded('the removal of old deliveries', () => {
    purgeDelivered(currentTime() - settings.keepDeliveredDays * DAY_MS, PURGE_AT_ONCE);
  });
  guarded('the health check', refreshHealth);
  if (settings.enabled) guarded('the question to the bridge', askBridge);
}

/** Asks the bridge when somebody wants to know now. */
export function askOnEvent(event: GlideRecord, current: GlideRecord): void {
  const line = current.getValue('name');
  gs.info('Changebridge: the bridge is asked ({0}, from the line {1}).', event.getValue('name'), line);
  guarded('the question to the bridge', askBridge);
}

/** One part that fails must not keep the others from running. */
function guarded(what: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    gs.error('Changebridge: {0} stopped and will run again in a minute: {1}', what, String(error));
  }
}

function canSend(settings: Settings): boolean {
  return settings.enabled && missingSettings(settings).length === 0;
}

function deliveryPorts(settings: Settings): DeliveryPorts {
  return {
    outbox: glideOutbox(),
    claims: glideClaims(),
    send: (row, now) => sendRow(row, now, settings),
    now: currentTime,
    random: Math.random,
  };
}
