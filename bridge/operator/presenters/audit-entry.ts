import type { AuditEntry } from '../../ledger/audit-chain.ts';
import { isoTime } from './time.ts';

/** One line of the audit log. Its hash is over the time in milliseconds: what `at` says, as a number. */
export function presentAuditEntry(entry: AuditEntry) {
  return {
    at: isoTime(entry.at),
    actor: entry.actor,
    action: entry.action,
    subject: entry.subject,
    reason: entry.reason,
    n: entry.n ?? null,
    key: entry.key ?? null,
    previous: entry.previous,
    hash: entry.hash,
  };
}
