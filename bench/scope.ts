/** What a section has started. It is ended in reverse order when the section ends, whatever happened. */
export class Scope {
  readonly #ends: (() => Promise<void>)[] = [];

  /** Remembers how to end something. */
  onClose(end: () => Promise<void>): void {
    this.#ends.push(end);
  }

  async close(): Promise<void> {
    for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop()) await end();
  }

  /** Runs `act` with a scope of its own, which ends with it, and with this one at the latest. */
  async nested<T>(act: (scope: Scope) => Promise<T>): Promise<T> {
    const scope = new Scope();
    this.onClose(() => scope.close());
    try {
      return await act(scope);
    } finally {
      await scope.close();
    }
  }
}
