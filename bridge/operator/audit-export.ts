import { ProblemError } from '../http/problem.ts';
import { type AuditEntry, parseEntry } from '../ledger/audit-chain.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { presentAuditEntry } from './presenters/audit-entry.ts';

/** Which entries are wanted: of a time (ms; `until` is not included), and of one change, by what they are about. */
export type AuditFilter = {
  readonly from: number;
  readonly until: number;
  readonly isAbout: (subject: string) => boolean;
};

/** How the entries are written: as they are kept, a JSON line each, which can be verified; or for a spreadsheet. */
export type AuditForm = {
  readonly type: string;
  readonly head: string;
  readonly line: (text: string) => string;
};

const COLUMNS = ['at', 'actor', 'action', 'subject', 'reason', 'n', 'key', 'hash'] as const;

export const AUDIT_FORMS: Readonly<Record<'jsonl' | 'csv', AuditForm>> = {
  jsonl: { type: 'application/jsonl', head: '', line: (text) => `${text}\n` },
  csv: { type: 'text/csv; charset=utf-8', head: `${COLUMNS.join(',')}\r\n`, line: csvLine },
};

/** Everything that the audit can say of a change is about one of these. */
export async function subjectsOf(ledger: Ledger, sysId: string): Promise<AuditFilter['isAbout']> {
  const [gate, runs] = await Promise.all([ledger.gates.ofChange(sysId), ledger.approveRuns.ofChange(sysId)]);
  const pipeline = gate?.request.pipeline;
  const subjects = new Set(runs.map(({ runId }) => runId));
  if (gate !== undefined) subjects.add(gate.id);
  if (pipeline !== undefined) subjects.add(`pipeline ${pipeline.id}`);
  // A decision's id begins with its change.
  return (subject) => subjects.has(subject) || subject === sysId || subject.startsWith(`${sysId}-`);
}

/** The log in this form, piece by piece: it may be larger than the memory. Lines that cannot be read go along as they are. */
export async function* exported(
  ledger: Ledger,
  filter: AuditFilter,
  form: AuditForm,
): AsyncGenerator<string> {
  yield form.head;
  for await (const line of ledger.audit.lines()) {
    const entry = parseEntry(line);
    if (entry === undefined || isWanted(entry, filter)) yield form.line(line);
  }
}

/** A time of a query, in ISO 8601. Throws `malformed`. */
export function timeOf(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new ProblemError('malformed', `${name} must be a time such as 2026-11-25T10:00:00Z.`);
  return at;
}

function isWanted({ at, subject }: AuditEntry, { from, until, isAbout }: AuditFilter): boolean {
  return at >= from && at < until && isAbout(subject);
}

function csvLine(text: string): string {
  const entry = parseEntry(text);
  if (entry === undefined) return `${csvCell(`unreadable: ${text}`)}${','.repeat(COLUMNS.length - 1)}\r\n`;
  const shown = presentAuditEntry(entry);
  return `${COLUMNS.map((name) => csvCell(String(shown[name] ?? ''))).join(',')}\r\n`;
}

/** Quoted where it has to be. A spreadsheet takes what begins with = + - @ for a formula: an apostrophe stands before it. */
function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
