/** Work that goes on after an answer was sent: invocations and automations. */
export interface Background {
  run(work: () => Promise<void>): void;
  /**
   * Resolves when nothing is under way, including work that this work started.
   * @throws AggregateError when some of it threw since the last call; that is a defect of the stand-in
   */
  idle(): Promise<void>;
}

export function createBackground(): Background {
  const underWay = new Set<Promise<void>>();
  let failures: unknown[] = [];
  return {
    run(work) {
      const job = work()
        .catch((cause: unknown) => {
          failures.push(cause);
        })
        .finally(() => underWay.delete(job));
      underWay.add(job);
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
      if (failures.length === 0) return;
      const seen = failures;
      failures = [];
      throw new AggregateError(seen, 'Background work of the portal stand-in failed');
    },
  };
}
