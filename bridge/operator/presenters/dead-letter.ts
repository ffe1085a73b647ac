import type { DeadLetter } from '../../ledger/dead-letters.ts';
import { isoTime } from './time.ts';

/** What is shown of a run that was given up. `subject` is its change, where one is known. */
export function presentDeadLetter(letter: DeadLetter, subject: ChangeNames | undefined) {
  return {
    flow: letter.flow,
    key: letter.key,
    sys_id: subject?.sysId ?? null,
    number: subject?.number ?? null,
    error: letter.error,
    message: letter.message,
    attempts: letter.attempts,
    at: isoTime(letter.at),
  };
}

/** What a change is called. */
export type ChangeNames = { readonly sysId: string; readonly number: string | undefined };
