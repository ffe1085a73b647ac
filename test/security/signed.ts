import { createHmac, randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { GITLAB_TOKEN, PORT_SECRET, WEBHOOK_SECRET } from '../operator/support.ts';

export type Headers = Readonly<Record<string, string>>;
/** How one sender proves itself: the headers that make `body` acceptable at `at` (ms). */
export type Signer = (body: string, at?: number) => Headers;

export function signServiceNow(body: string, at = Date.now(), secret = WEBHOOK_SECRET): Headers {
  const id = randomUUID();
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, new Date(at), body),
  };
}

export function signPort(body: string, at = Date.now(), secret = PORT_SECRET): Headers {
  const timestamp = String(Math.floor(at / 1000));
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('base64');
  return { 'x-port-timestamp': timestamp, 'x-port-signature': `v1,${signature}` };
}

export function signGitLab(): Headers {
  return { 'x-gitlab-token': GITLAB_TOKEN };
}

const SYS_ID = 'a'.repeat(32);

/** Every webhook route with a body that it accepts, and its sender's way to sign. */
export const WEBHOOKS: readonly { readonly path: string; readonly body: unknown; readonly sign: Signer }[] = [
  {
    path: '/webhooks/servicenow',
    body: { event: 'change.updated', record: { sys_id: SYS_ID, sys_mod_count: '1' } },
    sign: signServiceNow,
  },
  { path: '/webhooks/port/approve', body: { runId: 'r_1' }, sign: signPort },
  { path: '/webhooks/port/deploy', body: { runId: 'r_2' }, sign: signPort },
  {
    path: '/webhooks/port/gitlab',
    body: { runId: 'r_3', groupName: 'platform', projectName: 'billing' },
    sign: signPort,
  },
  { path: '/webhooks/port/entity', body: { system_id: SYS_ID }, sign: signPort },
  { path: '/webhooks/gitlab', body: { object_kind: 'push' }, sign: signGitLab },
];
