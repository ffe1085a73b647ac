import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** Who did what to what, when (ms), and why. */
export type AuditFact = {
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly reason: string;
};

const auditEntrySchema = z.object({
  at: z.number(),
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  reason: z.string(),
  /** Its place in the log, counted from 1. Entries from before the log had a key have none. */
  n: z.number().optional(),
  /** Which key sealed it; see `keyName`. */
  key: z.string().optional(),
  /** The hash of the entry before this one; the first has 64 zeros. */
  previous: z.string(),
  hash: z.string(),
});

/** One entry of the log. Each carries the hash of the one before, so a gap or a change shows. */
export type AuditEntry = z.output<typeof auditEntrySchema>;

/** A key of the log, and the name by which its entries know it. */
export type AuditKey = { readonly name: string; readonly secret: string };

/** What the first entry of a log has before it. */
export const NO_ENTRY = '0'.repeat(64);
/** Seals where there is no secret: whoever can write to Redis can make such a seal too. */
const NO_KEY: AuditKey = { name: 'none', secret: '' };

export function auditKey(secret: string): AuditKey {
  return { name: createHash('sha256').update(`audit:${secret}`).digest('hex').slice(0, 12), secret };
}

/** The entry for a fact that follows the entry with the hash `previous`, at the place `n`. */
export function sealed(
  fact: AuditFact,
  n: number,
  previous: string,
  key: AuditKey | undefined = NO_KEY,
): AuditEntry {
  const { at, actor, action, subject, reason } = fact;
  const entry = { n, at, actor, action, subject, reason, key: key.name, previous };
  return { ...entry, hash: sealOf(entry, key.secret) };
}

/** Reads a line of the log; undefined where it is none. */
export function parseEntry(line: string): AuditEntry | undefined {
  try {
    return auditEntrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** How an entry fits its own hash: `unknown-key` where it was sealed with a key that is not among these. */
export function sealState(entry: AuditEntry, keys: readonly AuditKey[]): 'holds' | 'broken' | 'unknown-key' {
  if (entry.key === undefined) return same(unkeyedHash(entry), entry.hash) ? 'holds' : 'broken';
  const key = [...keys, NO_KEY].find(({ name }) => name === entry.key);
  if (key === undefined) return 'unknown-key';
  return same(sealOf(entry, key.secret), entry.hash) ? 'holds' : 'broken';
}

/** Whether an entry needs no secret to be made. */
export function isUnkeyed({ key = NO_KEY.name }: AuditEntry): boolean {
  return key === NO_KEY.name;
}

function sealOf(entry: Omit<AuditEntry, 'hash'>, secret: string): string {
  const { n, at, actor, action, subject, reason, key, previous } = entry;
  const text = JSON.stringify([n, at, actor, action, subject, reason, key, previous]);
  return createHmac('sha256', secret).update(text).digest('hex');
}

function unkeyedHash({ at, actor, action, subject, reason, previous }: AuditEntry): string {
  return createHash('sha256')
    .update(JSON.stringify([at, actor, action, subject, reason, previous]))
    .digest('hex');
}

function same(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
