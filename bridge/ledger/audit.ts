import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Script, Store } from './store.ts';

const entrySchema = z.object({
  at: z.number(),
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  reason: z.string(),
  /** Hash of the entry before this one; the first has 64 zeros. */
  previous: z.string(),
  hash: z.string(),
});

/** Who did what to what, and why. Each entry carries the hash of the one before, so a gap or a change shows. */
export type AuditEntry = z.output<typeof entrySchema>;
export type AuditFact = Pick<AuditEntry, 'at' | 'actor' | 'action' | 'subject' | 'reason'>;

const NO_ENTRY = '0'.repeat(64);
const KEYS = { log: 'audit', head: 'audit:head' };

const readAnswer = z.tuple([z.array(z.string()), z.number(), z.string()]);

function hashOf(fact: AuditFact, previous: string): string {
  const text = JSON.stringify([fact.at, fact.actor, fact.action, fact.subject, fact.reason, previous]);
  return createHash('sha256').update(text).digest('hex');
}

type Waiting = {
  readonly fact: AuditFact;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/** The append-only audit log. It is written before the bridge acts. */
export class Audit {
  readonly #store: Store;
  readonly #append: Script;
  readonly #read: Script;
  readonly #waiting: Waiting[] = [];
  #isWriting = false;

  constructor(store: Store) {
    this.#store = store;
    this.#append = store.script('append-audit');
    this.#read = store.script('read-audit');
  }

  /** Resolves once the entry is written. What is asked for at the same time goes into one script, in order. */
  append(fact: AuditFact): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ fact, resolve, reject });
      if (this.#waiting.length === 1 && !this.#isWriting) void this.#writeWaiting();
    });
  }

  async #writeWaiting(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        await this.#write(batch.map((each) => each.fact));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isWriting = false;
  }

  /** Another bridge may write at the same time: then the chain is made anew, behind its entries. */
  async #write(facts: readonly AuditFact[]): Promise<void> {
    for (;;) {
      const head = (await this.#store.redis.get(this.#store.key('audit:head'))) ?? NO_ENTRY;
      let previous = head;
      const lines = facts.map((fact) => {
        const entry: AuditEntry = { ...fact, previous, hash: hashOf(fact, previous) };
        previous = entry.hash;
        return JSON.stringify(entry);
      });
      const args = { previous: head, no_entry: NO_ENTRY, hash: previous, lines };
      if ((await this.#append({ ...KEYS, ...args })) === 1) return;
    }
  }

  /**
   * A page of the log, oldest first, and whether its chain holds: within the page, to the line before it, and at
   * the end of the log to the head that is kept apart.
   */
  async read(offset: number, limit: number): Promise<{ entries: AuditEntry[]; intact: boolean }> {
    const from = Math.max(0, offset - 1);
    const answer = await this.#read({ ...KEYS, from, to: offset + limit - 1, no_entry: NO_ENTRY });
    const [lines, length, head] = readAnswer.parse(answer);
    const chain = lines.map((line) => entrySchema.parse(JSON.parse(line)));
    const linked = chain.every((entry, index) => {
      const before = index === 0 ? (from === 0 ? NO_ENTRY : entry.previous) : chain[index - 1]?.hash;
      return before === entry.previous && hashOf(entry, entry.previous) === entry.hash;
    });
    const isEnd = from + chain.length >= length;
    const intact = linked && (!isEnd || (chain.at(-1)?.hash ?? NO_ENTRY) === head);
    return { entries: chain.slice(offset - from), intact };
  }
}
