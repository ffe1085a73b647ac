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
export class CredentialHolds {
  readonly #clock: Clock;
  readonly #holds = new Map<string, Hold>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The credential was refused: none of its calls for `ms` from now. */
  hold(credential: string, ms: number, because: CredentialsRefused): void {
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
  async send<T extends { readonly status: number }>(credential: string, call: () => Promise<T>): Promise<T> {
    for (;;) {
      const hold = this.#holds.get(credential);
      if (hold === undefined) return call();
      if (this.#clock() < hold.until) throw hold.because;
      if (hold.probe === undefined) return this.#probe(credential, hold, call);
      await hold.probe;
    }
  }

  async #probe<T extends { readonly status: number }>(
    credential: string,
    hold: Hold,
    call: () => Promise<T>,
  ): Promise<T> {
    const sent = call();
    // First the caller looks at the answer, and may hold the credential again; then the others go on.
    hold.probe = sent.then(callerHasLooked, callerHasLooked);
    try {
      const answer = await sent;
      if (answer.status !== 401 && answer.status !== 403) this.#holds.delete(credential);
      return answer;
    } finally {
      hold.probe = undefined;
    }
  }
}

function callerHasLooked(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
