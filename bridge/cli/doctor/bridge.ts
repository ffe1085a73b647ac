import { messageOf } from '../../model/errors.ts';
import type { Host } from '../host.ts';
import { type Check, failed, ok, warning } from './check.ts';

const AT = { system: 'bridge', what: 'ready' } as const;
const CLOCK = { system: 'bridge', what: 'clock' } as const;
const FARTHEST_S = 60;

/** Whether a running bridge answers at CHANGEBRIDGE_URL (else BRIDGE_PUBLIC_URL), its Redis, and its clock. */
export async function checkBridge({
  env,
  fetch,
  clock,
}: Pick<Host, 'env' | 'fetch' | 'clock'>): Promise<Check[]> {
  const url = (env['CHANGEBRIDGE_URL'] ?? env['BRIDGE_PUBLIC_URL'] ?? '').replace(/\/+$/, '');
  if (url === '')
    return [
      warning(AT, 'Neither CHANGEBRIDGE_URL nor BRIDGE_PUBLIC_URL is set: no running bridge was asked.'),
    ];
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(10_000) });
    const text = (await answer.text()).slice(0, 500);
    const ready = answer.ok
      ? ok(AT, `The bridge at ${url} is ready.`)
      : failed(AT, `The bridge at ${url} is not ready (${answer.status}): ${text}`);
    return [ready, ...skew(answer.headers.get('date'), clock())];
  } catch (error) {
    const why =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : messageOf(error);
    return [
      failed(
        AT,
        `No bridge answers at ${url} (${why}): start it, or check CHANGEBRIDGE_URL and BRIDGE_PUBLIC_URL.`,
      ),
    ];
  }
}

/** Signatures older than five minutes are refused. */
function skew(date: string | null, now: number): Check[] {
  const seconds = date === null ? Number.NaN : Math.round((Date.parse(date) - now) / 1000);
  if (Number.isNaN(seconds)) return [];
  if (Math.abs(seconds) <= FARTHEST_S)
    return [ok(CLOCK, `It agrees with this machine's to ${Math.abs(seconds)} s.`)];
  return [
    warning(
      CLOCK,
      `It differs from this machine's by ${seconds} s: signatures are refused from five minutes on. Mend the clock.`,
    ),
  ];
}
