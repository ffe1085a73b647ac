import { GlideRecord, gs } from '@servicenow/glide';
import type { Claims } from './delivery.ts';
import { CLAIM_TABLE } from './names.ts';
import { fromGlideTime, toGlideTime } from './time.ts';

/** Longer than any attempt can take: its holder must have died with its node. */
const STALE_AFTER_MS = 5 * 60_000;

/**
 * Claims in a table whose `record_id` is unique in the database: of two workers that insert at once,
 * one is refused. A claim is read again after the insert, in case the index is missing.
 */
export function glideClaims(): Claims {
  return { take, release };
}

function take(changeId: string, now: number): string | undefined {
  if (heldByAnother(changeId, now)) return undefined;
  const token = gs.generateGUID();
  if (!insertClaim(changeId, token, now)) return undefined;
  if (isOnlyClaim(changeId, token)) return token;
  release(changeId, token);
  return undefined;
}

function heldByAnother(changeId: string, now: number): boolean {
  const claim = claimsOf(changeId);
  let held = false;
  while (claim.next()) {
    const claimedAt = fromGlideTime(claim.getValue('claimed_at') ?? '') ?? 0;
    if (now - claimedAt < STALE_AFTER_MS) held = true;
    else claim.deleteRecord();
  }
  return held;
}

function insertClaim(changeId: string, token: string, now: number): boolean {
  const claim = new GlideRecord(CLAIM_TABLE);
  claim.initialize();
  claim.setValue('record_id', changeId);
  claim.setValue('token', token);
  claim.setValue('claimed_at', toGlideTime(now));
  try {
    return Boolean(claim.insert());
  } catch {
    return false;
  }
}

function isOnlyClaim(changeId: string, token: string): boolean {
  const claim = claimsOf(changeId);
  let mine = false;
  while (claim.next()) {
    if (claim.getValue('token') !== token) return false;
    mine = true;
  }
  return mine;
}

function release(changeId: string, token: string): void {
  const claim = claimsOf(changeId);
  while (claim.next()) {
    if (claim.getValue('token') === token) claim.deleteRecord();
  }
}

function claimsOf(changeId: string): GlideRecord {
  const claim = new GlideRecord(CLAIM_TABLE);
  claim.addQuery('record_id', changeId);
  claim.query();
  return claim;
}
