/** What an answer of the bridge means for a message. */
export type Verdict = 'delivered' | 'retry' | 'refused';

/**
 * The answers that say that this very message can never be accepted. Everything else that is not
 * 2xx is tried again: 401, 403, 404 and 405 come from settings that somebody will mend.
 */
const REFUSALS = new Set([400, 409, 410, 413, 414, 415, 422, 431]);

/** The verdict on an HTTP status; 0 means that no answer came. */
export function judge(status: number): Verdict {
  if (status >= 200 && status < 300) return 'delivered';
  return REFUSALS.has(status) ? 'refused' : 'retry';
}

/** One sentence for the person who reads the delivery: what happened and what to do about it. */
export function explain(status: number, detail: string): string {
  const text = detail === '' ? '' : ` (${detail})`;
  if (status === 0)
    return `No answer from the bridge${text}. Check the address, the network and the certificate.`;
  if (status === 401) {
    return `The bridge did not accept the signature${text}. Check that both sides hold the same secret and that the clocks agree to five minutes.`;
  }
  if (status === 403)
    return `The bridge or a proxy before it forbids the call${text}. Check the network rules.`;
  if (status === 404 || status === 405) {
    return `HTTP ${status}: nothing listens at that address${text}. Check the bridge address in the settings.`;
  }
  if (status === 429)
    return `The bridge asks to slow down${text}. Nothing to do: the message waits and goes again.`;
  if (status >= 500)
    return `HTTP ${status}: the bridge cannot take it now${text}. Check the bridge; the message goes again.`;
  if (judge(status) === 'refused') {
    return `HTTP ${status}: the bridge refuses this message for good${text}. Mend the cause and press Retry now.`;
  }
  return `HTTP ${status}: unexpected answer${text}. Check what answers at the bridge address.`;
}
