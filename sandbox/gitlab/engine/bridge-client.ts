import { setTimeout as sleep } from 'node:timers/promises';
import type { Bridge } from '../options.ts';

const LONGEST_PAUSE_MS = 2000;
const TIMEOUT_MS = 10_000;

export type BridgeAnswer = { status: number | null; body: string };

export type BridgeCall = {
  path: string;
  token: string;
  idempotencyKey?: string | undefined;
  body: object;
  /** Answers that are not repeated, besides 2xx. */
  final?: readonly number[];
  signal: AbortSignal;
  log: (line: string) => void;
};

/**
 * POSTs as a job's script would with `curl --retry`: repeats what gets no final answer, with the same key,
 * until `retryForMs` is over. Resolves with the last answer (`status` null: none came); rejects when aborted.
 */
export async function callBridge(bridge: Bridge, call: BridgeCall): Promise<BridgeAnswer> {
  const started = performance.now();
  let pause = bridge.retryDelayMs;
  for (;;) {
    const answer = await once(bridge, call);
    const { status } = answer;
    call.log(`POST ${call.path} → ${status ?? 'no answer'} ${answer.body.slice(0, 300)}`);
    if (status !== null && ((status >= 200 && status < 300) || call.final?.includes(status))) return answer;
    if (performance.now() - started + pause > bridge.retryForMs) return answer;
    await sleep(pause, undefined, { signal: call.signal });
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

async function once(bridge: Bridge, call: BridgeCall): Promise<BridgeAnswer> {
  try {
    const answer = await fetch(new URL(call.path, bridge.url), {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${call.token}`,
        'Content-Type': 'application/json',
        ...(call.idempotencyKey === undefined ? {} : { 'Idempotency-Key': call.idempotencyKey }),
      },
      body: JSON.stringify(call.body),
      redirect: 'manual',
      signal: AbortSignal.any([call.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    return { status: answer.status, body: await answer.text() };
  } catch (error) {
    call.signal.throwIfAborted();
    return { status: null, body: error instanceof Error ? error.message : String(error) };
  }
}
