import type { Clock } from '../model/jobs.ts';

/** A reader that asks at most once in `forMs`: whoever asks meanwhile gets the same answer, or the same error. */
export function atMostEvery<T>(forMs: number, clock: Clock, read: () => Promise<T>): () => Promise<T> {
  let last: { readonly at: number; readonly answer: Promise<T> } | undefined;
  return () => {
    if (last === undefined || clock() - last.at >= forMs) last = { at: clock(), answer: read() };
    return last.answer;
  };
}
