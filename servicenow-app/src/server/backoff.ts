const FIRST_SECONDS = 30;
const LONGEST_SECONDS = 3600;
const LONGEST_ASKED_SECONDS = 6 * 3600;

/**
 * The seconds to wait after the given number of failed attempts: 30 s doubled each time up to one
 * hour, of which the upper half is random so that a backlog does not return all at once.
 * `random` gives a number in [0, 1). A longer wait asked by the receiver wins, up to six hours.
 */
export function retryDelaySeconds(attempts: number, askedSeconds: number, random: () => number): number {
  const doubled = FIRST_SECONDS * 2 ** Math.min(Math.max(attempts, 1) - 1, 20);
  const ceiling = Math.min(doubled, LONGEST_SECONDS);
  const jittered = Math.round(ceiling / 2 + (ceiling / 2) * random());
  return Math.max(jittered, Math.min(askedSeconds, LONGEST_ASKED_SECONDS));
}

/**
 * The seconds that a `Retry-After` header asks for (RFC 9110, 10.2.3: seconds or a date);
 * 0 when it is absent, past or malformed.
 */
export function retryAfterSeconds(header: string, nowMs: number): number {
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const at = Date.parse(text);
  if (Number.isNaN(at)) return 0;
  return Math.max(0, Math.ceil((at - nowMs) / 1000));
}
