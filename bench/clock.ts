import { performance } from 'node:perf_hooks';

/** Epoch ms with fractions: what one process notes can be compared with what another one does. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now();
}
