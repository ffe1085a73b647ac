import type { Sync } from '../../ledger/syncs.ts';
import { isoTime } from './time.ts';

/** What is shown of a sync: what it is to read, and how far it got. */
export function presentSync(sync: Sync) {
  return {
    id: sync.id,
    mode: sync.mode,
    status: sync.status,
    read: sync.read,
    changed: sync.changed,
    deleted: sync.deleted,
    unreadable: sync.unreadable,
    message: sync.message,
    created_at: isoTime(sync.created_at),
    ended_at: sync.ended_at === undefined ? null : isoTime(sync.ended_at),
  };
}
