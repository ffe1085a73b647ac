import { z } from 'zod';
import type { ChangeRecord } from '../model/change.ts';
import type { Clock } from '../model/jobs.ts';
import { rowOf } from './changes.ts';
import { owedBy } from './owed.ts';
import { KEEP_SECONDS, receiptPlace } from './receipts.ts';
import type { Script, Store } from './store.ts';

/** An event of ServiceNow's app. `id` stays the same however often it is delivered. */
export type ChangeEvent = {
  readonly id: string;
  readonly record: ChangeRecord;
  /** Whether the record tells every field that the bridge carries. */
  readonly isComplete: boolean;
  readonly isDeletion: boolean;
};

/** What is owed after an event was stored. */
export type Received = {
  /** It was accepted before. Storing it again changed nothing. */
  readonly isKnown: boolean;
  readonly needsSync: boolean;
  readonly needsDecision: boolean;
};

type Waiting = {
  readonly event: ChangeEvent;
  readonly resolve: (received: Received) => void;
  readonly reject: (error: unknown) => void;
};

const answers = z.array(
  z.tuple([z.number(), z.number(), z.number()]).transform(([known, sync, decision]): Received => ({
    isKnown: known === 1,
    needsSync: sync === 1,
    needsDecision: decision === 1,
  })),
);

/** Events stored in one script: few enough that nobody else waits long for Redis. */
const AT_ONCE = 100;

/**
 * Takes ServiceNow's events. All events of one turn of the event loop are stored by one script: version, receipt and
 * what is owed in one step, so that an acknowledged event is never half there.
 */
export class Events {
  readonly #receive: Script;
  #waiting: Waiting[] = [];

  constructor(store: Store) {
    this.#receive = store.script('receive-events');
  }

  /** Stores an event; resolves once Redis has it. Rejects with what ioredis throws, and then nothing was stored. */
  receive(event: ChangeEvent, clock: Clock): Promise<Received> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#flush(clock));
      this.#waiting.push({ event, resolve, reject });
    });
  }

  #flush(clock: Clock): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let at = 0; at < waiting.length; at += AT_ONCE)
      void this.#store(waiting.slice(at, at + AT_ONCE), clock());
  }

  async #store(batch: readonly Waiting[], now: number): Promise<void> {
    try {
      const answer = await this.#receive({
        changes: 'change:',
        seen: 'changes:seen',
        numbers: 'changes:numbers',
        owed_sync: owedBy('change-sync'),
        owed_decision: owedBy('decision'),
        receipts: 'receipts:',
        now,
        keep_seconds: KEEP_SECONDS,
        rows: batch.flatMap(({ event }) => eventRow(event, now)),
      });
      const received = answers.parse(answer);
      for (const [at, { resolve, reject }] of batch.entries()) {
        const each = received[at];
        if (each === undefined) reject(new Error('receive-events.lua answered too few rows.'));
        else resolve(each);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

function eventRow({ id, record, isComplete, isDeletion }: ChangeEvent, now: number): (string | number)[] {
  const { present, before, number } = receiptPlace('servicenow', id, now);
  return [present, before, number, isDeletion ? 1 : 0, ...rowOf(record, isComplete)];
}
