/** The value below which this share (0 to 1) of the sorted sample lies. */
export function quantile(sample: readonly number[], share: number): number {
  const sorted = sample.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(sample: readonly number[]): number {
  return quantile(sample, 0.5);
}

/** `p50 12 ms, p99 40 ms`. */
export function spread(sample: readonly number[]): string {
  return `p50 ${Math.round(quantile(sample, 0.5))} ms, p99 ${Math.round(quantile(sample, 0.99))} ms`;
}
