import type { AuditEntry } from '../../ledger/audit.ts';
import { isoTime } from './time.ts';

/** One line of the audit log. Its hash is over the time in milliseconds: what `at` says, as a number. */
export function presentAuditEntry(entry: AuditEntry) {
  return {
    at: isoTime(entry.at),
    actor: entry.actor,
    action: entry.action,
    subject: entry.subject,
    reason: entry.reason,
    previous: entry.previous,
    hash: entry.hash,
  };
}
