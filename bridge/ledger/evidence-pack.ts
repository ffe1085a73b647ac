import { createHash, createHmac } from 'node:crypto';
import { z } from 'zod';
import { type AuditKey, parseEntry, sealState } from './audit-chain.ts';

const FORMAT = 'changebridge-evidence/1';

const packSchema = z.object({
  format: z.literal(FORMAT),
  change: z.object({ sys_id: z.string(), number: z.string(), url: z.string() }),
  requested_by: z.string().nullable(),
  service: z.string().nullable(),
  environment: z.string().nullable(),
  checks: z.array(z.record(z.string(), z.unknown())),
  decision: z.object({
    id: z.string(),
    decision: z.string(),
    by: z.string().nullable(),
    words: z.string().nullable(),
    seen_at: z.string(),
  }),
  deployment: z.object({
    outcome: z.string(),
    pipeline: z.string(),
    url: z.string(),
    commit: z.string().nullable(),
    claimed_at: z.string().nullable(),
    ended_at: z.string(),
  }),
  /** The entries of the audit log about all this, as they stand there: who it was is what a token or signature proved. */
  audit: z.array(z.record(z.string(), z.unknown())),
});

/** What was decided and done about one deployment, for whoever has to answer for it. */
export type EvidenceFacts = Omit<z.output<typeof packSchema>, 'format'>;

/** The pack as it is kept: `digest` over everything else, and `seal` by the audit log's key where there is one. */
const sealedSchema = packSchema.extend({
  digest: z.string(),
  seal: z.object({ key: z.string(), mac: z.string() }).nullable(),
});

/** The text of the file that is attached to a change. */
export function packOf(facts: EvidenceFacts, key: AuditKey | undefined): string {
  const pack = packSchema.parse({ format: FORMAT, ...facts });
  const digest = digestOf(pack);
  const seal = key === undefined ? null : { key: key.name, mac: macOf(digest, key) };
  return `${JSON.stringify({ ...pack, digest, seal }, undefined, 2)}\n`;
}

export type EvidenceVerdict = {
  /** What is wrong, in sentences. */
  readonly findings: readonly string[];
  /** What could not be looked at, and why. */
  readonly notes: readonly string[];
  readonly facts: EvidenceFacts | undefined;
};

/** Finds what was altered in a pack. Without the key only what was not altered together with its digest. */
export function verifyPack(text: string, keys: readonly AuditKey[]): EvidenceVerdict {
  const read = sealedSchema.safeParse(jsonOf(text));
  if (!read.success)
    return { findings: ['This is no evidence pack of Changebridge.'], notes: [], facts: undefined };
  const { digest, seal, ...pack } = read.data;
  const findings: string[] = [];
  const notes: string[] = [];
  if (digestOf(pack) !== digest) findings.push('The pack was altered: its digest does not fit what it says.');
  checkSeal(digest, seal, keys, findings, notes);
  for (const entry of pack.audit) checkEntry(JSON.stringify(entry), keys, findings);
  return { findings, notes, facts: pack };
}

function checkSeal(
  digest: string,
  seal: { readonly key: string; readonly mac: string } | null,
  keys: readonly AuditKey[],
  findings: string[],
  notes: string[],
): void {
  if (keys.length === 0)
    return void notes.push('AUDIT_KEY is not set: whether the bridge made this pack was not looked at.');
  if (seal === null)
    return void findings.push('The pack carries no seal: it was made without a key, or by somebody else.');
  const key = keys.find(({ name }) => name === seal.key);
  if (key === undefined)
    return void findings.push(`The pack was sealed with the key ${seal.key}, which AUDIT_KEY does not hold.`);
  if (macOf(digest, key) !== seal.mac)
    findings.push('The seal does not fit: the pack was not made by the bridge.');
  return undefined;
}

function checkEntry(line: string, keys: readonly AuditKey[], findings: string[]): void {
  const entry = parseEntry(line);
  if (entry === undefined) return void findings.push('An entry of the audit log in it is not readable.');
  const state = sealState(entry, keys);
  if (state === 'broken')
    findings.push(`Entry ${entry.n ?? '?'} of the audit log was altered: its hash does not fit.`);
  return undefined;
}

function digestOf(pack: z.output<typeof packSchema>): string {
  return createHash('sha256')
    .update(JSON.stringify(packSchema.parse(pack)))
    .digest('hex');
}

function macOf(digest: string, { secret }: AuditKey): string {
  return createHmac('sha256', secret).update(`evidence:${digest}`).digest('hex');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
