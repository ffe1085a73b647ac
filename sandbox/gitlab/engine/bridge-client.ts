import { setTimeout as sleep } from 'node:timers/promises';
import type { Bridge } from '../options.ts';

const LONGEST_PAUSE_MS = 2000;
/** Longer than the bridge keeps a caller who waits for a decision. */
const TIMEOUT_MS = 70_000;

export type BridgeAnswer = { status: number | null; body: string };

export type BridgeCall = {
  method?: 'GET' | 'POST';
  path: string;
  token: string;
  body?: object;
  signal: AbortSignal;
  log: (line: string) => void;
};

/**
 * Calls as a job's script would: repeats where no answer came, and 5xx and 429, until `retryForMs` is over, and waits
 * as long as `Retry-After` says. Resolves with the last answer (`status` null: none came); rejects when aborted.
 */
export async function callBridge(bridge: Bridge, call: BridgeCall): Promise<BridgeAnswer> {
  const started = performance.now();
  let pause = bridge.retryDelayMs;
  for (;;) {
    const { retryAfterMs, ...answer } = await once(bridge, call);
    const { status } = answer;
    call.log(`${methodOf(call)} ${call.path} → ${status ?? 'no answer'} ${answer.body.slice(0, 300)}`);
    if (status !== null && status < 500 && status !== 429) return answer;
    const wait = Math.max(pause, retryAfterMs);
    if (performance.now() - started + wait > bridge.retryForMs) return answer;
    await sleep(wait, undefined, { signal: call.signal });
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

export function isOk(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300;
}

function methodOf({ method = 'POST' }: BridgeCall): string {
  return method;
}

async function once(bridge: Bridge, call: BridgeCall): Promise<BridgeAnswer & { retryAfterMs: number }> {
  try {
    const answer = await fetch(new URL(call.path, bridge.url), {
      method: methodOf(call),
      headers: {
        Authorization: `Bearer ${call.token}`,
        'Content-Type': 'application/json',
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      redirect: 'manual',
      signal: AbortSignal.any([call.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const seconds = Number(answer.headers.get('retry-after') ?? 0);
    const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : 0;
    return { status: answer.status, body: await answer.text(), retryAfterMs };
  } catch (error) {
    call.signal.throwIfAborted();
    const body = error instanceof Error ? error.message : String(error);
    return { status: null, body, retryAfterMs: 0 };
  }
}
