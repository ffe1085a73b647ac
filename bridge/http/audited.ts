import { messageOf } from '../model/errors.ts';
import { ProblemError } from './problem.ts';

/** Appends an entry about one action to the audit log. */
type Write = (suffix: '' | ':done' | ':refused' | ':failed', reason: string) => Promise<void>;

/**
 * Writes down what is asked for before it is done, and afterwards how it ended: `:done` with its outcome, `:refused` with
 * the problem, or `:failed`. Nothing is done where the first entry cannot be written.
 */
export async function audited<T>(
  write: Write,
  why: string,
  work: () => Promise<T>,
  outcomeOf: (result: T) => string,
): Promise<T> {
  await write('', why);
  let result: T;
  try {
    result = await work();
  } catch (error) {
    if (error instanceof ProblemError) await write(':refused', `${error.problem}: ${error.message}`);
    else await write(':failed', messageOf(error));
    throw error;
  }
  await write(':done', outcomeOf(result));
  return result;
}
