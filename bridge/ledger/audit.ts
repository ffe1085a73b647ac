import { z } from 'zod';
import {
  type AuditEntry,
  type AuditFact,
  type AuditKey,
  NO_ENTRY,
  parseEntry,
  sealed,
  sealState,
} from './audit-chain.ts';
import { AuditCheck, type AuditEnd, type AuditFinding } from './audit-check.ts';
import { type EvidenceFacts, packOf } from './evidence-pack.ts';
import { type Script, type Store, resultsOf } from './store.ts';

const KEYS = { log: 'audit', head: 'audit:head' };
/** So many entries (about 500 bytes each) are read at once. */
const WALK_ENTRIES = 1_000;
/** So many entries about one subject are told at most: the first ones. */
const MOST_ABOUT = 500;

const readAnswer = z.tuple([z.array(z.string()), z.number(), z.string()]);
const endAnswer = z.tuple([z.string().nullable(), z.number()]);

type Waiting = {
  readonly fact: AuditFact;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

export type AuditOptions = {
  /** The first seals, the others are of entries from before. None: whoever can write to Redis can rebuild the log. */
  readonly keys: readonly AuditKey[];
  /** Is told of each entry once it is written. */
  readonly onEntry: (entry: AuditEntry) => void;
};

/** The append-only audit log. It is written before the bridge acts. */
export class Audit {
  readonly #store: Store;
  readonly #options: AuditOptions;
  readonly #append: Script;
  readonly #read: Script;
  readonly #waiting: Waiting[] = [];
  #isWriting = false;

  constructor(store: Store, options: AuditOptions) {
    this.#store = store;
    this.#options = options;
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
      const { head, length } = await this.#end();
      const entries: AuditEntry[] = [];
      for (const fact of facts) {
        const previous = entries.at(-1)?.hash ?? head;
        entries.push(sealed(fact, length + entries.length + 1, previous, this.#options.keys[0]));
      }
      const lines = entries.map((entry) => JSON.stringify(entry));
      const args = { previous: head, no_entry: NO_ENTRY, hash: entries.at(-1)?.hash ?? head, lines };
      const subjects = entries.map(({ subject }) => `audit:subject:${subject}`);
      if ((await this.#append({ ...KEYS, subjects, ...args })) !== 1) continue;
      for (const entry of entries) this.#options.onEntry(entry);
      return;
    }
  }

  async #end(): Promise<{ head: string; length: number }> {
    const { redis, key } = this.#store;
    const answers = await redis.multi().get(key('audit:head')).llen(key('audit')).exec();
    const [head, length] = endAnswer.parse(resultsOf(answers));
    return { head: head ?? NO_ENTRY, length };
  }

  /**
   * Writes down, as an entry, from where on the log is sealed with another key than before; nothing where the last entry
   * has the key already. Without this a log that was rebuilt without the key would look like an old one.
   */
  async beginKey(at: number): Promise<void> {
    const [key] = this.#options.keys;
    if (key === undefined) return;
    const [last] = await this.#lines(-1, -1);
    if (last !== undefined && parseEntry(last)?.key === key.name) return;
    const reason = 'From here on the audit log is sealed with this key.';
    await this.append({ at, actor: 'Changebridge', action: 'audit-key', subject: key.name, reason });
  }

  /**
   * A page of the log, oldest first, and whether its chain holds: within the page, to the line before it, and at
   * the end of the log to the head that is kept apart. Lines that cannot be read are left out.
   */
  async read(offset: number, limit: number): Promise<{ entries: AuditEntry[]; intact: boolean }> {
    const from = Math.max(0, offset - 1);
    const answer = await this.#read({ ...KEYS, from, to: offset + limit - 1, no_entry: NO_ENTRY });
    const [lines, length, head] = readAnswer.parse(answer);
    const chain = lines.map(parseEntry);
    const linked = chain.every((entry, index) => {
      if (entry === undefined) return false;
      const before = index === 0 ? (from === 0 ? NO_ENTRY : entry.previous) : chain[index - 1]?.hash;
      const isInPlace = entry.n === undefined || entry.n === from + index + 1;
      return isInPlace && before === entry.previous && sealState(entry, this.#options.keys) === 'holds';
    });
    const isEnd = from + chain.length >= length;
    const intact = linked && (!isEnd || (chain.at(-1)?.hash ?? NO_ENTRY) === head);
    return { entries: chain.slice(offset - from).filter((entry) => entry !== undefined), intact };
  }

  /** Every line of the log as it stands in Redis, oldest first, from the place `from` (counted from 1) on. */
  async *lines(from = 1): AsyncGenerator<string> {
    for (let at = from - 1; ; at += WALK_ENTRIES) {
      const lines = await this.#lines(at, at + WALK_ENTRIES - 1);
      yield* lines;
      if (lines.length < WALK_ENTRIES) return;
    }
  }

  /** The entries about any of these subjects, oldest first. Entries from before the log noted them are left out. */
  async about(subjects: readonly string[]): Promise<AuditEntry[]> {
    const { redis, key } = this.#store;
    const places = new Set<number>();
    for (const subject of new Set(subjects)) {
      const found = await redis.lrange(key(`audit:subject:${subject}`), 0, MOST_ABOUT - 1);
      for (const place of found) places.add(Number(place));
    }
    const read = redis.pipeline();
    for (const place of [...places].toSorted((a, b) => a - b)) read.lindex(key('audit'), place - 1);
    const lines = resultsOf(await read.exec());
    return lines.map((line) => parseEntry(String(line))).filter((entry) => entry !== undefined);
  }

  /** The evidence of a deployment, sealed with the log's key. */
  evidence(facts: EvidenceFacts): string {
    return packOf(facts, this.#options.keys[0]);
  }

  /** Walks the whole log. What is written meanwhile is looked at as far as it was there at the beginning. */
  async check(): Promise<{ end: AuditEnd; findings: readonly AuditFinding[] }> {
    const { head, length } = await this.#end();
    const check = new AuditCheck(this.#options.keys);
    let left = length;
    for await (const line of this.lines()) {
      if (left === 0) break;
      left -= 1;
      check.add(line);
    }
    return check.end(head);
  }

  #lines(from: number, to: number): Promise<string[]> {
    return this.#store.redis.lrange(this.#store.key('audit'), from, to);
  }
}
