import type { Ledger } from '../ledger/ledger.ts';
import { messageOf } from '../model/errors.ts';

/** What keeps Redis from being relied upon: it does not answer, or it may evict what it holds. Never throws. */
export async function redisTroubles(ledger: Ledger): Promise<string[]> {
  try {
    await ledger.ping();
    const policy = await evictionPolicy(ledger);
    if (policy === undefined || policy === 'noeviction') return [];
    return [
      `Redis evicts keys (maxmemory-policy ${policy}): set it to noeviction, or approvals can be lost.`,
    ];
  } catch {
    return ['Redis does not answer.'];
  }
}

/** Undefined where Redis' access rules keep it from the bridge: a managed Redis is judged by its owner. */
async function evictionPolicy(ledger: Ledger): Promise<string | undefined> {
  try {
    return await ledger.evictionPolicy();
  } catch (error) {
    if (messageOf(error).startsWith('NOPERM')) return undefined;
    throw error;
  }
}
