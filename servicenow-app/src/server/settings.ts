import { keyOfSecret } from './signature.ts';
import { TAGS_FIELD } from './payload.ts';

/** What an administrator has set; durations carry their unit in the name. */
export interface Settings {
  enabled: boolean;
  bridgeUrl: string;
  secrets: readonly string[];
  changeFilter: string;
  tagsField: string;
  midServer: string;
  timeoutSeconds: number;
  giveUpAfterHours: number;
  keepDeliveredDays: number;
}

/** Reads one property by its full name; '' when it is not set. */
export type ReadProperty = (name: string) => string;

export const PROPERTIES = {
  enabled: 'x_chb_changebridge.enabled',
  bridgeUrl: 'x_chb_changebridge.bridge_url',
  primarySecret: 'x_chb_changebridge.secret_primary',
  secondarySecret: 'x_chb_changebridge.secret_secondary',
  changeFilter: 'x_chb_changebridge.change_filter',
  tagsField: 'x_chb_changebridge.tags_field',
  midServer: 'x_chb_changebridge.mid_server',
  timeoutSeconds: 'x_chb_changebridge.timeout_seconds',
  giveUpAfterHours: 'x_chb_changebridge.give_up_after_hours',
  keepDeliveredDays: 'x_chb_changebridge.keep_delivered_days',
} as const;

const WEBHOOK_PATH = '/webhooks/servicenow';

/** The settings as they stand; a number that is missing or out of range falls back to its default. */
export function readSettings(read: ReadProperty): Settings {
  const text = (name: string): string => read(name).trim();
  return {
    enabled: text(PROPERTIES.enabled) === 'true',
    bridgeUrl: text(PROPERTIES.bridgeUrl),
    secrets: [text(PROPERTIES.primarySecret), text(PROPERTIES.secondarySecret)].filter(
      (secret) => secret !== '',
    ),
    changeFilter: text(PROPERTIES.changeFilter),
    tagsField: fieldName(text(PROPERTIES.tagsField)),
    midServer: text(PROPERTIES.midServer),
    timeoutSeconds: numberWithin(text(PROPERTIES.timeoutSeconds), 1, 30, 10),
    giveUpAfterHours: numberWithin(text(PROPERTIES.giveUpAfterHours), 1, 720, 72),
    keepDeliveredDays: numberWithin(text(PROPERTIES.keepDeliveredDays), 1, 365, 14),
  };
}

/**
 * The address that messages go to, or undefined when the setting is not usable. It must be https;
 * http is accepted for the loopback address only, where nobody can listen in.
 */
export function webhookUrl(bridgeUrl: string): string | undefined {
  const base = bridgeUrl.replace(/\/+$/, '');
  const secure = /^https:\/\/[A-Za-z0-9.-]+(:\d+)?(\/[^\s?#]*)?$/.test(base);
  const loopback = /^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?(\/[^\s?#]*)?$/.test(base);
  if (!secure && !loopback) return undefined;
  return base.endsWith(WEBHOOK_PATH) ? base : base + WEBHOOK_PATH;
}

/** Why nothing can be sent yet, one sentence for each reason; empty when all is set. */
export function missingSettings(settings: Settings): string[] {
  const reasons: string[] = [];
  if (webhookUrl(settings.bridgeUrl) === undefined) {
    reasons.push(`Set ${PROPERTIES.bridgeUrl} to the https address of the bridge.`);
  }
  if (!settings.secrets.some((secret) => keyOfSecret(secret) !== undefined)) {
    reasons.push(
      `Set ${PROPERTIES.primarySecret} to the signing secret of the bridge (it begins with whsec_).`,
    );
  }
  return reasons;
}

function fieldName(text: string): string {
  return /^[a-z][a-z0-9_]{0,79}$/.test(text) ? text : TAGS_FIELD;
}

function numberWithin(text: string, least: number, most: number, fallback: number): number {
  if (!/^\d{1,6}$/.test(text)) return fallback;
  const value = Number(text);
  return value < least || value > most ? fallback : value;
}
