import { type Row, valueOf } from '../state/row.ts';
import type { Store } from '../state/store.ts';
import { fromPlatformTime } from '../state/time.ts';

/** When the scheduled scripts (`sysauto_script`) of the instance run next. */
export class ScheduledJobs {
  readonly #store: Store;
  readonly #next = new Map<string, number>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The earliest time at which a job falls due, epoch milliseconds. */
  earliest(now: number): number | undefined {
    const times = this.#active().map((row) => this.#dueAt(row, now));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** The jobs that are due, each once however long it was not asked for; their next runs are set. */
  takeDue(now: number): Row[] {
    return this.#active().filter((row) => {
      if (this.#dueAt(row, now) > now) return false;
      this.#next.set(valueOf(row, 'sys_id'), now + periodOf(row));
      return true;
    });
  }

  #active(): Row[] {
    if (this.#store.dictionary.table('sysauto_script') === undefined) return [];
    return this.#store
      .all('sysauto_script')
      .filter((row) => valueOf(row, 'active') === 'true' && periodOf(row) > 0);
  }

  /** A job that was never seen starts its period now: an instance does not catch up on the past. */
  #dueAt(row: Row, now: number): number {
    const id = valueOf(row, 'sys_id');
    const known = this.#next.get(id);
    if (known !== undefined) return known;
    const first = now + periodOf(row);
    this.#next.set(id, first);
    return first;
  }
}

/** The period in milliseconds; 0 for a job that does not run by itself. */
function periodOf(row: Row): number {
  switch (valueOf(row, 'run_type')) {
    case 'periodically':
      return fromPlatformTime(valueOf(row, 'run_period')) ?? 0;
    case 'daily':
      return 86_400_000;
    case 'weekly':
      return 7 * 86_400_000;
    default:
      return 0;
  }
}
