/** The value below which this share (0 to 1) of the sample lies; NaN for an empty sample. */
export function quantile(sample: readonly number[], share: number): number {
  const sorted = sample.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(sample: readonly number[]): number {
  return quantile(sample, 0.5);
}

/** `0.31 to 0.35`: the smallest and the largest of the sample. */
export function range(sample: readonly number[], digits: number): string {
  return `${Math.min(...sample).toFixed(digits)} to ${Math.max(...sample).toFixed(digits)}`;
}

/** `p50 12 ms, p99 40 ms`. */
export function latencies(sample: readonly number[]): string {
  return `p50 ${quantile(sample, 0.5).toFixed(0)} ms, p99 ${quantile(sample, 0.99).toFixed(0)} ms`;
}

/** The slope of the line through the points that has the least squared error. */
export function slope(points: readonly { readonly x: number; readonly y: number }[]): number {
  const n = points.length;
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / n;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / n;
  const above = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  const below = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  return above / below;
}
