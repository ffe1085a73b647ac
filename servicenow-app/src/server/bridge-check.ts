import type { Answer } from './delivery.ts';
import type { Check, HealthStatus } from './health.ts';
import { missingSettings, type Settings } from './settings.ts';

/** What the bridge says of itself when it is asked. */
interface Pong {
  version: string;
  secret: number;
}

/** An answer to the question, with its text. */
export interface PingAnswer extends Answer {
  body: string;
}

const FARTHEST_CLOCK_S = 300;
const WARNING_CLOCK_S = 60;

/** The message that asks the bridge whether it is there and knows the secret. */
export function pingBody(nowIso: string): string {
  return JSON.stringify({ event: 'ping', occurred_at: nowIso });
}

/** Why the bridge cannot be asked, or undefined where it can. */
export function whyNotAsked(settings: Settings): Check | undefined {
  const missing = missingSettings(settings);
  if (missing.length === 0) return undefined;
  return line('failed', `The bridge was not asked. ${missing.join(' ')}`);
}

/** What the answer means for the person who looks after the bridge; `now` in milliseconds since 1970. */
export function checkBridge(answer: PingAnswer, now: number): Check {
  const skew = skewSeconds(answer.date, now);
  if (answer.status === 200) return checkPong(parsePong(answer.body), skew);
  if (answer.status === 0) {
    return line(
      'failed',
      `The bridge does not answer${told(answer)}. Check that it runs, its address, the network and its certificate.`,
    );
  }
  if (answer.status === 401) return line('failed', refusedText(skew));
  if (answer.status === 400 || answer.status === 422) {
    return line(
      'warning',
      `A bridge answers that does not know this question (HTTP ${answer.status}): it is older than this app. Messages still arrive. Update the bridge.`,
    );
  }
  if (answer.status === 404 || answer.status === 405) {
    return line(
      'failed',
      `Something answers at the address, and it is no bridge (HTTP ${answer.status}). Check the bridge address in the settings.`,
    );
  }
  if (answer.status === 503) {
    return line(
      'failed',
      `The bridge is up and cannot take messages now${told(answer)}. Its page /health says why.`,
    );
  }
  return line(
    'failed',
    `An unexpected answer, HTTP ${answer.status}${told(answer)}. Check what stands between this instance and the bridge.`,
  );
}

function checkPong(pong: Pong | undefined, skew: number | undefined): Check {
  if (pong === undefined) {
    return line(
      'failed',
      'Something answers at the address, and it is no bridge: a login page or a proxy, perhaps. Check the bridge address in the settings.',
    );
  }
  const seconds = skew ?? 0;
  const clock =
    Math.abs(seconds) >= WARNING_CLOCK_S
      ? ` Its clock differs by ${seconds} s: mend the clocks before signatures are refused.`
      : '';
  const secret =
    pong.secret === 0
      ? ''
      : ` It knew the message by an older secret (number ${pong.secret + 1} of SERVICENOW_WEBHOOK_SECRETS): give both sides the new one.`;
  const status: HealthStatus = clock === '' && secret === '' ? 'ok' : 'warning';
  return line(status, `The bridge (version ${pong.version}) answered and knows the secret.${clock}${secret}`);
}

/** The bridge tells nobody why it refuses. Its clock does. */
function refusedText(skew: number | undefined): string {
  if (skew !== undefined && Math.abs(skew) >= FARTHEST_CLOCK_S) {
    return `The bridge refused the signature, and its clock differs by ${skew} s: it takes five minutes at most. Mend the clock of this instance or of the bridge.`;
  }
  return 'The bridge does not know the secret. Copy it again: the same whsec_ secret here and in SERVICENOW_WEBHOOK_SECRETS of the bridge.';
}

function parsePong(body: string): Pong | undefined {
  try {
    const said: unknown = JSON.parse(body);
    if (typeof said !== 'object' || said === null || !('version' in said) || !('secret' in said))
      return undefined;
    const { version, secret } = said;
    return typeof version === 'string' && typeof secret === 'number' ? { version, secret } : undefined;
  } catch {
    return undefined;
  }
}

function skewSeconds(date: string, now: number): number | undefined {
  const theirs = Date.parse(date);
  return Number.isNaN(theirs) ? undefined : Math.round((theirs - now) / 1000);
}

function told({ detail }: Answer): string {
  return detail === '' ? '' : ` (${detail})`;
}

function line(status: HealthStatus, detail: string): Check {
  return { key: 'bridge', name: 'Bridge', status, detail };
}
