import type { DeadLetter } from '../../ledger/dead-letters.ts';
import type { Replay } from '../../ledger/replays.ts';
import { isoTime } from './time.ts';

/** What is shown of a replay: its plan, and what has become of each run since. */
export function presentReplay(id: string, replay: Replay, letters: readonly DeadLetter[]) {
  return {
    id,
    at: isoTime(replay.at),
    items: replay.items.map((item) => ({ ...item, outcome: outcomeOf(item, replay.at, letters) })),
  };
}

/** A replayed run's dead letter is gone, is a newer one, or is still the one that was replayed. */
function outcomeOf(
  item: Replay['items'][number],
  replayedAt: number,
  letters: readonly DeadLetter[],
): 'done' | 'failed' | 'pending' | 'not_replayed' {
  if (item.effect === 'unsafe') return 'not_replayed';
  const letter = letters.find((each) => each.flow === item.flow && each.key === item.key);
  if (letter === undefined) return 'done';
  return letter.at >= replayedAt ? 'failed' : 'pending';
}
