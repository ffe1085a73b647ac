import { keyOfSecret } from './signature.ts';
import { PROPERTIES, webhookUrl, type Settings } from './settings.ts';
import { toGlideTime } from './time.ts';

export type HealthStatus = 'ok' | 'warning' | 'failed';

/** One line of the Health list; `key` never changes. */
export interface Check {
  key: string;
  name: string;
  status: HealthStatus;
  detail: string;
}

/** What is known about the deliveries; times are milliseconds since 1970. */
export interface DeliveryFacts {
  waiting: number;
  oldestWaitingSince: number | undefined;
  oldestWaitingError: string;
  failed: number;
  lastDeliveredAt: number | undefined;
  /** The bridge's clock minus ours, at the last answer that carried a date. */
  clockSkewSeconds: number | undefined;
}

export interface HealthFacts {
  now: number;
  settings: Settings;
  tagsColumnPresent: boolean;
  /** What the platform's MAC gave for the published test vector, or why it gave nothing. */
  macResult: string;
  deliveries: DeliveryFacts;
}

/** The test vector of the Standard Webhooks reference: key, signed text and the signature it must give. */
export const MAC_VECTOR = {
  key: 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  text: 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}',
  mac: 'g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
} as const;

/** Counts stop here, so that a long list costs no more than a short one. */
export const COUNTED_AT_MOST = 1000;

const LATE_MS = 5 * 60_000;
const VERY_LATE_MS = 60 * 60_000;
const SKEW_THAT_WARNS = 60;
const SKEW_THAT_FAILS = 300;

/** Every check, in the order of the list. Details name what to do and never hold a secret. */
export function checkHealth(facts: HealthFacts): Check[] {
  const { settings, deliveries, now } = facts;
  return [
    checkSwitch(settings),
    checkAddress(settings),
    checkSecret(settings),
    checkMac(facts.macResult),
    checkTagsColumn(settings, facts.tagsColumnPresent),
    checkWaiting(deliveries, now),
    checkFailed(deliveries),
    checkLastDelivery(deliveries),
    checkClock(deliveries),
  ];
}

function check(key: string, name: string, status: HealthStatus, detail: string): Check {
  return { key, name, status, detail };
}

function checkSwitch(settings: Settings): Check {
  if (settings.enabled) return check('switch', 'Switched on', 'ok', 'Changes are recorded and sent.');
  return check(
    'switch',
    'Switched on',
    'warning',
    `Switched off: no change is recorded and nothing is sent. Set ${PROPERTIES.enabled} to true.`,
  );
}

function checkAddress(settings: Settings): Check {
  const url = webhookUrl(settings.bridgeUrl);
  if (url !== undefined) return check('address', 'Bridge address', 'ok', `Messages go to ${url}.`);
  return check(
    'address',
    'Bridge address',
    'failed',
    `There is no usable address. Set ${PROPERTIES.bridgeUrl}, such as https://changebridge.example.com.`,
  );
}

function checkSecret(settings: Settings): Check {
  const usable = settings.secrets.filter((secret) => keyOfSecret(secret) !== undefined).length;
  const name = 'Signing secret';
  if (usable < settings.secrets.length) {
    const detail =
      'A secret is set that cannot be used: whsec_ and the Base64 of 24 to 64 bytes is expected. Copy it again.';
    return check('secret', name, 'failed', detail);
  }
  if (usable === 0)
    return check('secret', name, 'failed', `No secret is set. Set ${PROPERTIES.primarySecret}.`);
  if (usable === 1) return check('secret', name, 'ok', 'One secret is set.');
  const detail = `Two secrets are set: every message carries two signatures. When the bridge has the new secret, empty ${PROPERTIES.secondarySecret}.`;
  return check('secret', name, 'ok', detail);
}

function checkMac(result: string): Check {
  const name = 'Signature function';
  if (result === MAC_VECTOR.mac) {
    return check('mac', name, 'ok', 'This instance computes the published test signature.');
  }
  return check(
    'mac',
    name,
    'failed',
    `This instance does not compute the published test signature, so the bridge would refuse every message. It gave: ${result}`,
  );
}

function checkTagsColumn(settings: Settings, present: boolean): Check {
  const name = 'Tags column';
  if (present) return check('column', name, 'ok', `change_request has the column ${settings.tagsField}.`);
  return check(
    'column',
    name,
    'failed',
    `change_request has no column ${settings.tagsField}: messages leave the tags out. Create it, or name another one in ${PROPERTIES.tagsField} and in the bridge (SERVICENOW_TAGS_FIELD).`,
  );
}

function checkWaiting(deliveries: DeliveryFacts, now: number): Check {
  const name = 'Waiting deliveries';
  const since = deliveries.oldestWaitingSince;
  if (deliveries.waiting === 0 || since === undefined)
    return check('waiting', name, 'ok', 'None is waiting.');
  const error = deliveries.oldestWaitingError === '' ? '' : ` Last error: ${deliveries.oldestWaitingError}`;
  const detail = `${count(deliveries.waiting)} waiting, the oldest since ${utc(since)}.${error}`;
  if (now - since >= VERY_LATE_MS) return check('waiting', name, 'failed', detail);
  return check('waiting', name, now - since >= LATE_MS ? 'warning' : 'ok', detail);
}

function checkFailed(deliveries: DeliveryFacts): Check {
  const name = 'Failed deliveries';
  if (deliveries.failed === 0) return check('failed', name, 'ok', 'None has failed.');
  const detail = `${count(deliveries.failed)} will not be tried again. Open Failed deliveries, mend the cause and press Retry now, or delete them.`;
  return check('failed', name, 'failed', detail);
}

function checkLastDelivery(deliveries: DeliveryFacts): Check {
  const at = deliveries.lastDeliveredAt;
  const detail =
    at === undefined
      ? 'Nothing that is still kept was delivered.'
      : `The bridge last took a message at ${utc(at)}.`;
  return check('last', 'Last delivery', 'ok', detail);
}

function checkClock(deliveries: DeliveryFacts): Check {
  const name = 'Clock';
  const skew = deliveries.clockSkewSeconds;
  if (skew === undefined) return check('clock', name, 'ok', 'Not known yet: no answer has carried a date.');
  const detail = `The bridge's clock differs by ${skew} s from this instance's.`;
  const distance = Math.abs(skew);
  if (distance >= SKEW_THAT_FAILS) {
    return check(
      'clock',
      name,
      'failed',
      `${detail} It refuses signatures older than five minutes. Mend the clock.`,
    );
  }
  return check('clock', name, distance >= SKEW_THAT_WARNS ? 'warning' : 'ok', detail);
}

function count(found: number): string {
  return found >= COUNTED_AT_MOST ? `${found} or more` : String(found);
}

function utc(ms: number): string {
  return `${toGlideTime(ms)} UTC`;
}
