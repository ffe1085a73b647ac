import { createHmac, randomUUID } from 'node:crypto';
import type { ChangeFields } from './change.ts';

export const WEBHOOK_PATH = '/webhooks/servicenow';

/** An event of the ServiceNow app, signed by Standard Webhooks, with an id of its own. */
export type SignedEvent = { readonly headers: Readonly<Record<string, string>>; readonly body: string };

/** Signs a change's event. `secret` is the `whsec_…` that the bridge knows; `now` in ms. */
export function signedEvent(fields: ChangeFields, secret: string, now: number): SignedEvent {
  const event = fields['sys_mod_count'] === '0' ? 'change.created' : 'change.updated';
  const body = JSON.stringify({ event, occurred_at: new Date(now).toISOString(), record: fields });
  const id = randomUUID();
  const timestamp = String(Math.floor(now / 1000));
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    },
    body,
  };
}

/** The same as the bytes of an HTTP/1.1 request, made before the clock runs. */
export function requestBytes({ headers, body }: SignedEvent, host: string): Buffer {
  const lines = [
    `POST ${WEBHOOK_PATH} HTTP/1.1`,
    `host: ${host}`,
    `content-length: ${Buffer.byteLength(body)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
