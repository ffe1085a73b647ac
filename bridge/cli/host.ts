import type { Clock } from '../model/jobs.ts';

/** How a command ended, for scripts: done or nothing to do, failed, or changes that a dry run found. */
export type ExitCode = 0 | 1 | 2;

/** What a command is handed of the machine that it runs on. */
export type Host = {
  /** The project's own folder. */
  readonly root: string;
  /** The environment, over what `.env` says. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
  /** Writes a file that did not exist before. */
  readonly writeFile: (path: string, lines: AsyncIterable<string>) => Promise<void>;
  /** The lines of a text file. */
  readonly readLines: (path: string) => AsyncIterable<string>;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Resolves after so many ms. */
  readonly pause: (ms: number) => Promise<void>;
  /** A person can be asked, and colours can be seen. */
  readonly isTerminal: boolean;
  /** Asks yes or no; false too where the question was broken off. */
  readonly confirm: (question: string) => Promise<boolean>;
  readonly say: (text: string) => void;
  readonly complain: (text: string) => void;
};

/** What cannot be done as it was asked for; the message says how to ask. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
