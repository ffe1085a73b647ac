/** What ServiceNow's approval field said at each version of a change. */
export type History = ReadonlyMap<number, string>;

/** A decision that the model has recorded. */
export type Recorded = { readonly value: string; readonly version: number; superseded: boolean };

/**
 * The rule of decisions, told naively: the versions seen so far, newest first, as long as they say the same, are
 * the time for which a decision stands; one decision is recorded for that time.
 */
export class DecisionModel {
  readonly seen = new Map<number, string>();
  readonly recorded: Recorded[] = [];

  see(version: number, approval: string): void {
    this.seen.set(version, approval);
  }

  /** The standing decision's version after a look; undefined where none stands. */
  record(): Recorded | undefined {
    const versions = [...this.seen.keys()].toSorted((a, b) => b - a);
    const value = this.seen.get(versions[0] ?? -1) ?? '';
    const last = this.recorded.at(-1);
    const differs = versions.findIndex((version) => this.seen.get(version) !== value);
    const standing = differs < 0 ? versions : versions.slice(0, differs);
    const since = standing.at(-1) ?? -1;
    const decided = value === 'approved' || value === 'rejected';
    if (decided && last !== undefined && last.value === value && last.version >= since) return last;
    if (last !== undefined) last.superseded = true;
    if (!decided) return undefined;
    const made = { value, version: since, superseded: false };
    this.recorded.push(made);
    return made;
  }
}

/** The stretches of a whole history in which one decision stood without a break. */
export function standingRuns(history: History): { value: string; from: number; to: number }[] {
  const runs: { value: string; from: number; to: number }[] = [];
  for (const [version, value] of [...history].toSorted(([a], [b]) => a - b)) {
    const last = runs.at(-1);
    if (last?.value === value) last.to = version;
    else runs.push({ value, from: version, to: version });
  }
  return runs.filter((run) => run.value === 'approved' || run.value === 'rejected');
}
