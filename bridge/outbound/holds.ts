import type { CredentialsRefused } from '../model/errors.ts';
import type { Clock } from '../model/jobs.ts';

type Hold = {
  until: number;
  because: CredentialsRefused;
  /** The one call that finds out whether the credential is accepted again. */
  probe: Promise<void> | undefined;
};

/**
 * Holds back the calls of a credential that was refused, so that no account gets locked: none for a while, then
 * a single one; the rest wait for its answer.
 */
export class Holds {
  readonly #clock: Clock;
  readonly #holds = new Map<string, Hold>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The credential was refused: none of its calls for `ms` from now. */
  put(credential: string, ms: number, because: CredentialsRefused): void {
    const until = this.#clock() + ms;
    const hold = this.#holds.get(credential);
    if (hold === undefined) this.#holds.set(credential, { until, because, probe: undefined });
    else Object.assign(hold, { until, because });
  }

  /** Why a credential is held back at the moment; undefined where none is. */
  get reason(): CredentialsRefused | undefined {
    return [...this.#holds.values()].find((hold) => this.#clock() < hold.until)?.because;
  }

  /** Sends a call of this credential if it may go; throws what refused the credential where it may not. */
  async through<T extends { readonly status: number }>(
    credential: string,
    send: () => Promise<T>,
  ): Promise<T> {
    for (;;) {
      const hold = this.#holds.get(credential);
      if (hold === undefined) return send();
      if (this.#clock() < hold.until) throw hold.because;
      if (hold.probe === undefined) return this.#probe(credential, hold, send);
      await hold.probe;
    }
  }

  async #probe<T extends { readonly status: number }>(
    credential: string,
    hold: Hold,
    send: () => Promise<T>,
  ): Promise<T> {
    const sent = send();
    // First the caller judges the answer, and may put the hold again; then the others go on.
    hold.probe = sent.then(judged, judged);
    try {
      const answer = await sent;
      if (answer.status !== 401 && answer.status !== 403) this.#holds.delete(credential);
      return answer;
    } finally {
      hold.probe = undefined;
    }
  }
}

function judged(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
