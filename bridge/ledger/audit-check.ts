import { type AuditEntry, type AuditKey, isUnkeyed, NO_ENTRY, parseEntry, sealState } from './audit-chain.ts';

/** What the bridge's own log (its lines "Audited.") tells of an entry. */
export type LoggedEntry = { readonly n: number; readonly hash: string };

/** Something that is wrong with the audit log, in a sentence; `at` is the place in the log, counted from 1. */
export type AuditFinding = { readonly at: number; readonly text: string };

/** Where the chain ends: how many entries there are, and the hash of the last one. */
export type AuditEnd = { readonly entries: number; readonly hash: string };

/** More findings than these say nothing new. */
const MOST_FINDINGS = 100;

/**
 * Walks an audit log from its first line to its last and finds what was edited, removed, moved or made anew. Against the
 * chain alone a cut end and a log that was rebuilt with the key go unnoticed: for those it needs what the bridge logged.
 */
export class AuditCheck {
  readonly #keys: readonly AuditKey[];
  readonly #logged: ReadonlyMap<number, ReadonlySet<string>>;
  readonly #findings: AuditFinding[] = [];
  #entries = 0;
  #previous: string | undefined = NO_ENTRY;
  #isKeyed = false;

  constructor(keys: readonly AuditKey[], logged: readonly LoggedEntry[] = []) {
    this.#keys = keys;
    const byPlace = new Map<number, Set<string>>();
    for (const { n, hash } of logged) byPlace.set(n, (byPlace.get(n) ?? new Set()).add(hash));
    this.#logged = byPlace;
  }

  /** The next line of the log, in order. */
  add(line: string): void {
    this.#entries += 1;
    const entry = parseEntry(line);
    if (entry === undefined) {
      this.#find('is not readable');
      // What follows cannot be linked to it.
      this.#previous = undefined;
      return;
    }
    this.#checkSeal(entry);
    this.#checkPlace(entry);
    this.#checkLog(entry);
    this.#previous = entry.hash;
  }

  /**
   * All that was found, after the last line. `head`: the hash that Redis keeps apart as the last one's; undefined where
   * nobody knows it, as for a file.
   */
  end(head?: string): { readonly end: AuditEnd; readonly findings: readonly AuditFinding[] } {
    const hash = this.#previous ?? 'unknown';
    if (head !== undefined && this.#previous !== undefined && head !== hash)
      this.#find('is the last one, and not the one that was written last: the end was cut off, or rebuilt');
    if (this.#keys.length > 0 && this.#entries > 0 && !this.#isKeyed)
      this.#find('is the last one, and none carries the key: the log was rebuilt, or the key is new');
    const beyond = [...this.#logged.keys()].filter((n) => n > this.#entries);
    if (beyond.length > 0) {
      const [first, last] = [Math.min(...beyond), Math.max(...beyond)];
      const text = `The bridge logged the entries ${first} to ${last}, and the audit log ends with ${this.#entries}: its end was cut off.`;
      this.#findings.push({ at: first, text });
    }
    return { end: { entries: this.#entries, hash }, findings: this.#findings.slice(0, MOST_FINDINGS) };
  }

  #checkSeal(entry: AuditEntry): void {
    const state = sealState(entry, this.#keys);
    if (state === 'broken') this.#find('was altered: its hash does not fit what it says');
    if (state === 'unknown-key')
      this.#find(`was sealed with the key ${entry.key ?? ''}, which AUDIT_KEY does not hold`);
    if (this.#isKeyed && isUnkeyed(entry))
      this.#find('carries no key, although an earlier one does: it was not written by the bridge');
    if (!isUnkeyed(entry) && state === 'holds') this.#isKeyed = true;
  }

  #checkPlace(entry: AuditEntry): void {
    if (entry.n !== undefined && entry.n !== this.#entries) {
      const what =
        entry.n > this.#entries ? 'something before it was removed' : 'something was put before it';
      this.#find(`was written as entry ${entry.n}: ${what}, or entries were moved`);
    }
    if (this.#previous === undefined || entry.previous === this.#previous) return;
    if (this.#entries === 1) this.#find('is not the first that was written: the start was cut off');
    else this.#find('does not follow the one before it: one of them was altered, moved, or is missing');
  }

  #checkLog(entry: AuditEntry): void {
    const told = this.#logged.get(this.#entries);
    if (told === undefined || told.has(entry.hash)) return;
    this.#find('is another one than the bridge logged: the audit log was rebuilt');
  }

  #find(what: string): void {
    this.#findings.push({ at: this.#entries, text: `Entry ${this.#entries} ${what}.` });
  }
}
