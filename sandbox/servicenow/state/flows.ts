/** Runs the platform's flows: within the write that caused them, or a little later as an instance does. */
export class Flows {
  readonly #delayMs: number;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  later(work: () => void): void {
    if (this.#delayMs === 0) return work();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, this.#delayMs);
    timer.unref();
    this.#timers.add(timer);
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
