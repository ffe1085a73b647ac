import type { Figure } from './figure.ts';
import type { Scope } from './scope.ts';

/** How much is measured: less than usual, or as usual with a long soak. */
export type Size = 'quick' | 'usual' | 'long';

/** What a section is handed. */
export type Run = {
  readonly size: Size;
  readonly scope: Scope;
  /** Takes a figure as soon as it is known, so that a later failure does not lose it. */
  readonly report: (figure: Figure) => void;
  /** Tells what goes on, for a person who waits. */
  readonly say: (text: string) => void;
};

/** One group of measurements. Throws an Error that says why where it cannot be measured. */
export type Section = {
  readonly name: string;
  readonly run: (run: Run) => Promise<void>;
};
