import { CertificateEncryption, GlideDateTime, gs } from '@servicenow/glide';
import { RESTMessageV2 } from '@servicenow/glide/sn_ws';
import { pingBody, type PingAnswer } from './bridge-check.ts';
import type { Answer, OutboxRow } from './delivery.ts';
import { macOf } from './mac.ts';
import { readSettings, webhookUrl, type Settings } from './settings.ts';
import { signatureHeader, type Mac } from './signature.ts';
import { toIso } from './time.ts';

/** The settings of this instance, as they stand now. */
export function currentSettings(): Settings {
  return readSettings((name) => gs.getProperty(name, '') ?? '');
}

/** Milliseconds since 1970. */
export function currentTime(): number {
  return new GlideDateTime().getNumericValue();
}

/** HMAC-SHA256 in Base64 under a Base64 key, computed by the platform. */
export const platformMac: Mac = macOf(CertificateEncryption);

/** Sends one row, signed at this moment. Whatever goes wrong is in the answer; it does not throw. */
export function sendRow(row: OutboxRow, now: number, settings: Settings): Answer {
  return send({ id: row.id, body: row.payload }, now, settings);
}

/** Asks the bridge whether it is there. Whatever goes wrong is in the answer; it does not throw. */
export function ping(now: number, settings: Settings): PingAnswer {
  return send({ id: gs.generateGUID(), body: pingBody(toIso(now)) }, now, settings);
}

function send(message: Message, now: number, settings: Settings): PingAnswer {
  try {
    return post(message, now, settings);
  } catch (error) {
    return { status: 0, detail: String(error), retryAfter: '', date: '', body: '' };
  }
}

interface Message {
  id: string;
  body: string;
}

function post({ id, body }: Message, now: number, settings: Settings): PingAnswer {
  const url = webhookUrl(settings.bridgeUrl);
  if (url === undefined) throw new Error('the bridge address is not set');
  const timestamp = Math.floor(now / 1000);
  const message = { id, timestamp, body };
  const request = new RESTMessageV2();
  request.setEndpoint(url);
  request.setHttpMethod('POST');
  request.setHttpTimeout(settings.timeoutSeconds * 1000);
  request.setRequestHeader('Content-Type', 'application/json');
  request.setRequestHeader('webhook-id', id);
  request.setRequestHeader('webhook-timestamp', String(timestamp));
  request.setRequestHeader('webhook-signature', signatureHeader(message, settings.secrets, platformMac));
  request.setRequestBody(body);
  if (settings.midServer !== '') request.setMIDServer(settings.midServer);
  const response = request.execute();
  const status = response.getStatusCode();
  return {
    status,
    detail: detailOf(status, response.haveError() ? response.getErrorMessage() : '', response.getBody()),
    retryAfter: response.getHeader('Retry-After') ?? '',
    date: response.getHeader('Date') ?? '',
    body: (response.getBody() ?? '').slice(0, 2000),
  };
}

/** What the bridge wrote explains a refusal; without an answer only the platform's message does. */
function detailOf(status: number, platformMessage: string, body: string): string {
  if (status >= 200 && status < 300) return '';
  const text = status === 0 ? platformMessage : body || platformMessage;
  return (text ?? '').replace(/\s+/g, ' ').slice(0, 500);
}
