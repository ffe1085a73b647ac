import type { TimelineLine } from '../../ledger/timeline.ts';
import { isoTime } from './time.ts';

/** One line of a change's story. */
export function presentLine(line: TimelineLine) {
  return { at: isoTime(line.at), what: line.what, text: line.text };
}
